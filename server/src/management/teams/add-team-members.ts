import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { firstBudgetResetAt } from '../budgets/index.ts';
import { readAmount } from '../keys/index.ts';
import type { Parts } from '../parts.ts';
import { addMembers, type JoiningMember } from './add-members.ts';
import { loadTeam, type TeamWithMembers } from './load-teams.ts';
import {
  isTeamManager,
  type PresentedMembership,
  type PresentedTeam,
  presentMembership,
  presentTeam,
} from './present-team.ts';
import type { NewMembersInput } from './teams.contract.ts';
import { findTeam } from './teams.store.ts';

/** The team after people were added, and what was added. */
export type TeamWithAdditions = PresentedTeam & {
  updated_users: { user_id: string; user_email: string | null; user_role: string }[];
  updated_team_memberships: PresentedMembership[];
};

/**
 * Adds people to a team. Of a list those who are in it already are skipped; one person alone, or a list of which
 * nobody is new, is refused. Admins of the gateway and of the team may.
 * @throws ApiError 404, 403, 400 in the contract's order.
 */
export async function addTeamMembers(parts: Parts, call: Call, input: NewMembersInput): Promise<TeamWithAdditions> {
  return parts.changes.change(call.context, async (tx) => {
    const before = await findTeam(tx, call.access, input.team_id);
    if (!before) {
      throw new ApiError(404, `Team doesn't exist in db. Team=${input.team_id}. Create team via \`/team/new\` call.`);
    }
    if (!isTeamManager(before.found, call.access) && !joinsItself(parts, call, input)) {
      throw notTeamAdmin(input.team_id);
    }
    const joining = joiningMembers(parts, input);
    if (joining.length === 0)
      throw new ApiError(400, 'No member was named. Send member with a user_id or a user_email.');
    const added = await addMembers(tx, parts, input.team_id, joining, call.principal.userId ?? '');
    const [first, ...rest] = added.audit;
    if (!first || added.addedUserIds.size === 0) throw alreadyInTeam(input);
    const after = await loadTeam(tx, input.team_id);
    return {
      result: present(
        after ?? before.found,
        call,
        added.users.filter((user) => added.addedUserIds.has(user.user_id)),
      ),
      audit: [first, ...rest],
    };
  });
}

/** An open team may be joined by anybody, but only by oneself, as a plain member, and without a budget of one's choice. */
function joinsItself({ settings }: Parts, { access, principal }: Call, input: NewMembersInput): boolean {
  const [member, ...others] = [input.member].flat();
  return (
    // Who only views does not join by being an admin of some organization.
    access.roleReach !== 'none' &&
    settings.availableTeams.includes(input.team_id) &&
    others.length === 0 &&
    principal.userId !== null &&
    member?.user_id === principal.userId &&
    member.role === 'user' &&
    input.max_budget_in_team == null &&
    input.budget_duration == null &&
    input.tpm_limit == null &&
    input.rpm_limit == null
  );
}

function joiningMembers(parts: Parts, input: NewMembersInput): JoiningMember[] {
  const budget = {
    maxBudgetNanoUsd: readAmount('max_budget_in_team', input.max_budget_in_team),
    budgetDuration: input.budget_duration || null,
    budgetResetAt: firstBudgetResetAt(parts, input.budget_duration || null),
    tpmLimit: input.tpm_limit ?? null,
    rpmLimit: input.rpm_limit ?? null,
  };
  return [input.member].flat().map((member) => ({
    userId: member.user_id ?? null,
    userEmail: member.user_email ?? null,
    role: member.role,
    ...budget,
  }));
}

function present(
  team: TeamWithMembers,
  call: Call,
  added: readonly { user_id: string; user_email: string | null; user_role: string }[],
): TeamWithAdditions {
  const memberships = team.members.filter((member) => added.some((user) => user.user_id === member.user_id));
  return {
    ...presentTeam(team, call.access),
    updated_users: [...added],
    updated_team_memberships: memberships.map(presentMembership),
  };
}

function notTeamAdmin(teamId: string): ApiError {
  return new ApiError(
    403,
    `Call not allowed. User not proxy admin OR team admin. route=/team/member_add, team_id=${teamId}`,
  );
}

function alreadyInTeam(input: NewMembersInput): ApiError {
  const message = Array.isArray(input.member)
    ? `All users are already in team. Team=${input.team_id}.`
    : `User already in team. Member: user_id=${input.member.user_id ?? null}, user_email=${input.member.user_email ?? null}`;
  return new ApiError(400, message, { type: 'team_member_already_in_team', param: 'user_id', alwaysErrorShape: true });
}
