import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import '../users/users.table.ts';
import type { Parts } from '../parts.ts';
import { type PresentedMembership, presentMembership } from './present-team.ts';

/** What somebody is in a team. Amounts in dollars. */
export type OwnMembership = PresentedMembership & {
  total_spend: number;
  role: string;
  user_email: string | null;
  team_alias: string | null;
};

/**
 * What the caller is in a team, may spend in it, and has spent.
 * @throws ApiError 404 for a team that one is not in, whether or not it exists.
 */
export async function getOwnMembership(parts: Parts, call: Call, input: { team_id: string }): Promise<OwnMembership> {
  const userId = call.principal.userId;
  const member = await parts.storage.db
    .selectFrom('team_members')
    .innerJoin('users', 'users.user_id', 'team_members.user_id')
    .innerJoin('teams', 'teams.team_id', 'team_members.team_id')
    .selectAll('team_members')
    .select(['users.user_email', 'teams.team_alias'])
    .where('team_members.team_id', '=', input.team_id)
    .where('team_members.user_id', '=', userId ?? '')
    .executeTakeFirst();
  if (!member) {
    throw new ApiError(404, `User=${userId} is not a member of team=${input.team_id}. See /team/list for your teams.`);
  }
  const membership = presentMembership(member);
  return {
    ...membership,
    total_spend: membership.spend,
    role: member.role,
    user_email: member.user_email,
    team_alias: member.team_alias,
  };
}
