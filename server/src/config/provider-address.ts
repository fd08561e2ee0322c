/**
 * Whether secrets may be sent to this address: `https`, or `http` on this machine, where nobody listens in.
 * An address with a user name or password in it is none: it would stand in logs.
 */
export function isProviderAddress(text: string): boolean {
  const url = URL.parse(text);
  if (url?.username !== '' || url.password !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
