import { createInvitation, createResetLink } from '@latchkey/server/contract';
import { call } from '../../api/call.ts';

/** A link that lets a person set a password, once. */
export interface PasswordLink {
  readonly address: string;
  /** ISO 8601. */
  readonly expiresAt: string;
  /** True when the gateway mails it to the person; else it has to be passed on by hand. */
  readonly isMailed: boolean;
  /** What became of the mail, in a sentence. */
  readonly mailWords: string;
}

/**
 * Makes a link with which a user accepts their invitation, and mails it where mail is set up; older links of the same
 * user stop working.
 * @throws {ApiFailure} when the gateway refuses.
 */
export async function createInvitationLink(userId: string): Promise<PasswordLink> {
  const { expires_at: expiresAt, email } = await call(createInvitation, { user_id: userId, send_invite_email: true });
  if (email === undefined) throw new Error('The gateway did not say what the link is.');
  return {
    ...{ address: email.invitation_url, expiresAt, isMailed: email.status === 'queued' },
    mailWords: email.message,
  };
}

/**
 * Makes a link with which a user who has a password sets a new one, and mails it where mail is set up.
 * @throws {ApiFailure} when the gateway refuses.
 */
export async function createPasswordResetLink(userId: string): Promise<PasswordLink> {
  const {
    expires_at: expiresAt,
    email,
    reset_url: address,
  } = await call(createResetLink, {
    user_id: userId,
    send_email: true,
  });
  return { address, expiresAt, isMailed: email.status === 'queued', mailWords: email.message };
}
