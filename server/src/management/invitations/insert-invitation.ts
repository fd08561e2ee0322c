import { randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import type { AuditEntry } from '../../audit/change.ts';
import type { Database } from '../../storage/database.ts';
import { revokeOpenInvitations } from './invitations.store.ts';
import type { InvitationTable } from './invitations.table.ts';

const lifetimeMs = 7 * 86_400_000;

/**
 * Adds a link for a user who exists, valid seven days to the millisecond. Older links of the same person that nobody
 * has used stop working.
 */
export async function insertInvitation(
  tx: Transaction<Database>,
  { userId, createdBy, now }: { userId: string; createdBy: string; now: number },
): Promise<{ row: InvitationTable; replacedIds: readonly string[]; audit: [AuditEntry, ...AuditEntry[]] }> {
  const replaced = await revokeOpenInvitations(tx, userId, createdBy, now);
  const row: InvitationTable = {
    invitation_id: randomUUID(),
    user_id: userId,
    accepted_at: null,
    revoked_at: null,
    expires_at: now + lifetimeMs,
    emailed_at: null,
    created_at: now,
    created_by: createdBy,
    updated_at: now,
    updated_by: createdBy,
  };
  await tx.insertInto('invitations').values(row).execute();
  return {
    row,
    replacedIds: replaced.map(({ id }) => id),
    audit: [
      {
        action: 'created',
        object: { type: 'invitation', id: row.invitation_id },
        after: { user_id: row.user_id, expires_at: row.expires_at },
      },
      ...replaced.map((object): AuditEntry => ({ action: 'updated', object, after: { revoked_at: now } })),
    ],
  };
}
