import * as z from 'zod/mini';
import { count, instant, jsonObject, maybe, usdLimit } from '../../http/fields.contract.ts';

/**
 * What may be spent on one model: a plain number of dollars for ever, or an amount for each period. LiteLLM has two
 * names for each of the two. Source: contract 4.6, `BudgetConfig` of A.1.
 */
const modelBudget = z.union([
  usdLimit,
  z.object({
    budget_limit: maybe(usdLimit),
    max_budget: maybe(usdLimit),
    time_period: maybe(z.string()),
    budget_duration: maybe(z.string()),
    tpm_limit: maybe(count),
    rpm_limit: maybe(count),
  }),
]);

const modelName = z.string().check(z.minLength(1), z.maxLength(200));

/** `{model: {budget_limit, time_period}}`; a name with a `*` stands for all models that match, together. */
export const modelBudgets = z.record(modelName, modelBudget);

const modelCounts = z.record(modelName, count);

/** One of several budgets of the same owner, each for a period of its own. `reset_at` is the gateway's to say. */
const budgetLimit = z.object({ budget_duration: z.string(), max_budget: usdLimit, reset_at: maybe(instant) });

/** Limits of single models and of several periods, as they are sent. */
export const detailedLimitFields = {
  model_max_budget: maybe(modelBudgets),
  budget_limits: maybe(z.array(budgetLimit).check(z.maxLength(10, 'at most 10 budgets beside each other'))),
  model_rpm_limit: maybe(modelCounts),
  model_tpm_limit: maybe(modelCounts),
};

/** The same limits as they are shown. */
export const detailedLimitColumns = {
  model_max_budget: jsonObject,
  budget_limits: z.nullable(z.array(jsonObject)),
  model_rpm_limit: z.nullable(z.record(z.string(), z.number())),
  model_tpm_limit: z.nullable(z.record(z.string(), z.number())),
};
