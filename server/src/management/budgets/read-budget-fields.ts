import type * as z from 'zod/mini';
import { ApiError } from '../../http/api-error.ts';
import { usdToNanoUsd } from '../../money/money.ts';
import type { BudgetTable } from './budgets.table.ts';
import type { modelBudgets } from './detailed-limits.contract.ts';
import { durationOf } from './detailed-limits.ts';
import { addDuration, unsupportedDuration } from './parse-duration.ts';

/** The limits of a budget as they are sent: amounts in dollars; what is absent is not said. */
export interface SentBudgetFields {
  readonly max_budget?: number | null | undefined;
  readonly soft_budget?: number | null | undefined;
  readonly max_parallel_requests?: number | null | undefined;
  readonly tpm_limit?: number | null | undefined;
  readonly rpm_limit?: number | null | undefined;
  readonly model_max_budget?: z.infer<typeof modelBudgets> | null | undefined;
  readonly budget_duration?: string | null | undefined;
  readonly budget_reset_at?: string | null | undefined;
}

/** The columns that hold limits. */
export type BudgetLimits = Omit<BudgetTable, 'budget_id' | 'created_at' | 'created_by' | 'updated_at' | 'updated_by'>;

const mostUsd = 9_000_000_000;

/**
 * Reads the limits that were sent; null is a value, what is absent is left out.
 * @throws ApiError 400 for negative amounts and for a period or an instant that cannot be understood.
 */
export function readBudgetFields(sent: SentBudgetFields, nowMs: number): Partial<BudgetLimits> {
  const limits: Partial<BudgetLimits> = {};
  if (sent.max_budget !== undefined) limits.max_budget_nano_usd = readUsd('max_budget', sent.max_budget);
  if (sent.soft_budget !== undefined) limits.soft_budget_nano_usd = readUsd('soft_budget', sent.soft_budget);
  if (sent.max_parallel_requests !== undefined) limits.max_parallel_requests = sent.max_parallel_requests;
  if (sent.tpm_limit !== undefined) limits.tpm_limit = sent.tpm_limit;
  if (sent.rpm_limit !== undefined) limits.rpm_limit = sent.rpm_limit;
  if (sent.model_max_budget !== undefined) {
    const periods = Object.values(sent.model_max_budget ?? {}).map(durationOf);
    for (const period of periods) if (period !== '') rollingResetAt(period, nowMs);
    limits.model_max_budget = sent.model_max_budget && JSON.stringify(sent.model_max_budget);
  }
  if (sent.budget_duration !== undefined) {
    if (sent.budget_duration !== null) rollingResetAt(sent.budget_duration, nowMs);
    limits.budget_duration = sent.budget_duration;
  }
  if (sent.budget_reset_at !== undefined) limits.budget_reset_at = readInstant(sent.budget_reset_at);
  return limits;
}

/**
 * When a window ends that begins now: so long after now as the period says.
 * @returns epoch milliseconds.
 * @throws ApiError 400 for a period that cannot be understood or is zero.
 */
export function rollingResetAt(duration: string, nowMs: number): number {
  const endsAt = addDuration(duration, nowMs, 'budget_duration');
  if (endsAt <= nowMs) throw unsupportedDuration(duration, 'budget_duration');
  return endsAt;
}

function readUsd(name: string, amount: number | null): number | null {
  if (amount === null) return null;
  if (amount < 0) throw new ApiError(400, `${name} cannot be negative. Received: ${amount}`, { param: name });
  if (amount > mostUsd) {
    throw new ApiError(400, `${name} must not be more than ${mostUsd} dollars. Leave it out for no limit.`, {
      param: name,
    });
  }
  return usdToNanoUsd(amount);
}

function readInstant(text: string | null): number | null {
  if (text === null) return null;
  const instantMs = Date.parse(text);
  if (Number.isFinite(instantMs)) return instantMs;
  throw new ApiError(
    400,
    `budget_reset_at must be an instant such as 2026-12-01T00:00:00Z. Received: ${text.slice(0, 40)}`,
    {
      param: 'budget_reset_at',
    },
  );
}
