import { type Kysely, sql } from 'kysely';
import type { Access } from '../../access/principal.ts';
import type { ChangedObject } from '../../audit/change.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Database } from '../../storage/database.ts';
import type { InvitationTable } from './invitations.table.ts';

/**
 * One invitation within the caller's reach.
 * @throws ApiError 400 in the contract's words when there is none, or none that the caller may know of.
 */
export async function findInvitation(
  db: Kysely<Database>,
  access: Access,
  invitationId: string,
): Promise<InvitationTable> {
  const row = await invitationsWithin(db, access)
    .selectAll()
    .where('invitation_id', '=', invitationId)
    .executeTakeFirst();
  if (!row) throw new ApiError(400, 'Invitation id does not exist in the database.');
  return row;
}

/**
 * The invitation of a link. Who holds the link may know what it says, so there is no reach to apply.
 * @returns null when there is none.
 */
export async function findInvitationOfLink(
  db: Kysely<Database>,
  invitationId: string,
): Promise<InvitationTable | null> {
  const row = await db
    .selectFrom('invitations')
    .selectAll()
    .where('invitation_id', '=', invitationId)
    .executeTakeFirst();
  return row ?? null;
}

/** The link of a user that this creator has had mailed since then, if it still works; null when there is none. */
export async function findInvitationMailedSince(
  db: Kysely<Database>,
  userId: string,
  createdBy: string,
  sinceMs: number,
): Promise<InvitationTable | null> {
  const row = await db
    .selectFrom('invitations')
    .selectAll()
    .where('user_id', '=', userId)
    .where('created_by', '=', createdBy)
    .where('emailed_at', '>', sinceMs)
    .where('accepted_at', 'is', null)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  return row ?? null;
}

/**
 * Why a link does not work (any more), in the contract's words; null for a link that works.
 * @param nowMs epoch milliseconds. A link works until the millisecond at which it expires.
 * @param isReusable in terms of January 2026 a link works for all of its seven days (contract 0.2, row 7).
 */
export function whyLinkFails(row: InvitationTable, nowMs: number, isReusable: boolean): ApiError | null {
  if (row.accepted_at !== null && !isReusable) return new ApiError(401, 'Invitation link has already been used.');
  if (row.revoked_at !== null) {
    return new ApiError(401, 'Invitation link has expired. A newer link for this account has replaced it.');
  }
  return row.expires_at > nowMs ? null : new ApiError(401, 'Invitation link has expired.');
}

/**
 * Uses a link up, if it still works at this moment. However many try at once, one succeeds.
 * @param isReusable as for `whyLinkFails`.
 * @returns true for the one who did.
 */
export async function useUpInvitation(
  db: Kysely<Database>,
  invitationId: string,
  nowMs: number,
  isReusable: boolean,
): Promise<boolean> {
  let update = db
    .updateTable('invitations')
    .set({ accepted_at: nowMs, updated_at: nowMs, updated_by: sql<string>`user_id` })
    .where('invitation_id', '=', invitationId)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', nowMs);
  if (!isReusable) update = update.where('accepted_at', 'is', null);
  const { numUpdatedRows } = await update.executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Uses up the links of a user who has come in by another way. @returns what was used up, for the audit entries. */
export async function acceptInvitationsOf(
  db: Kysely<Database>,
  userId: string,
  nowMs: number,
): Promise<ChangedObject[]> {
  const rows = await db
    .updateTable('invitations')
    .set({ accepted_at: nowMs, updated_at: nowMs, updated_by: userId })
    .where('user_id', '=', userId)
    .where('accepted_at', 'is', null)
    .where('revoked_at', 'is', null)
    .returning('invitation_id')
    .execute();
  return rows.map((row) => ({ type: 'invitation', id: row.invitation_id }));
}

/** Ends the links of a user that nobody has used. @returns what has ended, for the audit entries. */
export async function revokeOpenInvitations(
  db: Kysely<Database>,
  userId: string,
  revokedBy: string,
  nowMs: number,
): Promise<ChangedObject[]> {
  const rows = await db
    .updateTable('invitations')
    .set({ revoked_at: nowMs, updated_at: nowMs, updated_by: revokedBy })
    .where('user_id', '=', userId)
    .where('accepted_at', 'is', null)
    .where('revoked_at', 'is', null)
    .returning('invitation_id')
    .execute();
  return rows.map((row) => ({ type: 'invitation', id: row.invitation_id }));
}

/**
 * Ends the links of a user that somebody else than an admin of the gateway has made: whoever has one can still sign in
 * as the user. @returns what has ended, for the audit entries.
 */
export async function revokeInvitationsOfOthers(
  db: Kysely<Database>,
  userId: string,
  revokedBy: string,
  nowMs: number,
): Promise<ChangedObject[]> {
  const rows = await db
    .updateTable('invitations')
    .set({ revoked_at: nowMs, updated_at: nowMs, updated_by: revokedBy })
    .where('user_id', '=', userId)
    .where('accepted_at', 'is', null)
    .where('revoked_at', 'is', null)
    .where('created_by', 'not in', (of) =>
      of.selectFrom('users').select('users.user_id').where('users.user_role', '=', 'proxy_admin'),
    )
    .returning('invitation_id')
    .execute();
  return rows.map((row) => ({ type: 'invitation', id: row.invitation_id }));
}

/** Every read on behalf of a caller starts here, so none can forget the reach. */
function invitationsWithin(db: Kysely<Database>, access: Access) {
  const invitations = db.selectFrom('invitations');
  switch (access.reach) {
    case 'all':
      return invitations;
    case 'organization':
      return invitations.where('created_by', '=', access.principal.userId ?? '');
    case 'team':
    case 'own': {
      const { userId } = access.principal;
      return userId === null ? invitations.where(sql<boolean>`1 = 0`) : invitations.where('user_id', '=', userId);
    }
    case 'none':
      return invitations.where(sql<boolean>`1 = 0`);
  }
}
