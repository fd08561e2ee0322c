import { createHash, randomBytes } from 'node:crypto';
import type { Kysely, Transaction } from 'kysely';
import type { AuditEntry, ChangedObject } from '../../audit/change.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Database } from '../../storage/database.ts';
import type { PasswordResetTable } from './password-resets.table.ts';

/** How long a link works. */
export const resetLifetimeMs = 30 * 60_000;

/** A link that was made just now. The token is not stored and cannot be read again. */
export interface NewPasswordReset {
  readonly token: string;
  readonly row: PasswordResetTable;
  readonly audit: [AuditEntry, ...AuditEntry[]];
}

/** Makes a link for a user who exists. Older links of the same person stop working. @param createdBy empty: the person. */
export async function insertPasswordReset(
  tx: Transaction<Database>,
  { userId, createdBy, now }: { userId: string; createdBy: string; now: number },
): Promise<NewPasswordReset> {
  const replaced = await revokePasswordResets(tx, userId, now);
  await tx.deleteFrom('password_resets').where('user_id', '=', userId).where('expires_at', '<=', now).execute();
  const token = randomBytes(32).toString('base64url');
  const row: PasswordResetTable = {
    token_hash: hashOf(token),
    user_id: userId,
    created_at: now,
    created_by: createdBy,
    expires_at: now + resetLifetimeMs,
    used_at: null,
    revoked_at: null,
  };
  await tx.insertInto('password_resets').values(row).execute();
  return {
    token,
    row,
    audit: [
      {
        action: 'created',
        object: { type: 'password-reset', id: row.token_hash },
        after: { user_id: userId, expires_at: row.expires_at },
      },
      ...replaced.map((object): AuditEntry => ({ action: 'updated', object, after: { revoked_at: now } })),
    ],
  };
}

/**
 * The link that a token belongs to. Who holds the token may know what it is for, so there is no reach to apply.
 * @throws ApiError 401 for a token that is unknown, used, replaced or over.
 */
export async function findPasswordReset(
  db: Kysely<Database>,
  token: string,
  nowMs: number,
): Promise<PasswordResetTable> {
  const row = await db
    .selectFrom('password_resets')
    .selectAll()
    .where('token_hash', '=', hashOf(token))
    .executeTakeFirst();
  if (!row) throw linkFails('This link is not valid. Was all of it copied?', 'invalid');
  if (row.used_at !== null) throw linkFails('This link has already been used.', 'used');
  if (row.revoked_at !== null) {
    throw linkFails('This link no longer works: a newer one, or a new password, has replaced it.', 'replaced');
  }
  if (row.expires_at <= nowMs) throw linkFails('This link has expired: it works for 30 minutes.', 'expired');
  return row;
}

/** Uses a link up, if it still works at this moment. However many try at once, one succeeds. */
export async function consumePasswordReset(
  tx: Transaction<Database>,
  { token_hash: tokenHash }: PasswordResetTable,
  nowMs: number,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('password_resets')
    .set({ used_at: nowMs })
    .where('token_hash', '=', tokenHash)
    .where('used_at', 'is', null)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', nowMs)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Ends the links of a person that nobody has used. @returns what has ended, for the audit entries. */
export async function revokePasswordResets(
  tx: Transaction<Database>,
  userId: string,
  nowMs: number,
): Promise<ChangedObject[]> {
  const rows = await tx
    .updateTable('password_resets')
    .set({ revoked_at: nowMs })
    .where('user_id', '=', userId)
    .where('used_at', 'is', null)
    .where('revoked_at', 'is', null)
    .returning('token_hash')
    .execute();
  return rows.map((row) => ({ type: 'password-reset', id: row.token_hash }));
}

/** 401 in words for people. @param reason `invalid`, `used`, `replaced` or `expired`, as the error's `param`. */
export function linkFails(message: string, reason: string): ApiError {
  return new ApiError(401, `${message} Ask for a new one at /ui/forgot-password.`, {
    type: 'auth_error',
    param: reason,
  });
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
