import type { Kysely } from 'kysely';
import type { AuditEntry } from '../../audit/change.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { Database } from '../../storage/database.ts';
import { firstBudgetResetAt, readDetailedLimits } from '../budgets/index.ts';
import { readAlias, readAmount } from '../keys/index.ts';
import type { Parts } from '../parts.ts';
import { assertTeamManager, changeTeam, teamNotFound } from './change-team.ts';
import { defaultMemberBudget } from './default-member-budget.ts';
import { assertSoftBudget, readKeyDuration } from './insert-team.ts';
import { readModelAliases } from './model-aliases.ts';
import { isTeamOwner, type PresentedTeam, presentTeam } from './present-team.ts';
import { type TeamPatch, teamPatch } from './team-changes.contract.ts';
import { assertWithinTeamOrganization } from './team-organization.ts';
import { readMemberPermissions } from './team-permissions.ts';
import type { TeamTable } from './teams.table.ts';

/** What admins of a team change themselves; what costs money or opens models is for those above them. */
const fieldsOfTeamAdmins: ReadonlySet<string> = new Set([
  'team_id',
  'team_alias',
  'metadata',
  'team_member_permissions',
]);

/**
 * Changes a team: fields that were not sent stay, null takes a limit away, an empty list of models means all.
 * @throws ApiError 400, 403 or 404 in the contract's words.
 */
export async function updateTeam(parts: Parts, call: Call, input: TeamPatch): Promise<PresentedTeam> {
  const changed = await changeTeam(parts, call, input.team_id, async (team, tx) => {
    if (call.access.reach !== 'all') assertTeamManager(team, call, '/team/update', input.team_id);
    if (!team) throw teamNotFound(input.team_id);
    if (!isTeamOwner(team, call.access)) assertOwnFields(call);
    if (call.access.reach !== 'all') assertBlockUntouched(call);
    const patch = readTeamPatch(parts, call, input, team.team);
    await assertWithinTeamOrganization(tx, call, team.team, { ...team.team, ...patch });
    return { patch, more: await followDefaults(tx, parts, team.team, { ...team.team, ...patch }) };
  });
  return presentTeam(changed, call.access);
}

function assertOwnFields(call: Call): void {
  const beyond = Object.keys(teamPatch).filter((name) => call.sentFields.has(name) && !fieldsOfTeamAdmins.has(name));
  if (beyond.length === 0) return;
  throw new ApiError(
    403,
    `Only proxy admins and org admins can change ${beyond.join(', ')} of a team. Admins of a team can change team_alias, metadata and team_member_permissions.`,
    { type: 'auth_error', param: 'None' },
  );
}

/** Who blocked a team was an admin of the gateway, and whoever could unblock it would undo that. */
function assertBlockUntouched(call: Call): void {
  if (!call.sentFields.has('blocked')) return;
  throw new ApiError(403, 'Only proxy admins can block and unblock a team. Leave blocked out.', {
    type: 'auth_error',
    param: 'blocked',
  });
}

function readTeamPatch(parts: Parts, call: Call, input: TeamPatch, before: TeamTable): Partial<TeamTable> {
  const patch: Partial<TeamTable> = {};
  const sent = (name: keyof TeamPatch): boolean => call.sentFields.has(name);
  if (sent('team_alias')) patch.team_alias = readAlias(input.team_alias, 'team_alias');
  if (sent('organization_id')) patch.organization_id = input.organization_id || null;
  if (sent('models')) patch.models = JSON.stringify(input.models ?? []);
  if (sent('model_aliases')) patch.model_aliases = readModelAliases(input.model_aliases);
  if (sent('metadata')) patch.metadata = JSON.stringify(input.metadata ?? {});
  if (sent('team_member_permissions')) {
    patch.member_permissions = readMemberPermissions(input.team_member_permissions ?? null);
  }
  if (sent('max_budget')) patch.max_budget_nano_usd = readAmount('max_budget', input.max_budget);
  if (sent('soft_budget')) patch.soft_budget_nano_usd = readAmount('soft_budget', input.soft_budget);
  if (sent('max_budget') || sent('soft_budget')) assertSoftBudget({ ...before, ...patch });
  if (sent('tpm_limit')) patch.tpm_limit = input.tpm_limit ?? null;
  if (sent('rpm_limit')) patch.rpm_limit = input.rpm_limit ?? null;
  if (sent('max_parallel_requests')) patch.max_parallel_requests = input.max_parallel_requests ?? null;
  if (sent('team_member_tpm_limit')) patch.member_tpm_limit = input.team_member_tpm_limit ?? null;
  if (sent('team_member_rpm_limit')) patch.member_rpm_limit = input.team_member_rpm_limit ?? null;
  if (sent('team_member_key_duration')) {
    patch.member_key_duration = readKeyDuration(parts, input.team_member_key_duration);
  }
  Object.assign(patch, readDetailedLimits(parts, input));
  if (sent('blocked')) patch.blocked_at = input.blocked ? (before.blocked_at ?? parts.now()) : null;
  if (sent('budget_duration') && (input.budget_duration || null) !== before.budget_duration) {
    patch.budget_duration = input.budget_duration || null;
    patch.budget_reset_at = firstBudgetResetAt(parts, patch.budget_duration);
  }
  if (sent('team_member_budget')) {
    patch.member_max_budget_nano_usd = readAmount('team_member_budget', input.team_member_budget);
  }
  if (sent('team_member_budget_duration')) {
    firstBudgetResetAt(parts, input.team_member_budget_duration || null);
    patch.member_budget_duration = input.team_member_budget_duration || null;
  }
  return patch;
}

/** Members whose budget still is what the team gave them get the new one. */
async function followDefaults(
  tx: Kysely<Database>,
  parts: Parts,
  before: TeamTable,
  after: TeamTable,
): Promise<AuditEntry[]> {
  const old = defaultMemberBudget(before);
  const next = defaultMemberBudget(after);
  if (old.maxBudgetNanoUsd === next.maxBudgetNanoUsd && old.budgetDuration === next.budgetDuration) return [];
  const members = await tx
    .updateTable('team_members')
    .set({
      max_budget_nano_usd: next.maxBudgetNanoUsd,
      budget_duration: next.budgetDuration,
      budget_reset_at: firstBudgetResetAt(parts, next.budgetDuration),
    })
    .where('team_id', '=', before.team_id)
    .where('max_budget_nano_usd', 'is not distinct from', old.maxBudgetNanoUsd)
    .where('budget_duration', 'is not distinct from', old.budgetDuration)
    .returning('user_id')
    .execute();
  return members.map(({ user_id }) => ({
    action: 'updated',
    object: { type: 'team-member', id: `${before.team_id}/${user_id}` },
    before: { max_budget_nano_usd: old.maxBudgetNanoUsd, budget_duration: old.budgetDuration },
    after: { max_budget_nano_usd: next.maxBudgetNanoUsd, budget_duration: next.budgetDuration },
  }));
}
