import { randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import type { AuditEntry } from '../../audit/change.ts';
import type { TeamDefaults } from '../../config/settings.ts';
import { nanoUsdToUsd } from '../../money/money.ts';
import type { Database } from '../../storage/database.ts';
import '../organizations/organizations.table.ts';
import { addDuration, firstBudgetResetAt, noDetailedLimits, readDetailedLimits } from '../budgets/index.ts';
import { readAlias, readAmount, refuseKey, reservedTeamId } from '../keys/index.ts';
import type { Parts } from '../parts.ts';
import { describeTeam } from './describe-team.ts';
import { readModelAliases } from './model-aliases.ts';
import { loadTeamDefaults } from './team-defaults.ts';
import { readMemberPermissions } from './team-permissions.ts';
import type { NewTeamInput } from './teams.contract.ts';
import type { TeamTable } from './teams.table.ts';

/**
 * Makes the team of a provider's group, with the defaults of new teams and without members, within a write. A team of
 * this id that exists stays as it is.
 * @returns what the audit log shall say; nothing when the team existed.
 */
export async function insertTeamOfGroup(
  tx: Transaction<Database>,
  parts: Parts,
  group: { readonly id: string; readonly name: string | null },
  createdBy: string,
): Promise<AuditEntry[]> {
  const { models, organization_id: organizationId, ...defaults } = await loadTeamDefaults(tx, parts);
  // An organization that was deleted since must not keep people out.
  const organization = organizationId ? await findOrganization(tx, organizationId) : null;
  const team = readTeam(parts, createdBy, {
    ...defaults,
    team_id: group.id,
    // Whatever a group is called, its people get in.
    team_alias: group.name?.replaceAll(/\p{Cc}/gu, ' ').slice(0, 255) ?? null,
    organization_id: organization,
    models: [...(models ?? [])],
    team_member_permissions: defaults.team_member_permissions ? [...defaults.team_member_permissions] : null,
  });
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('teams')
    .values(team)
    .onConflict((conflict) => conflict.column('team_id').doNothing())
    .executeTakeFirst();
  if (numInsertedOrUpdatedRows !== 1n) return [];
  return [{ action: 'created', object: { type: 'team', id: team.team_id }, after: describeTeam(team) }];
}

async function findOrganization(tx: Transaction<Database>, organizationId: string): Promise<string | null> {
  const row = await tx
    .selectFrom('organizations')
    .select('organization_id')
    .where('organization_id', '=', organizationId)
    .executeTakeFirst();
  return row?.organization_id ?? null;
}

/** What a request leaves open is filled; models are not: a team without any has all, which a request may well mean. */
export function fillTeamDefaults(input: NewTeamInput, defaults: TeamDefaults): NewTeamInput {
  const permissions = input.team_member_permissions ?? defaults.team_member_permissions;
  return {
    ...input,
    max_budget: input.max_budget ?? defaults.max_budget,
    budget_duration: input.budget_duration ?? defaults.budget_duration,
    organization_id: input.organization_id ?? defaults.organization_id,
    tpm_limit: input.tpm_limit ?? defaults.tpm_limit,
    rpm_limit: input.rpm_limit ?? defaults.rpm_limit,
    team_member_permissions: permissions ? [...permissions] : permissions,
  };
}

/**
 * Reads what may be said of a new team into the row that it becomes.
 * @throws ApiError 400 for an id that is reserved and a budget that makes no sense; 422 for unknown permissions.
 */
export function readTeam(parts: Parts, createdBy: string, input: NewTeamInput): TeamTable {
  const now = parts.now();
  const teamId = input.team_id || randomUUID();
  if (teamId === reservedTeamId) {
    throw refuseKey(
      400,
      `team_id '${reservedTeamId}' is reserved for the console's sessions. Choose another id, or leave it out.`,
    );
  }
  firstBudgetResetAt(parts, input.team_member_budget_duration || null);
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
