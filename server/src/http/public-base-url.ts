import type { Settings } from '../config/settings.ts';

/**
 * Where the gateway is for the outside: `PROXY_BASE_URL` with the root path, which it may already hold. Null when
 * nobody has set one: then only a request knows (`Call.baseUrl`), and whoever sends one chooses what it says.
 */
export function publicBaseUrl(settings: Pick<Settings, 'proxyBaseUrl' | 'serverRootPath'>): string | null {
  const { proxyBaseUrl, serverRootPath } = settings;
  if (proxyBaseUrl === null) return null;
  return proxyBaseUrl.endsWith(serverRootPath) ? proxyBaseUrl : proxyBaseUrl + serverRootPath;
}

/**
 * Where links lead that a stranger may have others sent, such as one to a new password. Whoever sends a request chooses
 * the address in it, and could choose their own: so it counts only where it is this very machine.
 * @param requestBaseUrl `Call.baseUrl`.
 * @returns null when nobody has set `PROXY_BASE_URL`: then no such link can be sent.
 */
export function baseUrlForStrangers(
  settings: Pick<Settings, 'proxyBaseUrl' | 'serverRootPath'>,
  requestBaseUrl: string,
): string | null {
  const known = publicBaseUrl(settings);
  if (known !== null) return known;
  const host = URL.parse(requestBaseUrl)?.hostname ?? '';
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(host) ? requestBaseUrl : null;
}
