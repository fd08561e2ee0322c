import type { Kysely } from 'kysely';
import type * as z from 'zod/mini';
import type { Call } from '../../http/call.ts';
import type { Database } from '../../storage/database.ts';
import type { Parts } from '../parts.ts';
import { requireSessionUnlessAdmin } from './require-session.ts';
import type { listSessions as endpoint } from './sessions.contract.ts';
import type { SessionTable } from './sessions.table.ts';

/**
 * The running sessions of one person, the newest sign-in first: the caller's own, for admins anybody's.
 * @throws ApiError 403 for a key in place of a session, and for another person's sessions.
 */
export async function listSessions(
  parts: Parts,
  call: Call,
  input: { user_id?: string | undefined },
): Promise<z.infer<(typeof endpoint)['result']>> {
  const userId = requireSessionUnlessAdmin(call, '/session/list', input.user_id);
  const rows = await runningSessions(parts.storage.db, userId, parts.now());
  return {
    sessions: rows.map((row) => ({
      session_id: row.session_hash,
      user_id: row.user_id,
      is_current: row.session_hash === call.principal.sessionHash,
      login_method: row.login_method,
      created_at: new Date(row.created_at).toISOString(),
      last_seen_at: new Date(row.last_seen_at).toISOString(),
      expires_at: new Date(row.expires_at).toISOString(),
      ip: row.ip,
      user_agent: row.user_agent,
    })),
  };
}

async function runningSessions(db: Kysely<Database>, userId: string, nowMs: number): Promise<SessionTable[]> {
  return db
    .selectFrom('sessions')
    .selectAll()
    .where('user_id', '=', userId)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', nowMs)
    .orderBy('created_at', 'desc')
    .orderBy('session_hash')
    .limit(500)
    .execute();
}
