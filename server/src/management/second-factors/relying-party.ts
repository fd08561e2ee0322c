import { isIP } from 'node:net';
import { ApiError } from '../../http/api-error.ts';

/** What passkeys are bound to. */
export interface RelyingParty {
  /** The host name of the console. */
  readonly id: string;
  /** Scheme, host and port of the console, as browsers write it. */
  readonly origin: string;
}

/**
 * The relying party of the console at an address.
 * @param baseUrl of the call.
 * @throws ApiError 400 where browsers create no passkeys: at an IP address, and without https elsewhere than on localhost.
 */
export function relyingPartyOf(baseUrl: string): RelyingParty {
  const { hostname, origin, protocol } = new URL(baseUrl);
  const isLocal = hostname === 'localhost' || hostname.endsWith('.localhost');
  if (isIP(hostname.replace(/^\[|\]$/g, '')) === 0 && (protocol === 'https:' || isLocal))
    return { id: hostname, origin };
  throw new ApiError(
    400,
    `Passkeys need a host name and https, and this gateway was reached at ${origin}. Open it by its name, or set PROXY_BASE_URL.`,
    { type: 'validation_error', param: 'None' },
  );
}
