import type { Kysely } from 'kysely';
import type * as z from 'zod/mini';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import '../../ledger/ledger.table.ts';
import type { Database } from '../../storage/database.ts';
import type { Parts } from '../parts.ts';
import '../sessions/sessions.table.ts';
import { assertMayDeleteUser } from './org-admin-rules.ts';
import type { previewUserDeletion as endpoint } from './users.contract.ts';
import { findUser } from './users.store.ts';

type Result = z.infer<(typeof endpoint)['result']>;

const mostUsers = 100;
const dayMs = 86_400_000;

/**
 * Tells what goes with users when they are deleted, and how much they are in use. Nothing is changed.
 * @throws ApiError 400 for no or more than 100 ids, 404 for an unknown one.
 */
export async function previewUserDeletion(
  parts: Parts,
  { access }: Call,
  input: { user_ids: string },
): Promise<Result> {
  const userIds = [...new Set(input.user_ids.split(',').map((id) => id.trim()))].filter((id) => id !== '');
  if (userIds.length === 0 || userIds.length > mostUsers) {
    throw new ApiError(400, `user_ids must name 1 to ${mostUsers} users, separated by commas.`);
  }
  const { db } = parts.storage;
  const users: Result['users'] = [];
  for (const userId of userIds) {
    const user = await findUser(db, access, userId);
    if (!user) throw new ApiError(404, `User not found, passed user_id=${userId}`);
    assertMayDeleteUser(access.principal, user);
    users.push({
      user_id: user.user_id,
      user_email: user.user_email,
      user_alias: user.user_alias,
      ...(await belongingsOf(db, userId, parts.now())),
    });
  }
  return { users };
}

async function belongingsOf(db: Kysely<Database>, userId: string, nowMs: number) {
  const keys = await db
    .selectFrom('keys')
    .select(['key_hash as token', 'key_name', 'key_alias'])
    .where('user_id', '=', userId)
    .where('deleted_at', 'is', null)
    .orderBy('created_at')
    .execute();
  const teams = await db
    .selectFrom('team_members')
    .innerJoin('teams', 'teams.team_id', 'team_members.team_id')
    .select(['teams.team_id', 'teams.team_alias', 'team_members.role'])
    .where('team_members.user_id', '=', userId)
    .orderBy('teams.team_id')
    .execute();
  const { invitations } = await db
    .selectFrom('invitations')
    .select(({ fn }) => fn.countAll<number>().as('invitations'))
    .where('user_id', '=', userId)
    .where('accepted_at', 'is', null)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', nowMs)
    .executeTakeFirstOrThrow();
  const { sessions } = await db
    .selectFrom('sessions')
    .select(({ fn }) => fn.countAll<number>().as('sessions'))
    .where('user_id', '=', userId)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', nowMs)
    .executeTakeFirstOrThrow();
  const { requests } = await db
    .selectFrom('request_logs')
    .select(({ fn }) => fn.countAll<number>().as('requests'))
    .where('user_id', '=', userId)
    .where('started_at', '>', nowMs - dayMs)
    .executeTakeFirstOrThrow();
  const last = await db
    .selectFrom('request_logs')
    .select('started_at')
    .where('user_id', '=', userId)
    .orderBy('started_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return {
    keys,
    teams,
    open_invitations: invitations,
    open_sessions: sessions,
    requests_last_24h: requests,
    last_request_at: last ? new Date(last.started_at).toISOString() : null,
  };
}
