import { authError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { sessionNeeded } from '../../http/credential-errors.ts';

/**
 * Whose sign-in a call is about. People manage their own from a session of the console: a key may leak in ways that a
 * session does not, and must not let anybody sign its owner out. Admins manage anybody's, with whatever they hold.
 * @param wantedId the person that the call names; absent: the caller.
 * @throws ApiError 403 for a key without the reach, and for another person than the caller.
 */
export function requireSessionUnlessAdmin({ access, principal }: Call, path: string, wantedId?: string): string {
  switch (access.reach) {
    case 'all':
      if (wantedId !== undefined) return wantedId;
      break;
    case 'organization':
    case 'team':
    case 'own':
    case 'none':
      break;
  }
  if (principal.sessionHash === null || principal.userId === null) throw sessionNeeded(path);
  if (wantedId === undefined || wantedId === principal.userId) return principal.userId;
  throw authError(403, `You may only do this for yourself: ${path} with another user_id is for proxy_admin.`);
}
