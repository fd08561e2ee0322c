import type * as z from 'zod/mini';
import type { Call } from '../../http/call.ts';
import { nanoUsdToUsd, optionalNanoUsdToUsd } from '../../money/money.ts';
import type { Parts } from '../parts.ts';
import { everythingWithinReach } from '../usage/usage-filter.ts';
import type * as endpoints from './spend.contract.ts';
import { listKeysBySpend, listUsersBySpend } from './spend.store.ts';
import { allTime, namedDays, sumBy } from './sum-by.ts';

type SpendOfKey = z.infer<(typeof endpoints.listSpendOfKeys)['result']>[number];
type SpendOfUser = z.infer<(typeof endpoints.listSpendOfUsers)['result']>[number];
type SpendOfTag = z.infer<(typeof endpoints.listSpendOfTags)['result']>[number];

/** Keys with what they have spent in their present budget windows, largest first. */
export async function listSpendOfKeys(parts: Parts, call: Call): Promise<SpendOfKey[]> {
  const rows = await listKeysBySpend(parts.storage.db, call.access);
  return rows.map((row) => ({
    token: row.key_hash,
    key_name: row.key_name,
    key_alias: row.key_alias,
    spend: nanoUsdToUsd(row.spend_nano_usd),
    max_budget: optionalNanoUsdToUsd(row.max_budget_nano_usd),
    budget_duration: row.budget_duration,
    budget_reset_at: isoOrNull(row.budget_reset_at),
    expires: isoOrNull(row.expires_at),
    models: JSON.parse(row.models) as string[],
    user_id: row.user_id,
    team_id: row.team_id,
    metadata: JSON.parse(row.metadata) as Record<string, unknown>,
    tpm_limit: row.tpm_limit,
    rpm_limit: row.rpm_limit,
    blocked: row.blocked_at === null ? null : true,
    created_at: new Date(row.created_at).toISOString(),
  }));
}

/**
 * Users with what they have spent in their present budget windows, largest first.
 * @throws ApiError 403 for somebody else.
 */
export async function listSpendOfUsers(
  parts: Parts,
  call: Call,
  query: { user_id?: string | undefined },
): Promise<SpendOfUser[]> {
  const rows = await listUsersBySpend(parts.storage.db, call.access, query.user_id || null);
  // LiteLLM's answer about somebody who does not exist.
  if (query.user_id && rows.length === 0) return [null];
  return rows.map((row) => ({
    user_id: row.user_id,
    user_email: row.user_email,
    user_alias: row.user_alias,
    user_role: row.user_role,
    spend: nanoUsdToUsd(row.spend_nano_usd),
    max_budget: optionalNanoUsdToUsd(row.max_budget_nano_usd),
    budget_duration: row.budget_duration,
    budget_reset_at: isoOrNull(row.budget_reset_at),
    models: JSON.parse(row.models) as string[],
    tpm_limit: row.tpm_limit,
    rpm_limit: row.rpm_limit,
    created_at: new Date(row.created_at).toISOString(),
  }));
}

/**
 * Spend by tag, largest first: of all time, or of the days that are named.
 * @throws ApiError 400 for days that are none.
 */
export async function listSpendOfTags(
  parts: Parts,
  call: Call,
  query: { start_date?: string | undefined; end_date?: string | undefined },
): Promise<SpendOfTag[]> {
  const range = namedDays(query) ?? allTime;
  const tags = await sumBy(parts.storage.db, call.access, everythingWithinReach, range, 'tag');
  return tags.map((tag) => ({
    individual_request_tag: tag.id,
    log_count: tag.sums.requests,
    total_spend: nanoUsdToUsd(tag.sums.spend_nano_usd),
  }));
}

function isoOrNull(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
