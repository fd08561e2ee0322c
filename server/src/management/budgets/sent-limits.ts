import type { SentBudgetFields } from './read-budget-fields.ts';

const names = [
  'max_budget',
  'soft_budget',
  'max_parallel_requests',
  'tpm_limit',
  'rpm_limit',
  'model_max_budget',
  'budget_duration',
  'budget_reset_at',
] as const satisfies readonly (keyof SentBudgetFields)[];

/** The limits among the fields of a request; what was not sent is absent. */
export function sentLimits(input: SentBudgetFields): SentBudgetFields {
  return Object.fromEntries(names.filter((name) => input[name] !== undefined).map((name) => [name, input[name]]));
}
