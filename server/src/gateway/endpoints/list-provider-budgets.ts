import type * as z from 'zod/mini';
import { never } from '../../ledger/spend-subjects.ts';
import { nanoUsdToUsd } from '../../money/money.ts';
import type { AskingParts } from './find-asked-key.ts';
import type { listProviderBudgets as endpoint } from './provider-budgets.contract.ts';

/** The budgets of providers as the router meets them. @throws ApiError 503 when nobody can tell what is spent of them. */
export async function listProviderBudgets(
  parts: Pick<AskingParts, 'configuredBudgets' | 'counters' | 'now'>,
): Promise<z.infer<(typeof endpoint)['result']>> {
  const now = parts.now();
  const { ofProvider } = await parts.configuredBudgets.current(now);
  const windows = [...(ofProvider?.values() ?? [])];
  const { budgets } = await parts.counters.look({
    subjects: windows.map(({ name }) => name),
    reserveNanoUsd: 0,
    rates: [],
    now,
  });
  return {
    providers: Object.fromEntries(
      windows.map(({ subject, maxBudgetNanoUsd }, index) => [
        subject.ownerId,
        {
          budget_limit: nanoUsdToUsd(maxBudgetNanoUsd),
          time_period: subject.duration || null,
          spend: nanoUsdToUsd(budgets[index]?.spentNanoUsd ?? 0),
          budget_reset_at: subject.endsAt === never ? null : new Date(subject.endsAt).toISOString(),
        },
      ]),
    ),
  };
}
