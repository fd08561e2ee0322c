import { type Kysely, type QueryCreator, sql } from 'kysely';
import type { Role } from '../../access/permissions.contract.ts';
import { roles } from '../../access/permissions.contract.ts';
import type { RateLimits } from '../../counters/counters.ts';
import type { Database } from '../../storage/database.ts';
import '../budgets/budgets.table.ts';
import '../organizations/organizations.table.ts';
import '../teams/teams.table.ts';
import '../users/users.table.ts';
import { modelRatesOf, type WindowBudget, windowBudgetsOf } from '../budgets/index.ts';
import { keyRowOf, type NewKey } from './insert-key.ts';
import type { BudgetRecord, KeyRecord, OrganizationRecord } from './key-record.ts';
import type { KeyTable } from './keys.table.ts';
import { maxBudgetAt } from './present-key.ts';

/**
 * Reads everything about a key in one query; null for unknown and deleted keys. A secret that was replaced stands
 * for the key as long as its grace period lasts.
 * @param keyHash hash of the secret that was sent; the record holds the hash that the key has today.
 * @param now epoch milliseconds; decides about grace periods and temporary budgets.
 */
export async function loadKeyRecord(
  db: Kysely<Database>,
  keyHash: string,
  now: number = Date.now(),
): Promise<KeyRecord | null> {
  const record = await loadByCurrentHash(db, keyHash, now);
  if (record) return record;
  const replaced = await db
    .selectFrom('previous_key_hashes')
    .select(['key_hash', 'valid_until'])
    .where('previous_hash', '=', keyHash)
    .where('valid_until', '>', now)
    .executeTakeFirst();
  if (!replaced) return null;
  const current = await loadByCurrentHash(db, replaced.key_hash, now);
  return current && { ...current, replacedSecretEndsAt: replaced.valid_until };
}

/** Somebody who calls without a key. */
export interface KeylessCaller
  extends Pick<NewKey, 'userId' | 'teamId' | 'organizationId' | 'allowedRoutes' | 'expiresAt'> {
  /** Stands for a key's hash in the books; no secret has it. */
  readonly hash: string;
  readonly name: string;
}

/**
 * Reads what bounds a call that is made without a key, in the same words: person, team and organization are looked up
 * as those of a key would be.
 */
export async function loadKeylessRecord(
  db: Kysely<Database>,
  { hash, name, ...caller }: KeylessCaller,
  now: number,
): Promise<KeyRecord> {
  const key = keyRowOf({ ...caller, createdBy: '', createdAt: now }, { hash, name });
  const columns = Object.entries(key).map(
    ([column, value]) =>
      sql`cast(${value} as ${sql.raw(typeof value === 'number' ? 'bigint' : 'text')}) as ${sql.ref(column)}`,
  );
  // Under the name of the table, so that what reads it reads this one row.
  const withKey = db.with('keys', () => sql<KeyTable>`(select ${sql.join(columns)})`);
  const record = await loadByCurrentHash(withKey, hash, now);
  if (!record) throw new Error('A key that was given was not found.');
  return record;
}

