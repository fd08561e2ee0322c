import * as z from 'zod/mini';
import { defineEndpoint } from '../../http/endpoint.contract.ts';
import { count, instant, jsonObject, maybe, numberInQuery, strings, usd } from '../../http/fields.contract.ts';
import { detailedLimitFields } from './detailed-limits.contract.ts';

/** A budget that stands by itself. Amounts in dollars. */
export const budgetRow = z.object({
  budget_id: z.string(),
  max_budget: z.nullable(usd),
  soft_budget: z.nullable(usd),
  max_parallel_requests: z.nullable(z.number()),
  tpm_limit: z.nullable(z.number()),
  rpm_limit: z.nullable(z.number()),
  model_max_budget: z.nullable(jsonObject),
  budget_duration: z.nullable(z.string()),
  budget_reset_at: z.nullable(instant),
  created_at: instant,
  created_by: z.string(),
  updated_at: instant,
  updated_by: z.string(),
});

/** The limits of a budget, as they are sent. */
export const budgetFields = {
  max_budget: maybe(usd),
  soft_budget: maybe(usd),
  max_parallel_requests: maybe(count),
  tpm_limit: maybe(count),
  rpm_limit: maybe(count),
  model_max_budget: detailedLimitFields.model_max_budget,
  budget_duration: maybe(z.string()),
  budget_reset_at: maybe(instant),
};

/** `POST /budget/new`: the first window ends so long after now as `budget_duration` says. */
export const createBudget = defineEndpoint({
  method: 'POST',
  path: '/budget/new',
  summary: 'Create a budget',
  permission: 'budget:create',
  errorShape: 'detail',
  body: z.object({ ...budgetFields, budget_id: maybe(z.string().check(z.maxLength(200))) }),
  result: budgetRow,
});

/** `POST /budget/update`: absent fields stay, null removes a limit; the window that runs is not moved. */
export const updateBudget = defineEndpoint({
  method: 'POST',
  path: '/budget/update',
  summary: 'Change a budget',
  permission: 'budget:update',
  errorShape: 'detail',
  body: z.object({ ...budgetFields, budget_id: maybe(z.string()) }),
  result: budgetRow,
});

/** `POST /budget/info`: ids that nobody has are simply missing. As in LiteLLM, for those who may change budgets. */
export const getBudgets = defineEndpoint({
  method: 'POST',
  path: '/budget/info',
  summary: 'Budgets by their ids',
  permission: 'budget:update',
  errorShape: 'detail',
  body: z.object({ budgets: strings.check(z.maxLength(1_000, 'at most 1,000 budgets at a time')) }),
  result: z.array(budgetRow),
});

/** `GET /budget/list`. */
export const listBudgets = defineEndpoint({
  method: 'GET',
  path: '/budget/list',
  summary: 'All budgets, the newest first',
  permission: 'budget:read',
  errorShape: 'detail',
  result: z.array(budgetRow),
});

const { budget_id, max_budget, soft_budget, tpm_limit, rpm_limit, ...windowAndStamps } = budgetRow.shape;
const { budget_duration, budget_reset_at, created_at, updated_at } = windowAndStamps;

/** `GET /management/v1/budgets`. */
export const pageBudgets = defineEndpoint({
  method: 'GET',
  path: '/management/v1/budgets',
  summary: 'Budgets page by page, the newest first',
  permission: 'budget:read',
  errorShape: 'detail',
  query: z.object({
    page: z.optional(numberInQuery.check(z.int(), z.minimum(1))),
    page_size: z.optional(numberInQuery.check(z.int(), z.minimum(1), z.maximum(100))),
  }),
  result: z.object({
    data: z.array(
      z.object({
        ...{ budget_id, max_budget, soft_budget, tpm_limit, rpm_limit },
        ...{ budget_duration, budget_reset_at, created_at, updated_at },
      }),
    ),
    meta: z.object({ total_count: z.number(), page: z.number(), page_size: z.number(), total_pages: z.number() }),
    /** Paths of this page and of others; null: there is none. */
    links: z.object({
      self: z.string(),
      first: z.string(),
      prev: z.nullable(z.string()),
      next: z.nullable(z.string()),
      last: z.string(),
    }),
  }),
});

/** `GET /budget/settings`: the limits of one budget with what they mean. */
export const getBudgetSettings = defineEndpoint({
  method: 'GET',
  path: '/budget/settings',
  summary: 'The limits of one budget with what they mean',
  permission: 'budget:read',
  errorShape: 'detail',
  query: z.object({ budget_id: z.string() }),
  result: z.array(
    z.object({
      field_name: z.string(),
      field_type: z.string(),
      field_description: z.string(),
      field_value: z.nullable(z.union([z.number(), z.string()])),
      stored_in_db: z.boolean(),
      field_default_value: z.null(),
    }),
  ),
});

/** `POST /budget/delete`. */
export const deleteBudget = defineEndpoint({
  method: 'POST',
  path: '/budget/delete',
  summary: 'Delete a budget that nothing refers to',
  permission: 'budget:delete',
  errorShape: 'detail',
  body: z.object({ id: z.string() }),
  result: budgetRow,
});
