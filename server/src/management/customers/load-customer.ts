import type { Kysely } from 'kysely';
import type { Settings } from '../../config/settings.ts';
import type { RateLimits } from '../../counters/counters.ts';
import type { Database } from '../../storage/database.ts';
import '../budgets/budgets.table.ts';
import { type ModelRate, modelRatesOf, type WindowBudget, windowBudgetsOf } from '../budgets/index.ts';
import './customers.table.ts';

/** What decides whether somebody may send requests on behalf of a customer. */
export interface CustomerRecord {
  readonly customerId: string;
  readonly blockedAt: number | null;
  readonly budgetId: string | null;
  readonly budget: {
    readonly maxBudgetNanoUsd: number | null;
    readonly spendNanoUsd: number;
    readonly budgetDuration: string | null;
    readonly budgetResetAt: number | null;
  };
  readonly rates: RateLimits;
  readonly modelRates: readonly ModelRate[];
  /** Budgets of single models. */
  readonly windowBudgets: readonly WindowBudget[];
  /** Only deployments of this region may serve the calls; null: all. */
  readonly allowedModelRegion: string | null;
  /** What answers when none of the requested model's deployments may. */
  readonly defaultModel: string | null;
}

/**
 * Reads a customer with the budget; null for one whom nobody knows and nothing binds.
 * @param defaults what binds customers who have no budget of their own.
 */
export async function loadCustomer(
  db: Kysely<Database>,
  customerId: string,
  defaults: Settings['customerDefaults'],
): Promise<CustomerRecord | null> {
  const row = await db.selectFrom('customers').selectAll().where('user_id', '=', customerId).executeTakeFirst();
  const budgetId = row?.budget_id ?? defaults.budgetId;
  const budget =
    budgetId === null
      ? undefined
      : await db.selectFrom('budgets').selectAll().where('budget_id', '=', budgetId).executeTakeFirst();
  if (!row && !budget && defaults.maxBudgetNanoUsd === null) return null;
  const limits = {
    model_max_budget: budget?.model_max_budget ?? null,
    budget_limits: null,
    model_rpm_limit: null,
    model_tpm_limit: null,
  };
  return {
    customerId,
    blockedAt: row?.blocked_at ?? null,
    budgetId: budget ? budgetId : null,
    budget: {
      maxBudgetNanoUsd: budget ? budget.max_budget_nano_usd : defaults.maxBudgetNanoUsd,
      spendNanoUsd: row?.spend_nano_usd ?? 0,
      budgetDuration: budget?.budget_duration ?? null,
      budgetResetAt: budget?.budget_reset_at ?? null,
    },
    rates: {
      requestsPerMinute: budget?.rpm_limit ?? null,
      tokensPerMinute: budget?.tpm_limit ?? null,
      maxParallelRequests: budget?.max_parallel_requests ?? null,
    },
    modelRates: modelRatesOf(limits),
    windowBudgets: windowBudgetsOf({ owner: 'customer', ownerId: customerId }, limits),
    allowedModelRegion: row?.allowed_model_region ?? null,
    defaultModel: row?.default_model ?? null,
  };
}
