import { createHash } from 'node:crypto';
import type { Transaction } from 'kysely';
import type * as z from 'zod/mini';
import { invitationLink } from '../../http/console-links.contract.ts';
import type { Database } from '../../storage/database.ts';
import type { Parts } from '../parts.ts';
import '../teams/teams.table.ts';
import '../users/users.table.ts';
import type { UserTable } from '../users/users.table.ts';
import type { InvitationMail } from './invitation.email.ts';
import type { invitationEmail } from './invitations.contract.ts';
import type { InvitationTable } from './invitations.table.ts';

/** What became of the mail with an invitation's link, as the API tells it. */
export type InvitationEmail = z.infer<typeof invitationEmail>;

/** An invitation that was written just now, and all that its mail tells. */
export interface NewInvitation {
  readonly row: InvitationTable;
  readonly replacedIds: readonly string[];
  readonly user: UserTable;
  /** True when the person was added in the same write. */
  readonly isNewUser: boolean;
  /** Where the gateway is (`Call.baseUrl`). */
  readonly baseUrl: string;
  /** Whether the person is sent the link. */
  readonly sends: boolean;
}

/**
 * Queues the mail with an invitation's link, within the write that makes it. Mails with older links that have not been
 * sent yet are taken back.
 */
export async function mailInvitation(
  tx: Transaction<Database>,
  parts: Parts,
  invitation: NewInvitation,
): Promise<InvitationEmail> {
  const { row, user, baseUrl } = invitation;
  const link = invitationLink(baseUrl, row.invitation_id);
  await parts.mail.withdraw(tx, invitation.replacedIds.map(referenceOf));
  const { status, message } = await parts.mail.enqueue(tx, {
    event: 'New User Invitation',
    to: invitation.sends ? [{ email: user.user_email }] : [],
    data: await describe(tx, parts, { ...invitation, link }),
    reference: referenceOf(row.invitation_id),
  });
  if (!invitation.sends) {
    return { status: 'not_requested', message: 'No mail was sent. Hand over the link yourself.', invitation_url: link };
  }
  if (status !== 'queued') return { status, message: `${message} Hand over the link yourself.`, invitation_url: link };
  await tx
    .updateTable('invitations')
    .set({ emailed_at: parts.now() })
    .where('invitation_id', '=', row.invitation_id)
    .execute();
  return { status, message, invitation_url: link };
}

/** Tells webhooks and Slack of a person who was added without an invitation. */
export async function announceUser(tx: Transaction<Database>, parts: Parts, user: UserTable): Promise<void> {
  const data: InvitationMail = {
    ...aboutUser(user, parts.settings.timezone),
    ...{ link: null, inviter: null, purpose: 'set-up', isNewUser: true, teams: [], expiresAt: 0 },
  };
  await parts.mail.enqueue(tx, { event: 'New User Invitation', to: [], data });
}

/** Takes back the mail of an invitation that does not work any more, if it was not sent yet. */
export async function withdrawInvitationMail(
  tx: Transaction<Database>,
  parts: Parts,
  invitationId: string,
): Promise<void> {
  await parts.mail.withdraw(tx, [referenceOf(invitationId)]);
}

/** Whoever has the id of an invitation can set the person's password: the queue has its hash. */
function referenceOf(invitationId: string): string {
  return createHash('sha256').update(invitationId).digest('hex');
}

async function describe(
  tx: Transaction<Database>,
  parts: Parts,
  { row, user, isNewUser, link }: NewInvitation & { link: string },
): Promise<InvitationMail> {
  const inviter = await tx
    .selectFrom('users')
    .select(['user_alias', 'user_email'])
    .where('user_id', '=', row.created_by)
    .executeTakeFirst();
  const teams = await tx
    .selectFrom('team_members')
    .innerJoin('teams', 'teams.team_id', 'team_members.team_id')
    .select(['teams.team_id', 'teams.team_alias'])
    .where('team_members.user_id', '=', user.user_id)
    .orderBy('teams.team_id')
    .limit(20)
    .execute();
  return {
    ...aboutUser(user, parts.settings.timezone),
    link,
    inviter: inviter?.user_alias || inviter?.user_email || null,
    purpose: user.password_hash === null ? 'set-up' : 'reset',
    isNewUser,
    teams: teams.map((team) => team.team_alias ?? team.team_id),
    expiresAt: row.expires_at,
  };
}

function aboutUser(user: UserTable, timeZone: string) {
  return {
    userId: user.user_id,
    userEmail: user.user_email,
    role: user.user_role,
    maxBudgetNanoUsd: user.max_budget_nano_usd,
    budgetDuration: user.budget_duration,
    timeZone,
  };
}
