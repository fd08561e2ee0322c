import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { findInvitation } from './invitations.store.ts';
import { withdrawInvitationMail } from './mail-invitation.ts';
import { type PresentedInvitation, presentInvitation } from './present-invitation.ts';

/**
 * Marks an invitation as accepted, so that its link cannot be used any more. The way back does not exist: a link
 * that was used once would work again.
 * @throws ApiError 400 for an unknown id, and for opening a used link again.
 */
export async function updateInvitation(
  parts: Parts,
  call: Call,
  input: { invitation_id: string; is_accepted: boolean },
): Promise<PresentedInvitation> {
  return parts.changes.change(call.context, async (tx) => {
    const before = await findInvitation(tx, call.access, input.invitation_id);
    if (!input.is_accepted && before.accepted_at !== null) {
      throw new ApiError(400, 'A used invitation cannot be opened again. Create a new one with /invitation/new.');
    }
    const now = parts.now();
    const after = {
      ...before,
      accepted_at: input.is_accepted ? now : null,
      updated_at: now,
      updated_by: call.principal.userId ?? '',
    };
    await tx
      .updateTable('invitations')
      .set({ accepted_at: after.accepted_at, updated_at: after.updated_at, updated_by: after.updated_by })
      .where('invitation_id', '=', before.invitation_id)
      .execute();
    if (input.is_accepted) await withdrawInvitationMail(tx, parts, before.invitation_id);
    return {
      result: presentInvitation(after),
      audit: {
        action: 'updated',
        object: { type: 'invitation', id: before.invitation_id },
        before: { accepted_at: before.accepted_at },
        after: { accepted_at: after.accepted_at },
      },
    };
  });
}
