import { createInvitation } from '@latchkey/server/contract';
import { apiRoot, call } from '../../api/call.ts';

/** A link that lets a person set a password, once. */
export interface InvitationLink {
  readonly address: string;
  /** ISO 8601. */
  readonly expiresAt: string;
}

/**
 * Makes a link for a user; older links of the same user stop working.
 * @throws {ApiFailure} when the gateway refuses.
 */
export async function createInvitationLink(userId: string): Promise<InvitationLink> {
  const invitation = await call(createInvitation, { user_id: userId });
  return {
    address: `${apiRoot}/ui/onboarding?id=${encodeURIComponent(invitation.id)}`,
    expiresAt: invitation.expires_at,
  };
}
