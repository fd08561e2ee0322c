import type { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { isUniqueViolation } from '../../storage/open-storage.ts';
import { refuseKey } from '../keys/index.ts';
import type { Parts } from '../parts.ts';
import { addMembers, type JoiningMember } from './add-members.ts';
import { describeTeam } from './describe-team.ts';
import { fillTeamDefaults, readTeam } from './insert-team.ts';
import { loadTeam } from './load-teams.ts';
import { type PresentedTeam, presentTeam } from './present-team.ts';
import { loadTeamDefaults } from './team-defaults.ts';
import { assertWithinTeamOrganization } from './team-organization.ts';
import type { NewTeamInput } from './teams.contract.ts';

/**
 * Creates a team. Whoever creates it becomes its admin, unless the list of members says otherwise.
 * Org admins create teams of their organizations. What the request leaves open is filled with the defaults of new teams.
 * @throws ApiError 400 for an id that is taken or reserved, a negative budget, and limits beyond the organization; 403
 * for an organization that the caller does not administer; 422 for unknown permissions.
 */
export async function createTeam(parts: Parts, call: Call, input: NewTeamInput): Promise<PresentedTeam> {
  const createdBy = call.principal.userId ?? '';
  // In January 2026 the defaults were for teams of a provider's groups alone.
  const isFilled = parts.settings.compatibility !== '2026-01';
  const filled = isFilled ? fillTeamDefaults(input, await loadTeamDefaults(parts.storage.db, parts)) : input;
  const team = readTeam(parts, createdBy, filled);
  return parts.changes.change(call.context, async (tx) => {
    await assertWithinTeamOrganization(tx, call, null, team);
    try {
      await tx.insertInto('teams').values(team).execute();
    } catch (error) {
      throw isUniqueViolation(error) ? takenId(team.team_id) : error;
    }
    const added = await addMembers(tx, parts, team.team_id, joiningMembers(call, input), createdBy);
    const loaded = await loadTeam(tx, team.team_id);
    return {
      result: presentTeam(loaded ?? { team, members: [] }, call.access),
      audit: [
        { action: 'created', object: { type: 'team', id: team.team_id }, after: describeTeam(team) },
        ...added.audit,
      ],
    };
  });
}

/** The members of a new team: the creator as admin first, unless the list names them. */
function joiningMembers(call: Call, input: NewTeamInput): JoiningMember[] {
  const noBudget = { maxBudgetNanoUsd: null, budgetDuration: null, budgetResetAt: null };
  const named = (input.members_with_roles ?? []).map((member) => ({
    userId: member.user_id ?? null,
    userEmail: member.user_email ?? null,
    role: member.role,
    ...noBudget,
  }));
  const creator = call.principal.userId;
  if (creator === null || named.some((member) => member.userId === creator)) return named;
  return [{ userId: creator, userEmail: null, role: 'admin', ...noBudget }, ...named];
}

function takenId(teamId: string): ApiError {
  return refuseKey(400, `Team id = ${teamId} already exists. Please use a different team id.`);
}
