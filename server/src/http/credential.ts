import type { IncomingHttpHeaders } from 'node:http';
import { authError } from './api-error.ts';

/** The name of the console's session cookie. */
export const sessionCookieName = 'latchkey_session';

/** Bearer tokens that are sessions, not virtual keys, start with this. */
export const sessionTokenPrefix = 'sk-session-';

/**
 * Finds the credential of a request: the first that is not empty wins. The order is LiteLLM's.
 * @param keyHeaderName lower-case name of a header that replaces `Authorization`, or null.
 * @returns the key as sent, without `Bearer `; null when there is none.
 * @throws ApiError 401 for an `Authorization` header that is neither Bearer nor Basic.
 */
export function findCredential(headers: IncomingHttpHeaders, keyHeaderName: string | null): string | null {
  const own = single(headers['x-litellm-api-key']);
  if (own) return withoutScheme(own);
  if (keyHeaderName) {
    const custom = single(headers[keyHeaderName]);
    if (custom) return withoutScheme(custom);
  } else {
    const authorization = headers.authorization;
    if (authorization !== undefined && authorization !== '') return fromAuthorization(authorization);
  }
  for (const name of ['api-key', 'x-api-key', 'x-goog-api-key', 'ocp-apim-subscription-key']) {
    const value = single(headers[name]);
    if (value) return value;
  }
  return null;
}

function fromAuthorization(value: string): string | null {
  if (value.startsWith('Bearer ') || value.startsWith('bearer ')) return value.slice(7).trim() || null;
  if (value.startsWith('Basic ')) return fromBasic(value.slice(6));
  throw authError(401, 'Authentication Error, Malformed API Key passed in. Ensure Key has `Bearer ` prefix.');
}

function withoutScheme(value: string): string | null {
  if (value.startsWith('Bearer ') || value.startsWith('bearer ')) return value.slice(7).trim() || null;
  return value.startsWith('Basic ') ? fromBasic(value.slice(6)) : value;
}

/** `Basic` credentials carry the key as the password or, without one, as the user. */
function fromBasic(encoded: string): string | null {
  const [user = '', ...rest] = Buffer.from(encoded.trim(), 'base64').toString('utf8').split(':');
  return rest.join(':') || user || null;
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

/** Reads one cookie. */
export function readCookie(header: string | undefined, name: string): string | null {
  if (!header) return null;
  for (const part of header.split(';')) {
    const separator = part.indexOf('=');
    if (separator > 0 && part.slice(0, separator).trim() === name) return part.slice(separator + 1).trim();
  }
  return null;
}
