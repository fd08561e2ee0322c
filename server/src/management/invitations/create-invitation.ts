import { randomUUID } from 'node:crypto';
import { masterUserId } from '../../access/principal.ts';
import type { AuditEntry } from '../../audit/change.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { lockUser } from '../users/index.ts';
import { revokeOpenInvitations } from './invitations.store.ts';
import type { InvitationTable } from './invitations.table.ts';
import { type PresentedInvitation, presentInvitation } from './present-invitation.ts';

const lifetimeMs = 7 * 86_400_000;

/**
 * Creates a link with which one person sets a password: valid seven days to the millisecond, works once. It is
 * also how an admin resets a password. Older links of the same person that nobody has used stop working.
 * @throws ApiError 400 for an unknown user and for the row of the master key, which has no password of its own.
 */
export async function createInvitation(
  parts: Parts,
  call: Call,
  input: { user_id: string },
): Promise<PresentedInvitation> {
  if (input.user_id === masterUserId) {
    throw refused(
      `${masterUserId} signs in with UI_USERNAME and UI_PASSWORD and cannot be invited. Add a user with /user/new and invite that one.`,
    );
  }
  return parts.changes.change(call.context, async (tx) => {
    const user = await lockUser(tx, input.user_id);
    if (!user) {
      throw refused("User id does not exist in 'LiteLLM_UserTable'. Fix this by creating user via `/user/new`.");
    }
    const now = parts.now();
    const actor = call.principal.userId ?? '';
    const replaced = await revokeOpenInvitations(tx, user.user_id, actor, now);
    const row: InvitationTable = {
      invitation_id: randomUUID(),
      user_id: user.user_id,
      accepted_at: null,
      revoked_at: null,
      expires_at: now + lifetimeMs,
      created_at: now,
      created_by: actor,
      updated_at: now,
      updated_by: actor,
    };
    await tx.insertInto('invitations').values(row).execute();
    const audit: [AuditEntry, ...AuditEntry[]] = [
      {
        action: 'created',
        object: { type: 'invitation', id: row.invitation_id },
        after: { user_id: row.user_id, expires_at: row.expires_at },
      },
      ...replaced.map((object): AuditEntry => ({ action: 'updated', object, after: { revoked_at: now } })),
    ];
    return { result: presentInvitation(row), audit };
  });
}

function refused(message: string): ApiError {
  return new ApiError(400, message, { type: 'internal_server_error', param: 'None' });
}
