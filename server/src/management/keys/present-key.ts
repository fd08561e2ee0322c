import type * as z from 'zod/mini';
import { nanoUsdToUsd, optionalNanoUsdToUsd } from '../../money/money.ts';
import { presentDetailedLimits } from '../budgets/index.ts';
import type { keyRow, newKeyFields } from './keys.contract.ts';
import type { KeyTable } from './keys.table.ts';

/** A key as the API shows it, without its hash. */
export type PresentedKey = z.infer<typeof keyRow>;

/** The answer to creating a key. */
export type PresentedNewKey = { [Field in keyof typeof newKeyFields]: z.infer<(typeof newKeyFields)[Field]> };

/** A key, with the organization of its team where it has one. */
export type PresentableKey = KeyTable & { readonly team_organization_id: string | null };

/** What a key would get right now: an end that cannot be undone comes first. */
export function statusOfKey(
  row: Pick<KeyTable, 'deleted_at' | 'expires_at' | 'blocked_at'>,
  now: number,
): PresentedKey['status'] {
  if (row.deleted_at !== null) return 'deleted';
  if (row.expires_at !== null && row.expires_at <= now) return 'expired';
  return row.blocked_at === null ? 'active' : 'revoked';
}

/** What a key may spend at the given time in nano-dollars: its budget, and a temporary increase that still lasts. */
export function maxBudgetAt(
  row: Pick<KeyTable, 'max_budget_nano_usd' | 'temp_budget_increase_nano_usd' | 'temp_budget_expires_at'>,
  now: number,
): number | null {
  const { max_budget_nano_usd: max, temp_budget_increase_nano_usd: increase, temp_budget_expires_at: endsAt } = row;
  if (max === null || increase === null || endsAt === null || endsAt <= now) return max;
  return max + increase;
}

/** Shows a stored key at the given time (epoch milliseconds). Amounts in dollars. */
export function presentKey(row: PresentableKey, now: number): PresentedKey {
  return {
    ...sharedFields(row),
    tags: JSON.parse(row.tags) as string[],
    budget_reset_at: isoOrNull(row.budget_reset_at),
    key_name: row.key_name,
    key_type: row.key_type,
    policies: [],
    model_spend: {},
    soft_budget_cooldown: false,
    rotation_count: row.rotation_count,
    auto_rotate: row.rotate_at !== null,
    rotation_interval: row.rotation_interval,
    last_rotation_at: isoOrNull(row.last_rotation_at),
    key_rotation_at: isoOrNull(row.rotate_at),
    temp_budget_increase: optionalNanoUsdToUsd(row.temp_budget_increase_nano_usd),
    temp_budget_expiry: isoOrNull(row.temp_budget_expires_at),
    last_active: isoOrNull(row.last_used_at),
    status: statusOfKey(row, now),
  };
}

/** The one answer that holds a secret. `duration` is echoed as it was sent. */
export function presentNewKey(secret: string, row: PresentableKey, duration: string | null): PresentedNewKey {
  return {
    ...sharedFields(row),
    key: secret,
    token: row.key_hash,
    token_id: row.key_hash,
    key_name: row.key_name,
    duration,
    tags: JSON.parse(row.tags) as string[],
    guardrails: null,
  };
}

function sharedFields(row: PresentableKey) {
  return {
    key_alias: row.key_alias,
    user_id: row.user_id,
    team_id: row.team_id,
    organization_id: row.team_organization_id ?? row.organization_id,
    models: JSON.parse(row.models) as string[],
    aliases: JSON.parse(row.aliases) as Record<string, unknown>,
    config: {},
    permissions: JSON.parse(row.permissions) as Record<string, unknown>,
    metadata: JSON.parse(row.metadata) as Record<string, unknown>,
    spend: nanoUsdToUsd(row.spend_nano_usd),
    max_budget: optionalNanoUsdToUsd(row.max_budget_nano_usd),
    soft_budget: optionalNanoUsdToUsd(row.soft_budget_nano_usd),
    budget_duration: row.budget_duration,
    budget_id: row.budget_id,
    tpm_limit: row.tpm_limit,
    rpm_limit: row.rpm_limit,
    max_parallel_requests: row.max_parallel_requests,
    default_estimated_output_tokens: row.default_estimated_output_tokens,
    allowed_cache_controls: JSON.parse(row.allowed_cache_controls) as string[],
    allowed_routes: JSON.parse(row.allowed_routes) as string[],
    allowed_ips: JSON.parse(row.allowed_ips) as string[],
    ...presentDetailedLimits(row),
    expires: isoOrNull(row.expires_at),
    blocked: row.blocked_at === null ? null : true,
    created_at: new Date(row.created_at).toISOString(),
    created_by: row.created_by,
    updated_at: new Date(row.updated_at).toISOString(),
    updated_by: row.updated_by,
    litellm_budget_table: null,
  };
}

function isoOrNull(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
