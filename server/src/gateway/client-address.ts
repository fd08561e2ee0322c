import type { IncomingMessage } from 'node:http';

/**
 * The address of the client, as the control plane knows it too: the peer's, or behind a proxy that is trusted the
 * first entry of `x-forwarded-for`.
 */
export function clientAddress(incoming: IncomingMessage, trustForwardedFor: boolean): string {
  const peer = incoming.socket.remoteAddress ?? '';
  if (!trustForwardedFor) return peer;
  const header = incoming.headers['x-forwarded-for'];
  const first = (Array.isArray(header) ? header[0] : header)?.split(',')[0]?.trim();
  return first || peer;
}