async function loadByCurrentHash(db: QueryCreator<Database>, keyHash: string, now: number): Promise<KeyRecord | null> {
  const row = await db
    .selectFrom('keys')
    .leftJoin('users', 'users.user_id', 'keys.user_id')
    .leftJoin('teams', 'teams.team_id', 'keys.team_id')
    .leftJoin('team_members', (join) =>
      join.onRef('team_members.team_id', '=', 'keys.team_id').onRef('team_members.user_id', '=', 'keys.user_id'),
    )
    .leftJoin('budgets', 'budgets.budget_id', 'keys.budget_id')
    .leftJoin('organizations', (join) =>
      join.on(({ eb, fn, ref }) =>
        eb(ref('organizations.organization_id'), '=', fn.coalesce('teams.organization_id', 'keys.organization_id')),
      ),
    )
    .leftJoin('budgets as organization_budgets', 'organization_budgets.budget_id', 'organizations.budget_id')
    .leftJoin('organization_members', (join) =>
      join
        .onRef('organization_members.organization_id', '=', 'organizations.organization_id')
        .onRef('organization_members.user_id', '=', 'keys.user_id'),
    )
    .where('keys.key_hash', '=', keyHash)
    .where('keys.deleted_at', 'is', null)
    .selectAll('keys')
    .select([
      'budgets.max_budget_nano_usd as shared_max_budget_nano_usd',
      'budgets.budget_duration as shared_budget_duration',
      'budgets.budget_reset_at as shared_budget_reset_at',
      'budgets.rpm_limit as shared_rpm_limit',
      'budgets.tpm_limit as shared_tpm_limit',
      'budgets.max_parallel_requests as shared_max_parallel_requests',
      'budgets.model_max_budget as shared_model_max_budget',
      'users.user_role as owner_role',
      'users.models as owner_models',
      'users.disabled_at as owner_disabled_at',
      'users.max_budget_nano_usd as owner_max_budget_nano_usd',
      'users.spend_nano_usd as owner_spend_nano_usd',
      'users.budget_duration as owner_budget_duration',
      'users.budget_reset_at as owner_budget_reset_at',
      'users.rpm_limit as owner_rpm_limit',
      'users.tpm_limit as owner_tpm_limit',
      'users.max_parallel_requests as owner_max_parallel_requests',
      'teams.models as team_models',
      'teams.model_aliases as team_model_aliases',
      'teams.blocked_at as team_blocked_at',
      'teams.max_budget_nano_usd as team_max_budget_nano_usd',
      'teams.spend_nano_usd as team_spend_nano_usd',
      'teams.budget_duration as team_budget_duration',
      'teams.budget_reset_at as team_budget_reset_at',
      'users.model_max_budget as owner_model_max_budget',
      'users.budget_limits as owner_budget_limits',
      'users.model_rpm_limit as owner_model_rpm_limit',
      'users.model_tpm_limit as owner_model_tpm_limit',
      'teams.model_max_budget as team_model_max_budget',
      'teams.budget_limits as team_budget_limits',
      'teams.model_rpm_limit as team_model_rpm_limit',
      'teams.model_tpm_limit as team_model_tpm_limit',
      'teams.rpm_limit as team_rpm_limit',
      'teams.tpm_limit as team_tpm_limit',
      'team_members.role as member_role',
      'team_members.max_budget_nano_usd as member_max_budget_nano_usd',
      'team_members.spend_nano_usd as member_spend_nano_usd',
      'team_members.budget_duration as member_budget_duration',
      'team_members.budget_reset_at as member_budget_reset_at',
      'team_members.rpm_limit as member_rpm_limit',
      'team_members.tpm_limit as member_tpm_limit',
      'teams.member_rpm_limit as each_member_rpm_limit',
      'teams.member_tpm_limit as each_member_tpm_limit',
      'teams.max_parallel_requests as team_max_parallel_requests',
      'organizations.organization_id as organization',
      'organizations.models as organization_models',
      'organizations.budget_id as organization_budget_id',
      'organizations.model_rpm_limit as organization_model_rpm_limit',
      'organizations.model_tpm_limit as organization_model_tpm_limit',
      'organization_budgets.model_max_budget as organization_model_max_budget',
      'organizations.spend_nano_usd as organization_spend_nano_usd',
      'organization_budgets.max_budget_nano_usd as organization_max_budget_nano_usd',
      'organization_budgets.budget_duration as organization_budget_duration',
      'organization_budgets.budget_reset_at as organization_budget_reset_at',
      'organization_budgets.rpm_limit as organization_rpm_limit',
      'organization_budgets.tpm_limit as organization_tpm_limit',
      'organization_budgets.max_parallel_requests as organization_max_parallel_requests',
      'organization_members.role as organization_role',
      'organization_members.max_budget_nano_usd as organization_member_max_budget_nano_usd',
      'organization_members.spend_nano_usd as organization_member_spend_nano_usd',
    ])
    .executeTakeFirst();
  if (!row) return null;
  // What a key has of its own goes before what its budget says; of two rates both hold.
  const limits =
    row.model_max_budget === '{}' ? { ...row, model_max_budget: row.shared_model_max_budget ?? '{}' } : row;
  return {
    keyHash: row.key_hash,
    keyName: row.key_name,
    keyAlias: row.key_alias,
    userId: row.user_id,
    teamId: row.team_id,
    budgetId: row.budget_id,
    models: JSON.parse(row.models) as string[],
    aliases: JSON.parse(row.aliases) as Record<string, string>,
    tags: JSON.parse(row.tags) as string[],
    allowedRoutes: JSON.parse(row.allowed_routes) as string[],
    allowedCacheControls: JSON.parse(row.allowed_cache_controls) as string[],
    allowedIps: JSON.parse(row.allowed_ips) as string[],
    rates: ratesOf(
      tighter(row.rpm_limit, row.shared_rpm_limit),
      tighter(row.tpm_limit, row.shared_tpm_limit),
      tighter(row.max_parallel_requests, row.shared_max_parallel_requests),
    ),
    modelRates: modelRatesOf(limits),
    estimatedOutputTokens: row.default_estimated_output_tokens,
    windowBudgets: [...windowBudgetsOf({ owner: 'key', ownerId: row.key_hash }, limits), ...windowBudgetsOfOwner(row)],
    expiresAt: row.expires_at,
    blockedAt: row.blocked_at,
    replacedSecretEndsAt: null,
    budget: budgetOf(
      maxBudgetAt({ ...row, max_budget_nano_usd: row.max_budget_nano_usd ?? row.shared_max_budget_nano_usd }, now),
      row.spend_nano_usd,
      row.budget_duration ?? row.shared_budget_duration,
      row.budget_duration === null ? row.shared_budget_reset_at : row.budget_reset_at,
    ),
    user:
      row.owner_role === null
        ? null
        : {
            role: asRole(row.owner_role),
            models: JSON.parse(row.owner_models ?? '[]') as string[],
            disabledAt: row.owner_disabled_at,
            budget: budgetOf(
              row.owner_max_budget_nano_usd,
              row.owner_spend_nano_usd,
              row.owner_budget_duration,
              row.owner_budget_reset_at,
            ),
            rates: ratesOf(row.owner_rpm_limit, row.owner_tpm_limit, row.owner_max_parallel_requests),
            modelRates: modelRatesOf({
              model_max_budget: row.owner_model_max_budget,
              model_rpm_limit: row.owner_model_rpm_limit,
              model_tpm_limit: row.owner_model_tpm_limit,
            }),
          },
    team:
      row.team_models === null
        ? null
        : {
            models: JSON.parse(row.team_models) as string[],
            modelAliases: JSON.parse(row.team_model_aliases ?? '{}') as Record<string, string>,
            blockedAt: row.team_blocked_at,
            budget: budgetOf(
              row.team_max_budget_nano_usd,
              row.team_spend_nano_usd,
              row.team_budget_duration,
              row.team_budget_reset_at,
            ),
            rates: ratesOf(row.team_rpm_limit, row.team_tpm_limit, row.team_max_parallel_requests),
            modelRates: modelRatesOf({
              model_max_budget: row.team_model_max_budget,
              model_rpm_limit: row.team_model_rpm_limit,
              model_tpm_limit: row.team_model_tpm_limit,
            }),
          },
    member:
      row.member_role === null
        ? null
        : {
            role: row.member_role,
            budget: budgetOf(
              row.member_max_budget_nano_usd,
              row.member_spend_nano_usd,
              row.member_budget_duration,
              row.member_budget_reset_at,
            ),
            rates: ratesOf(
              row.member_rpm_limit ?? row.each_member_rpm_limit,
              row.member_tpm_limit ?? row.each_member_tpm_limit,
              null,
            ),
          },
    organization: organizationOf(row),
    endUserId: null,
  };
}

