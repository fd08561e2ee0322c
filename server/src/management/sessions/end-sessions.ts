import type * as z from 'zod/mini';
import type { AuditEntry } from '../../audit/change.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { requireSessionUnlessAdmin } from './require-session.ts';
import type { endAllSessions as endAllEndpoint, endSession as endEndpoint } from './sessions.contract.ts';
import { revokeSession, revokeSessionsOfUser } from './sessions.store.ts';

/**
 * Ends one session, at once. People end their own, admins anybody's.
 * @throws ApiError 403 for a key in place of a session; 404 for a session that does not run, or is not the caller's.
 */
export async function endSession(
  parts: Parts,
  call: Call,
  input: { session_id: string },
): Promise<z.infer<(typeof endEndpoint)['result']>> {
  const everybodys = call.access.reach === 'all';
  const ownerId = everybodys ? null : requireSessionUnlessAdmin(call, '/session/end');
  return parts.changes.change(call.context, async (tx) => {
    const row = await tx
      .selectFrom('sessions')
      .select('user_id')
      .where('session_hash', '=', input.session_id)
      .executeTakeFirst();
    const isInReach = row !== undefined && (ownerId === null || row.user_id === ownerId);
    if (!isInReach || !(await revokeSession(tx, input.session_id, parts.now()))) {
      throw new ApiError(404, 'This session does not run (any more). GET /session/list shows the running ones.', {
        type: 'not_found',
        param: 'session_id',
      });
    }
    return {
      result: { ended: 1 },
      audit: {
        action: 'signed-out',
        object: { type: 'session', id: input.session_id },
        before: { user_id: row.user_id },
      },
    };
  });
}

/**
 * Signs a person out everywhere; `keep_current` leaves the caller's own session. Keys go on working.
 * @throws ApiError 403 for a key in place of a session, and for another person's sessions.
 */
export async function endAllSessions(
  parts: Parts,
  call: Call,
  input: { user_id?: string | undefined; keep_current?: boolean | undefined },
): Promise<z.infer<(typeof endAllEndpoint)['result']>> {
  const userId = requireSessionUnlessAdmin(call, '/session/end_all', input.user_id);
  const keptHash = input.keep_current === true ? call.principal.sessionHash : null;
  const ended = await parts.changes.change(call.context, async (tx) => {
    const ended = await revokeSessionsOfUser(tx, userId, parts.now(), keptHash);
    const all: AuditEntry = {
      action: 'signed-out',
      object: { type: 'user', id: userId },
      after: { ended_sessions: ended.length },
    };
    return { result: ended, audit: [all, ...ended.map((object): AuditEntry => ({ action: 'signed-out', object }))] };
  });
  if (ended.some((session) => session.id === call.principal.sessionHash)) call.clearSessionCookie();
  return { ended: ended.length };
}
