import type { Call } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { findInvitation } from './invitations.store.ts';
import { withdrawInvitationMail } from './mail-invitation.ts';
import { type PresentedInvitation, presentInvitation } from './present-invitation.ts';

/**
 * Withdraws an invitation: its link says from now on that it does not exist.
 * @returns the invitation that was.
 * @throws ApiError 400 for an unknown id.
 */
export async function deleteInvitation(
  parts: Parts,
  call: Call,
  input: { invitation_id: string },
): Promise<PresentedInvitation> {
  return parts.changes.change(call.context, async (tx) => {
    const row = await findInvitation(tx, call.access, input.invitation_id);
    await tx.deleteFrom('invitations').where('invitation_id', '=', row.invitation_id).execute();
    await withdrawInvitationMail(tx, parts, row.invitation_id);
    return {
      result: presentInvitation(row),
      audit: {
        action: 'deleted',
        object: { type: 'invitation', id: row.invitation_id },
        before: { user_id: row.user_id, accepted_at: row.accepted_at, expires_at: row.expires_at },
      },
    };
  });
}
