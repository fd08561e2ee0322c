import type { Call } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { findInvitation } from './invitations.store.ts';
import { type PresentedInvitation, presentInvitation } from './present-invitation.ts';

/**
 * One invitation.
 * @throws ApiError 400 for an unknown id.
 */
export async function getInvitation(
  parts: Parts,
  call: Call,
  input: { invitation_id: string },
): Promise<PresentedInvitation> {
  return presentInvitation(await findInvitation(parts.storage.db, call.access, input.invitation_id));
}
