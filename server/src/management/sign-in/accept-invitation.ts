import type { Transaction } from 'kysely';
import type * as z from 'zod/mini';
import type { AuditEntry } from '../../audit/change.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { Database } from '../../storage/database.ts';
import { findInvitationOfLink, useUpInvitation, whyLinkFails } from '../invitations/index.ts';
import type { Parts } from '../parts.ts';
import { revokePasswordResets } from '../password-resets/index.ts';
import { checkPasswordPolicy, hashPassword, type SignInThrottle } from '../passwords/index.ts';
import { checkSecondFactor } from '../second-factors/index.ts';
import { revokeSessionsOfUser } from '../sessions/index.ts';
import { lockUser } from '../users/index.ts';
import { checkOnboardingToken } from './onboarding-token.ts';
import { checkMayUsePassword, type ProviderSignIn } from './provider-sign-in.ts';
import type { acceptInvitation as endpoint } from './sign-in.contract.ts';
import { contextOf, handOverSession, startSession } from './start-session.ts';

type Input = z.infer<NonNullable<(typeof endpoint)['input']>>;

/**
 * Accepts an invitation: sets the password, ends the sessions that the account had, and starts one for the person
 * who holds the link. Needs the onboarding token of the link as the bearer, and the second factor of an account that has
 * one: a new invitation replaces a password, nothing else. Of any number of concurrent calls one succeeds; when anything
 * in it fails, the link stays unused.
 * @throws ApiError 401 in the contract's words for a link or token that does not work, 400 for a password that
 * breaks the policy, 403 for people who have to sign in with a provider.
 */
export async function acceptInvitation(
  parts: Parts,
  throttle: SignInThrottle,
  providers: ProviderSignIn,
  call: Call,
  input: Input,
): Promise<z.infer<(typeof endpoint)['result']>> {
  const { invitation_link: invitationId, user_id: userId } = input;
  const isReusable = parts.settings.compatibility === '2026-01';
  await checkLink(parts, invitationId, userId, isReusable);
  // In January 2026 the link itself was enough.
  if (!isReusable) await checkOnboardingToken(parts, call.bearer, { invitationId, userId });
  await checkMayUsePassword(parts, providers, userId);
  checkPasswordPolicy(parts.settings.passwordPolicy, input.password);
  await checkSecondFactor(parts, throttle, call, userId, input.one_time_code);
  const passwordHash = await hashPassword(input.password);
  const account = { user_id: userId, user_role: 'internal_user' };
  const { user, session } = await parts.changes.change(contextOf(call, account), async (tx) => {
    const before = await lockUser(tx, userId);
    if (!before) throw new ApiError(401, 'User does not exist in db.');
    if (before.disabled_at !== null) throw new ApiError(401, 'This account is disabled. Ask an admin to enable it.');
    const now = parts.now();
    if (!(await useUpInvitation(tx, invitationId, now, isReusable)))
      throw await whyItFails(tx, invitationId, now, isReusable);
    const user = await tx
      .updateTable('users')
      .set({ password_hash: passwordHash, password_reset_required_at: null, updated_at: now, updated_by: userId })
      .where('user_id', '=', userId)
      .returningAll()
      .executeTakeFirstOrThrow();
    await revokePasswordResets(tx, userId, now);
    const ended = await revokeSessionsOfUser(tx, userId, now);
    const { session, audit: signedIn } = await startSession(tx, parts, call, user, 'invitation');
    const audit: [AuditEntry, ...AuditEntry[]] = [
      { action: 'accepted', object: { type: 'invitation', id: invitationId }, after: { user_id: userId } },
      { action: 'updated', object: { type: 'user', id: userId }, after: { password_hash: passwordHash } },
      ...ended.map((object): AuditEntry => ({ action: 'signed-out', object })),
      signedIn,
    ];
    return { result: { user, session }, audit };
  });
  const token = await handOverSession(parts, call, user, 'invitation', session);
  return {
    login_url: `${call.baseUrl}/ui?login=success`,
    token,
    user_email: user.user_email,
    user: { user_id: user.user_id, user_email: user.user_email, user_role: user.user_role },
  };
}

async function checkLink(parts: Parts, invitationId: string, userId: string, isReusable: boolean): Promise<void> {
  const invitation = await findInvitationOfLink(parts.storage.db, invitationId);
  if (!invitation) throw new ApiError(401, 'Invitation link does not exist in db.');
  const failure = whyLinkFails(invitation, parts.now(), isReusable);
  if (failure) throw failure;
  if (isReusable && invitation.accepted_at === null) {
    throw new ApiError(
      401,
      'The invitation link was never validated. Open it first: GET /onboarding/get_token?invite_link=…',
    );
  }
  if (invitation.user_id === userId) return;
  throw new ApiError(
    401,
    'Invalid invitation link. The user id submitted does not match the user id this link is attached to.',
  );
}

/** Why a link that worked a moment ago could not be used: most often somebody else was faster. */
async function whyItFails(
  tx: Transaction<Database>,
  invitationId: string,
  nowMs: number,
  isReusable: boolean,
): Promise<ApiError> {
  const invitation = await findInvitationOfLink(tx, invitationId);
  const failure = invitation && whyLinkFails(invitation, nowMs, isReusable);
  return failure ?? new ApiError(401, 'Invitation link has already been used.');
}