function organizationOf(row: {
  readonly organization: string | null;
  readonly organization_models: string | null;
  readonly organization_budget_id: string | null;
  readonly organization_model_rpm_limit: string | null;
  readonly organization_model_tpm_limit: string | null;
  readonly organization_model_max_budget: string | null;
  readonly organization_spend_nano_usd: number | null;
  readonly organization_max_budget_nano_usd: number | null;
  readonly organization_budget_duration: string | null;
  readonly organization_budget_reset_at: number | null;
  readonly organization_rpm_limit: number | null;
  readonly organization_tpm_limit: number | null;
  readonly organization_max_parallel_requests: number | null;
  readonly organization_role: string | null;
  readonly organization_member_max_budget_nano_usd: number | null;
  readonly organization_member_spend_nano_usd: number | null;
}): OrganizationRecord | null {
  if (row.organization === null) return null;
  const { organization_budget_duration: duration, organization_budget_reset_at: resetAt } = row;
  return {
    organizationId: row.organization,
    budgetId: row.organization_budget_id ?? '',
    models: JSON.parse(row.organization_models ?? '[]') as string[],
    budget: budgetOf(row.organization_max_budget_nano_usd, row.organization_spend_nano_usd, duration, resetAt),
    rates: ratesOf(row.organization_rpm_limit, row.organization_tpm_limit, row.organization_max_parallel_requests),
    modelRates: modelRatesOf({
      model_max_budget: row.organization_model_max_budget,
      model_rpm_limit: row.organization_model_rpm_limit,
      model_tpm_limit: row.organization_model_tpm_limit,
    }),
    member:
      row.organization_role === null
        ? null
        : {
            budget: budgetOf(
              row.organization_member_max_budget_nano_usd,
              row.organization_member_spend_nano_usd,
              duration,
              resetAt,
            ),
          },
  };
}

