import type * as z from 'zod/mini';
import { ApiError } from '../../http/api-error.ts';
import type { WindowOwner } from '../../ledger/spend-subjects.ts';
import { usdToNanoUsd } from '../../money/money.ts';
import type { Parts } from '../parts.ts';
import type { detailedLimitColumns, detailedLimitFields, modelBudgets } from './detailed-limits.contract.ts';
import type { DetailedLimitColumns } from './detailed-limits.table.ts';
import { firstBudgetResetAt } from './next-budget-reset.ts';

/** The columns of somebody who has no such limit. */
export const noDetailedLimits: DetailedLimitColumns = {
  model_max_budget: '{}',
  budget_limits: '[]',
  model_rpm_limit: '{}',
  model_tpm_limit: '{}',
};

/** Such limits as they are sent; what is absent is not said, null takes the limits away. */
export type SentDetailedLimits = {
  readonly [Field in keyof typeof detailedLimitFields]?: z.infer<(typeof detailedLimitFields)[Field]>;
};

/** Such limits as they are shown. */
type PresentedDetailedLimits = {
  [Field in keyof typeof detailedLimitColumns]: z.infer<(typeof detailedLimitColumns)[Field]>;
};

const mostModels = 200;

/**
 * Reads the limits that were sent into the columns that they change.
 * @throws ApiError 400 for a period that cannot be understood, for two budgets of the same period, and for too many models.
 */
export function readDetailedLimits(
  parts: Pick<Parts, 'now' | 'settings'>,
  sent: SentDetailedLimits,
): Partial<DetailedLimitColumns> {
  const columns: Partial<DetailedLimitColumns> = {};
  for (const name of ['model_max_budget', 'model_rpm_limit', 'model_tpm_limit'] as const) {
    const byModel = sent[name];
    if (byModel === undefined) continue;
    if (Object.keys(byModel ?? {}).length > mostModels) {
      throw new ApiError(400, `${name} can name at most ${mostModels} models. Write patterns such as openai/*.`, {
        type: 'bad_request_error',
        param: name,
      });
    }
    columns[name] = JSON.stringify(byModel ?? {});
  }
  for (const budget of Object.values(sent.model_max_budget ?? {})) {
    firstBudgetResetAt(parts, durationOf(budget) || null);
  }
  if (sent.budget_limits !== undefined) columns.budget_limits = readBudgetLimits(parts, sent.budget_limits ?? []);
  return columns;
}

function readBudgetLimits(
  parts: Pick<Parts, 'now' | 'settings'>,
  sent: NonNullable<SentDetailedLimits['budget_limits']>,
): string {
  for (const { budget_duration: duration } of sent) firstBudgetResetAt(parts, duration);
  const twice = sent.find(
    (one, index) => sent.findIndex((other) => other.budget_duration === one.budget_duration) < index,
  );
  if (twice) {
    throw new ApiError(400, `budget_limits has two budgets for ${twice.budget_duration}. Send one for each period.`, {
      type: 'bad_request_error',
      param: 'budget_limits',
    });
  }
  return JSON.stringify(sent.map(({ budget_duration, max_budget }) => ({ budget_duration, max_budget })));
}

/** Shows the columns; limits that nobody set are null, as LiteLLM has them, but for the budgets by model. */
export function presentDetailedLimits(columns: DetailedLimitColumns): PresentedDetailedLimits {
  return {
    model_max_budget: JSON.parse(columns.model_max_budget) as Record<string, unknown>,
    budget_limits: emptyAsNull(JSON.parse(columns.budget_limits) as Record<string, unknown>[]),
    model_rpm_limit: emptyAsNull(JSON.parse(columns.model_rpm_limit) as Record<string, number>),
    model_tpm_limit: emptyAsNull(JSON.parse(columns.model_tpm_limit) as Record<string, number>),
  };
}

/** Limits that nobody set, as they are shown. */
export function emptyAsNull<Limits extends object>(limits: Limits): Limits | null {
  return Object.keys(limits).length === 0 ? null : limits;
}

