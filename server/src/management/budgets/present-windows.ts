import type { WindowOwner } from '../../ledger/spend-subjects.ts';
import { never } from '../../ledger/spend-subjects.ts';
import { nanoUsdToUsd } from '../../money/money.ts';
import type { Parts } from '../parts.ts';
import { windowBudgetsOf } from './detailed-limits.ts';
import { loadWindows, type WindowRecord } from './load-windows.ts';

/** What was spent of the budgets of single models and of periods. Amounts in dollars. */
export interface WindowUsage {
  /** By model. */
  readonly model_max_budget_usage: Record<string, unknown>;
  readonly budget_limits_usage: Record<string, unknown>[];
}

/** Reads what somebody has spent in the windows that run now, as far as it is in the database. */
export async function loadWindowUsage(
  parts: Parts,
  owner: { readonly owner: WindowOwner; readonly ownerId: string },
  columns: { readonly model_max_budget: string; readonly budget_limits: string },
): Promise<WindowUsage> {
  const budgets = windowBudgetsOf(owner, columns);
  const windows = await loadWindows(parts.storage.db, budgets, parts.now(), parts.settings);
  const ofModels = windows.filter(({ subject }) => subject.model !== '');
  const ofPeriods = windows.filter(({ subject }) => subject.model === '');
  return {
    model_max_budget_usage: Object.fromEntries(
      ofModels.map((window) => [
        window.subject.model,
        {
          current_spend: nanoUsdToUsd(window.spendNanoUsd),
          budget_limit: nanoUsdToUsd(window.maxBudgetNanoUsd),
          time_period: window.subject.duration || null,
          budget_reset_at: endOf(window),
        },
      ]),
    ),
    budget_limits_usage: ofPeriods.map((window) => ({
      budget_duration: window.subject.duration,
      max_budget: nanoUsdToUsd(window.maxBudgetNanoUsd),
      spend: nanoUsdToUsd(window.spendNanoUsd),
      reset_at: endOf(window),
    })),
  };
}

function endOf({ subject }: WindowRecord): string | null {
  return subject.endsAt === never ? null : new Date(subject.endsAt).toISOString();
}
