import type { Kysely } from 'kysely';
import { administers, masterUserId } from '../../access/principal.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { invitationLink } from '../../http/console-links.contract.ts';
import type { Database } from '../../storage/database.ts';
import type { Parts } from '../parts.ts';
import '../sessions/sessions.table.ts';
import '../single-sign-on/single-sign-on.table.ts';
import { lockUser } from '../users/index.ts';
import type { UserTable } from '../users/users.table.ts';
import { insertInvitation } from './insert-invitation.ts';
import { findInvitationMailedSince } from './invitations.store.ts';
import { type InvitationEmail, mailInvitation } from './mail-invitation.ts';
import { type PresentedInvitation, presentInvitation } from './present-invitation.ts';

/** Within this time a link that was mailed is not replaced, so that it works when the mail is opened. */
const mailedJustNowMs = 60_000;

/**
 * Creates a link with which one person sets a password: valid seven days to the millisecond, works once. It is
 * also how an admin resets a password. Older links of the same person that nobody has used stop working. Where mail
 * is set up the person is sent the link, unless the caller says no.
 *
 * A link that the caller has had mailed less than a minute ago is answered again in place of another one: LiteLLM's
 * clients ask for the invitation right after `/user/new` with `send_invite_email`, and the mail is on its way.
 * @throws ApiError 400 for an unknown user, for the row of the master key, which has no password of its own, and for
 * somebody whom the caller may not invite.
 */
export async function createInvitation(
  parts: Parts,
  call: Call,
  input: { user_id: string; send_invite_email?: boolean | null | undefined },
): Promise<PresentedInvitation & { email?: InvitationEmail | undefined }> {
  if (input.user_id === masterUserId) {
    throw refused(
      `${masterUserId} signs in with UI_USERNAME and UI_PASSWORD and cannot be invited. Add a user with /user/new and invite that one.`,
    );
  }
  const asksForMail = call.sentFields.has('send_invite_email');
  const createdBy = call.principal.userId ?? '';
  const now = parts.now();
  const mailed = await findInvitationMailedSince(parts.storage.db, input.user_id, createdBy, now - mailedJustNowMs);
  if (mailed) {
    const message = 'The link was mailed less than a minute ago. It is still the one that works.';
    const invitation_url = invitationLink(call.baseUrl, mailed.invitation_id);
    return {
      ...presentInvitation(mailed),
      ...(asksForMail ? { email: { status: 'queued', message, invitation_url } } : {}),
    };
  }
  return parts.changes.change(call.context, async (tx) => {
    const user = await lockUser(tx, input.user_id);
    if (!user) {
      throw refused("User id does not exist in 'LiteLLM_UserTable'. Fix this by creating user via `/user/new`.");
    }
    await assertMayInvite(tx, call, user);
    const { row, replacedIds, audit } = await insertInvitation(tx, { userId: user.user_id, createdBy, now });
    const email = await mailInvitation(tx, parts, {
      row,
      replacedIds,
      user,
      isNewUser: false,
      baseUrl: call.baseUrl,
      sends: input.send_invite_email !== false,
    });
    return { result: { ...presentInvitation(row), ...(asksForMail ? { email } : {}) }, audit };
  });
}

/**
 * Whoever has a link sets the person's password, so that org admins invite only people whose account was made in an
 * organization of theirs, and who have never signed in.
 * @throws ApiError 400 in the contract's words.
 */
async function assertMayInvite(tx: Kysely<Database>, { access, principal }: Call, user: UserTable): Promise<void> {
  if (access.reach === 'all') return;
  if (administers(principal, user.organization_id) && user.user_role.startsWith('internal_user')) {
    const session = await tx
      .selectFrom('sessions')
      .select('session_hash')
      .where('user_id', '=', user.user_id)
      .limit(1)
      .executeTakeFirst();
    const identity = await tx
      .selectFrom('user_identities')
      .select('subject')
      .where('user_id', '=', user.user_id)
      .limit(1)
      .executeTakeFirst();
    if (user.password_hash === null && !session && !identity) return;
    throw refused('This person has signed in before. Ask a proxy admin for a link with which they set a new password.');
  }
  throw refused('You can only create invitations for users in your organization or team.');
}

function refused(message: string): ApiError {
  return new ApiError(400, message, { type: 'internal_server_error', param: 'None' });
}
