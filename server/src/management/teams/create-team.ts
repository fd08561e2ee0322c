import { randomUUID } from 'node:crypto';
import type { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { nanoUsdToUsd } from '../../money/money.ts';
import { isUniqueViolation } from '../../storage/open-storage.ts';
import { addDuration, firstBudgetResetAt, noDetailedLimits, readDetailedLimits } from '../budgets/index.ts';
import { readAlias, readAmount, refuseKey, reservedTeamId } from '../keys/index.ts';
import type { Parts } from '../parts.ts';
import { addMembers, type JoiningMember } from './add-members.ts';
import { describeTeam } from './describe-team.ts';
import { withMembers } from './load-teams.ts';
import { readModelAliases } from './model-aliases.ts';
import { type PresentedTeam, presentTeam } from './present-team.ts';
import { assertWithinTeamOrganization } from './team-organization.ts';
import { readMemberPermissions } from './team-permissions.ts';
import type { NewTeamInput } from './teams.contract.ts';
import type { TeamTable } from './teams.table.ts';

/**
 * Creates a team. Whoever creates it becomes its admin, unless the list of members says otherwise.
 * Org admins create teams of their organizations.
 * @throws ApiError 400 for an id that is taken or reserved, a negative budget, and limits beyond the organization; 403
 * for an organization that the caller does not administer; 422 for unknown permissions.
 */
export async function createTeam(parts: Parts, call: Call, input: NewTeamInput): Promise<PresentedTeam> {
  const team = readTeam(parts, call, input);
  const createdBy = team.created_by;
  return parts.changes.change(call.context, async (tx) => {
    await assertWithinTeamOrganization(tx, call, null, team);
    try {
      await tx.insertInto('teams').values(team).execute();
    } catch (error) {
      throw isUniqueViolation(error) ? takenId(team.team_id) : error;
    }
    const added = await addMembers(tx, parts, team.team_id, joiningMembers(call, input), createdBy);
    const [loaded] = await withMembers(tx, [team]);
    return {
      result: presentTeam(loaded ?? { team, members: [] }, call.access),
      audit: [
        { action: 'created', object: { type: 'team', id: team.team_id }, after: describeTeam(team) },
        ...added.audit,
      ],
    };
  });
}

function readTeam(parts: Parts, call: Call, input: NewTeamInput): TeamTable {
  const now = parts.now();
  const teamId = input.team_id || randomUUID();
  if (teamId === reservedTeamId) {
    throw refuseKey(
      400,
      `team_id '${reservedTeamId}' is reserved for the console's sessions. Choose another id, or leave it out.`,
    );
  }
  firstBudgetResetAt(parts, input.team_member_budget_duration || null);
  const createdBy = call.principal.userId ?? '';
  const budgets = {
    max_budget_nano_usd: readAmount('max_budget', input.max_budget),
    soft_budget_nano_usd: readAmount('soft_budget', input.soft_budget),
  };
  assertSoftBudget(budgets);
  return {
    team_id: teamId,
    team_alias: readAlias(input.team_alias, 'team_alias'),
    organization_id: input.organization_id || null,
    models: JSON.stringify(input.models ?? []),
    model_aliases: readModelAliases(input.model_aliases),
    metadata: JSON.stringify(input.metadata ?? {}),
    member_permissions: readMemberPermissions(input.team_member_permissions ?? null),
    ...budgets,
    budget_duration: input.budget_duration || null,
    budget_reset_at: firstBudgetResetAt(parts, input.budget_duration || null),
    spend_nano_usd: 0,
    tpm_limit: input.tpm_limit ?? null,
    rpm_limit: input.rpm_limit ?? null,
    max_parallel_requests: input.max_parallel_requests ?? null,
    ...noDetailedLimits,
    ...readDetailedLimits(parts, input),
    blocked_at: input.blocked === true ? now : null,
    member_max_budget_nano_usd: readAmount('team_member_budget', input.team_member_budget),
    member_budget_duration: input.team_member_budget_duration || null,
    member_tpm_limit: input.team_member_tpm_limit ?? null,
    member_rpm_limit: input.team_member_rpm_limit ?? null,
    member_key_duration: readKeyDuration(parts, input.team_member_key_duration),
    created_at: now,
    created_by: createdBy,
    updated_at: now,
    updated_by: createdBy,
  };
}

/**
 * Reads how long keys of members may live.
 * @throws ApiError 400 for a text that is not a duration.
 */
export function readKeyDuration({ now }: Parts, duration: string | null | undefined): string | null {
  if (!duration) return null;
  addDuration(duration, now(), 'team_member_key_duration');
  return duration;
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

/**
 * Somebody is told before a budget is spent, not after.
 * @throws ApiError 400.
 */
export function assertSoftBudget(team: Pick<TeamTable, 'max_budget_nano_usd' | 'soft_budget_nano_usd'>): void {
  const { max_budget_nano_usd: max, soft_budget_nano_usd: soft } = team;
  if (soft === null || max === null || soft < max) return;
  throw refuseKey(
    400,
    `soft_budget (${nanoUsdToUsd(soft)}) must be strictly lower than max_budget (${nanoUsdToUsd(max)}). Lower it, or leave it out.`,
  );
}

function takenId(teamId: string): ApiError {
  return refuseKey(400, `Team id = ${teamId} already exists. Please use a different team id.`);
}
