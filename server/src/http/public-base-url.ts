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
