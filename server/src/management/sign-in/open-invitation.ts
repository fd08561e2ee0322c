import type * as z from 'zod/mini';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { optionalNanoUsdToUsd } from '../../money/money.ts';
import { findInvitationOfLink, useUpInvitation, whyLinkFails } from '../invitations/index.ts';
import type { Parts } from '../parts.ts';
import { presentPasswordPolicy } from '../passwords/index.ts';
import '../teams/teams.table.ts';
import type { UserTable } from '../users/users.table.ts';
import { createConsoleToken } from './console-token.ts';
import { createOnboardingToken } from './onboarding-token.ts';
import type { openInvitation as endpoint } from './sign-in.contract.ts';
import { contextOf } from './start-session.ts';

type Input = z.infer<NonNullable<(typeof endpoint)['input']>>;

/**
 * Tells the holder of an invitation link what it is about, and hands out a token to accept it with. Writes nothing:
 * mail scanners and previews may open a link as often as they like. (In terms of January 2026 the first opening marks
 * the link as accepted, as clients of that time expect it, and the link goes on working.)
 * @throws ApiError 401 in the contract's words for a link that does not work.
 */
export async function openInvitation(
  parts: Parts,
  call: Call,
  input: Input,
): Promise<z.infer<(typeof endpoint)['result']>> {
  const { db } = parts.storage;
  const isReusable = parts.settings.compatibility === '2026-01';
  const invitation = await findInvitationOfLink(db, input.invite_link);
  if (!invitation) throw new ApiError(401, 'Invitation link does not exist in db.');
  const failure = whyLinkFails(invitation, parts.now(), isReusable);
  if (failure) throw failure;
  const user = await db.selectFrom('users').selectAll().where('user_id', '=', invitation.user_id).executeTakeFirst();
  if (!user) throw new ApiError(401, 'User does not exist in db.');
  if (isReusable && invitation.accepted_at === null) await markAsOpened(parts, call, invitation.invitation_id, user);
  const inviter = await db
    .selectFrom('users')
    .select(['user_alias', 'user_email'])
    .where('user_id', '=', invitation.created_by)
    .executeTakeFirst();
  const teams = await db
    .selectFrom('team_members')
    .innerJoin('teams', 'teams.team_id', 'team_members.team_id')
    .select(['teams.team_id', 'teams.team_alias'])
    .where('team_members.user_id', '=', user.user_id)
    .orderBy('teams.team_id')
    .execute();
  const onboardingToken = await createOnboardingToken(parts, {
    invitationId: invitation.invitation_id,
    userId: user.user_id,
  });
  const token = await createConsoleToken(parts, {
    userId: user.user_id,
    userEmail: user.user_email,
    userRole: user.user_role,
    loginMethod: 'username_password',
    mustChangePassword: false,
    key: onboardingToken,
  });
  const query = new URLSearchParams({ token, user_email: user.user_email ?? '' });
  return {
    login_url: `${call.baseUrl}/ui/onboarding?${query}`,
    token,
    user_email: user.user_email,
    user_id: user.user_id,
    onboarding_token: onboardingToken,
    user_role: user.user_role,
    invited_by: inviter?.user_alias ?? inviter?.user_email ?? 'An administrator',
    max_budget: optionalNanoUsdToUsd(user.max_budget_nano_usd),
    budget_duration: user.budget_duration,
    teams: teams.map((team) => team.team_alias ?? team.team_id),
    expires_at: new Date(invitation.expires_at).toISOString(),
    password_policy: presentPasswordPolicy(parts.settings.passwordPolicy),
  };
}

async function markAsOpened(parts: Parts, call: Call, invitationId: string, user: UserTable): Promise<void> {
  await parts.changes.change(contextOf(call, user), async (tx) => {
    await useUpInvitation(tx, invitationId, parts.now(), true);
    const object = { type: 'invitation', id: invitationId } as const;
    return { result: undefined, audit: { action: 'accepted', object, after: { user_id: user.user_id } } };
  });
}
