import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { nanoUsdToUsd, optionalNanoUsdToUsd } from '../../money/money.ts';
import type { Parts } from '../parts.ts';
import { readAmount, refuseKey } from './key-rules.ts';
import { toKeyHash } from './key-secret.ts';
import { findKey } from './keys.store.ts';
import { asFloat } from './write-python.ts';

/** What a key has spent before and after. Amounts in dollars. */
export interface ResetSpend {
  key_hash: string;
  spend: number;
  previous_spend: number;
  max_budget: number | null;
  budget_reset_at: string | null;
}

/**
 * Sets what a key has spent in its current window to less. The books keep what was spent. Admins of the gateway and
 * of the key's team may.
 * @param flush folds what is settled into the database first, so that nothing from before is counted after.
 * @throws ApiError 400, 403 or 404 in the contract's words.
 */
export async function resetKeySpend(
  parts: Parts,
  call: Call,
  input: { key: string; reset_to: number },
  flush: () => Promise<void>,
): Promise<ResetSpend> {
  if (input.reset_to < 0) throw refuseKey(400, 'reset_to must be >= 0');
  const resetTo = readAmount('reset_to', input.reset_to) ?? 0;
  await flush();
  return parts.changes.change(call.context, async (tx) => {
    const found = await findKey(tx, call.access, toKeyHash(input.key));
    if (!found || found.row.deleted_at !== null) {
      throw new ApiError(404, 'Key not found.', { type: 'not_found_error', param: 'key' });
    }
    const { row, relation } = found;
    if (!relation.administers) {
      throw refuseKey(403, 'You must be a proxy admin or team admin to reset key spend');
    }
    if (resetTo > row.spend_nano_usd) {
      throw refuseKey(
        400,
        `reset_to (${asFloat(input.reset_to)}) must be <= current spend (${asFloat(nanoUsdToUsd(row.spend_nano_usd))})`,
      );
    }
    if (row.max_budget_nano_usd !== null && resetTo > row.max_budget_nano_usd) {
      throw refuseKey(
        400,
        `reset_to (${asFloat(input.reset_to)}) must be <= budget (${asFloat(nanoUsdToUsd(row.max_budget_nano_usd))})`,
      );
    }
    await tx.updateTable('keys').set({ spend_nano_usd: resetTo }).where('key_hash', '=', row.key_hash).execute();
    return {
      result: {
        key_hash: row.key_hash,
        spend: nanoUsdToUsd(resetTo),
        previous_spend: nanoUsdToUsd(row.spend_nano_usd),
        max_budget: optionalNanoUsdToUsd(row.max_budget_nano_usd),
        budget_reset_at: row.budget_reset_at === null ? null : new Date(row.budget_reset_at).toISOString(),
      },
      audit: {
        action: 'reset',
        object: { type: 'key', id: row.key_hash },
        before: { spend_nano_usd: row.spend_nano_usd },
        after: { spend_nano_usd: resetTo },
      },
    };
  });
}
