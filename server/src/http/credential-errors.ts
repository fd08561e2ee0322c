import { ApiError, authError } from './api-error.ts';

/** 401: nothing was sent. */
export function noCredential(): ApiError {
  return authError(401, 'Authentication Error, No api key passed in. Send it as `Authorization: Bearer sk-…`.');
}

/** 401: something was sent that cannot be a key. It is not echoed: it may be another system's secret. */
export function notAKey(credential: string): ApiError {
  return authError(
    401,
    `Authentication Error, LiteLLM Virtual Key expected. Received=${abbreviate(credential)}, expected to start with 'sk-'.`,
  );
}

/** 401: no such key. */
export function unknownKey(credential: string, keyHash: string): ApiError {
  return authError(
    401,
    `Authentication Error, Invalid proxy server token passed. Received API Key = ${abbreviate(credential)}, Key Hash (Token) =${keyHash}. Unable to find token in cache or \`LiteLLM_VerificationTokenTable\``,
    'token_not_found_in_db',
    'key',
  );
}

/** 401: the key's time is over. */
export function expiredKey(keyName: string, expiresAt: number, now: number): ApiError {
  return new ApiError(
    401,
    `Authentication Error, Authentication Error - Expired Key. Key Expiry time ${new Date(expiresAt).toISOString()} and current time ${new Date(now).toISOString()}`,
    { type: 'expired_key', param: keyName, alwaysErrorShape: true, inJanuary2026: { status: 400 } },
  );
}

/** 401: somebody blocked the key. */
export function blockedKey(): ApiError {
  return authError(401, "Authentication Error, Key is blocked. Update via `/key/unblock` if you're admin.");
}

/** 401: somebody blocked the key's team. */
export function blockedTeam(teamId: string): ApiError {
  return authError(401, `Authentication Error, Team=${teamId} is blocked. Update via \`/team/unblock\` if your admin.`);
}

/** 401: the owner of the key was disabled. */
export function disabledUser(userId: string): ApiError {
  return authError(401, `Authentication Error, User=${userId} is disabled. Ask an admin to enable the account.`);
}

/** 401: the session has ended. */
export function endedSession(): ApiError {
  return authError(401, 'Authentication Error, This session has ended. Sign in again.', 'expired_key');
}

/** 403 for a call that only makes sense for somebody who signed in. */
export function sessionNeeded(path: string) {
  return authError(
    403,
    `${path} needs a session of the console, not a key. Sign in with a password first, at /v2/login.`,
  );
}

/** `sk-...` and the last four characters: what may be shown of a key. */
export function abbreviate(credential: string): string {
  return credential.startsWith('sk-') && credential.length > 11 ? `sk-...${credential.slice(-4)}` : '***';
}
