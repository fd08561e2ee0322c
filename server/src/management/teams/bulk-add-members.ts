import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { addTeamMembers } from './add-team-members.ts';
import { loadTeam } from './load-teams.ts';
import { isTeamManager, type PresentedMembership, type PresentedTeam, presentTeam } from './present-team.ts';
import type { BulkMembersInput } from './team-changes.contract.ts';
import { findTeam } from './teams.store.ts';

/** What became of one person. */
interface AddedMember {
  user_id: string | null;
  user_email: string | null;
  success: boolean;
  error: string | null;
  updated_user: { user_id: string; user_email: string | null; user_role: string } | null;
  updated_team_membership: PresentedMembership | null;
}

/** What became of everybody who was named. */
export interface BulkAddition {
  team_id: string;
  results: AddedMember[];
  total_requested: number;
  successful_additions: number;
  failed_additions: number;
  updated_team: PresentedTeam | null;
}

const mostMembers = 500;

/**
 * Adds many people to a team, each by themselves: one who is refused does not hold up the others. Admins of the
 * gateway and of the team may; `all_users` is for admins of the gateway.
 * @throws ApiError 400 for nobody or too many, 403, 404.
 */
export async function bulkAddMembers(parts: Parts, call: Call, input: BulkMembersInput): Promise<BulkAddition> {
  const { db } = parts.storage;
  const team = await findTeam(db, call.access, input.team_id);
  if (!team) {
    throw new ApiError(404, `Team doesn't exist in db. Team=${input.team_id}. Create team via \`/team/new\` call.`);
  }
  if (!isTeamManager(team.found, call.access) || (input.all_users && call.access.reach !== 'all')) {
    throw new ApiError(
      403,
      `Call not allowed. User not proxy admin OR team admin. route=/team/bulk_member_add, team_id=${input.team_id}`,
    );
  }
  const members = input.all_users ? await everybodyElse(parts, input.team_id) : (input.members ?? []);
  if (members.length === 0) throw new ApiError(400, 'No member was named. Send members, or all_users: true.');
  if (members.length > mostMembers) {
    throw new ApiError(400, `Maximum ${mostMembers} members can be added at once. Found: ${members.length}`);
  }
  const results: AddedMember[] = [];
  for (const member of members) results.push(await addOne(parts, call, input, member));
  const after = await loadTeam(db, input.team_id);
  const added = results.filter((result) => result.success).length;
  return {
    team_id: input.team_id,
    results,
    total_requested: members.length,
    successful_additions: added,
    failed_additions: members.length - added,
    updated_team: after && presentTeam(after, call.access),
  };
}

type Member = NonNullable<BulkMembersInput['members']>[number];

async function addOne(parts: Parts, call: Call, input: BulkMembersInput, member: Member): Promise<AddedMember> {
  const named = { user_id: member.user_id ?? null, user_email: member.user_email ?? null };
  try {
    const team = await addTeamMembers(parts, call, {
      team_id: input.team_id,
      member,
      max_budget_in_team: input.max_budget_in_team,
    });
    return {
      ...named,
      success: true,
      error: null,
      updated_user: team.updated_users[0] ?? null,
      updated_team_membership: team.updated_team_memberships[0] ?? null,
    };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { ...named, success: false, error: error.message, updated_user: null, updated_team_membership: null };
  }
}

async function everybodyElse({ storage }: Parts, teamId: string): Promise<Member[]> {
  const users = await storage.db
    .selectFrom('users')
    .select('user_id')
    .where('user_id', 'not in', (of) =>
      of.selectFrom('team_members').select('team_members.user_id').where('team_id', '=', teamId),
    )
    .orderBy('created_at')
    .limit(mostMembers + 1)
    .execute();
  return users.map(({ user_id }) => ({ user_id, role: 'user' }));
}