/** The columns for the audit log. */
export function describeDetailedLimits(columns: DetailedLimitColumns): Record<keyof DetailedLimitColumns, unknown> {
  return {
    model_max_budget: JSON.parse(columns.model_max_budget) as unknown,
    budget_limits: JSON.parse(columns.budget_limits) as unknown,
    model_rpm_limit: JSON.parse(columns.model_rpm_limit) as unknown,
    model_tpm_limit: JSON.parse(columns.model_tpm_limit) as unknown,
  };
}

/** A budget for the windows of one period, of all models or of those that a name or pattern means. */
export interface WindowBudget {
  readonly owner: WindowOwner;
  readonly ownerId: string;
  /** Empty: all models. */
  readonly model: string;
  /** Empty: one window for ever. */
  readonly duration: string;
  readonly maxNanoUsd: number;
}

/** Whose columns are read. */
interface LimitOwner {
  readonly owner: WindowOwner;
  readonly ownerId: string;
}

const none: readonly WindowBudget[] = [];

/** The budgets that two of the columns hold. Those of most owners are empty, which costs nothing here. */
export function windowBudgetsOf(
  owner: LimitOwner,
  columns: { readonly model_max_budget: string | null; readonly budget_limits: string | null },
): readonly WindowBudget[] {
  const { model_max_budget: byModel, budget_limits: byPeriod } = columns;
  if ((byModel ?? '{}') === '{}' && (byPeriod ?? '[]') === '[]') return none;
  const budgets: WindowBudget[] = [];
  for (const [model, budget] of Object.entries(parseModelBudgets(byModel))) {
    const max = typeof budget === 'number' ? budget : (budget.budget_limit ?? budget.max_budget);
    if (max == null) continue;
    budgets.push({ ...owner, model, duration: durationOf(budget), maxNanoUsd: usdToNanoUsd(max) });
  }
  const periods = JSON.parse(byPeriod ?? '[]') as { budget_duration: string; max_budget: number }[];
  for (const { budget_duration: duration, max_budget: max } of periods) {
    budgets.push({ ...owner, model: '', duration, maxNanoUsd: usdToNanoUsd(max) });
  }
  return budgets;
}

function parseModelBudgets(json: string | null): z.infer<typeof modelBudgets> {
  return JSON.parse(json ?? '{}') as z.infer<typeof modelBudgets>;
}

/** The period of a model's budget; empty: for ever. */
export function durationOf(budget: z.infer<typeof modelBudgets>[string]): string {
  return typeof budget === 'number' ? '' : (budget.time_period ?? budget.budget_duration ?? '');
}

/** Requests and tokens per minute of one model. */
export interface ModelRate {
  /** Name or pattern. */
  readonly model: string;
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
}

const noRates: readonly ModelRate[] = [];

/** The limits of rate that three of the columns hold, one for each model that has any. */
export function modelRatesOf(columns: {
  readonly model_max_budget: string | null;
  readonly model_rpm_limit: string | null;
  readonly model_tpm_limit: string | null;
}): readonly ModelRate[] {
  const { model_max_budget: budgets, model_rpm_limit: requests, model_tpm_limit: tokens } = columns;
  if ([budgets, requests, tokens].every((json) => (json ?? '{}') === '{}')) return noRates;
  const rates = new Map<string, { model: string; requestsPerMinute: number | null; tokensPerMinute: number | null }>();
  const rateOf = (model: string) => {
    const known = rates.get(model) ?? { model, requestsPerMinute: null, tokensPerMinute: null };
    rates.set(model, known);
    return known;
  };
  for (const [model, budget] of Object.entries(parseModelBudgets(budgets))) {
    if (typeof budget === 'number') continue;
    if (budget.rpm_limit != null) rateOf(model).requestsPerMinute = budget.rpm_limit;
    if (budget.tpm_limit != null) rateOf(model).tokensPerMinute = budget.tpm_limit;
  }
  for (const [model, limit] of entriesOf(requests)) rateOf(model).requestsPerMinute = limit;
  for (const [model, limit] of entriesOf(tokens)) rateOf(model).tokensPerMinute = limit;
  return [...rates.values()];
}

function entriesOf(json: string | null): [string, number][] {
  return Object.entries(JSON.parse(json ?? '{}') as Record<string, number>);
}