/** The same rule as for other budgets: a team's key spends from the team, a personal key from its owner; both from the organization. */
function windowBudgetsOfOwner(row: {
  readonly team_id: string | null;
  readonly user_id: string | null;
  readonly team_model_max_budget: string | null;
  readonly team_budget_limits: string | null;
  readonly owner_model_max_budget: string | null;
  readonly owner_budget_limits: string | null;
  readonly organization: string | null;
  readonly organization_model_max_budget: string | null;
}): readonly WindowBudget[] {
  const ofOrganization = windowBudgetsOf(
    { owner: 'organization', ownerId: row.organization ?? '' },
    { model_max_budget: row.organization_model_max_budget, budget_limits: null },
  );
  const ofTeamOrOwner =
    row.team_id === null
      ? windowBudgetsOf(
          { owner: 'user', ownerId: row.user_id ?? '' },
          { model_max_budget: row.owner_model_max_budget, budget_limits: row.owner_budget_limits },
        )
      : windowBudgetsOf(
          { owner: 'team', ownerId: row.team_id },
          { model_max_budget: row.team_model_max_budget, budget_limits: row.team_budget_limits },
        );
  return [...ofTeamOrOwner, ...ofOrganization];
}

function budgetOf(
  max: number | null,
  spend: number | null,
  duration: string | null,
  resetAt: number | null,
): BudgetRecord {
  return { maxBudgetNanoUsd: max, spendNanoUsd: spend ?? 0, budgetDuration: duration, budgetResetAt: resetAt };
}

function tighter(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other);
}

function ratesOf(rpm: number | null, tpm: number | null, maxParallel: number | null): RateLimits {
  return { requestsPerMinute: rpm, tokensPerMinute: tpm, maxParallelRequests: maxParallel };
}

/** A role that is not one of the four is the least of them. */
function asRole(role: string): Role {
  return roles.find((known) => known === role) ?? 'internal_user_viewer';
}
