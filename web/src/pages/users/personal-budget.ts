/** How often a budget begins anew. Durations are those of the API. */
export const budgetWindows = [
  { value: '1mo', label: 'every month', words: 'a month' },
  { value: '7d', label: 'every week', words: 'a week' },
  { value: '1d', label: 'every day', words: 'a day' },
] as const;

/** A budget that never begins anew. The gateway keeps such a budget, but cannot turn another one into it. */
export const noWindow = 'never';

/** A personal budget as a form holds it. */
export interface BudgetDraft {
  /** What was typed; empty: see the form. */
  readonly amount: string;
  readonly window: string;
}

/** The draft of a form that was not touched. */
export const emptyBudget: BudgetDraft = { amount: '', window: '1mo' };

/** What is wrong with a draft; undefined when it can be sent. */
export function budgetProblem({ amount }: BudgetDraft): string | undefined {
  const text = amount.trim();
  if (text === '') return undefined;
  if (!/^\d{1,9}([.,]\d{1,9})?$/.test(text)) return 'Write an amount in dollars, such as 10 or 2.50.';
  return undefined;
}

/** The amount in dollars; null when none was typed. Only for drafts without a problem. */
function budgetAmount({ amount }: BudgetDraft): number | null {
  const text = amount.trim().replace(',', '.');
  return text === '' ? null : Number(text);
}

/** The budget as the API takes it; `budget_duration: null` never begins anew. */
export function budgetFields(draft: BudgetDraft): { max_budget: number; budget_duration: string | null } | null {
  const amount = budgetAmount(draft);
  return amount === null
    ? null
    : { max_budget: amount, budget_duration: draft.window === noWindow ? null : draft.window };
}

/** A duration of the API in words: `a month`; durations the console does not offer are shown as they are. */
export function windowWords(duration: string | null): string {
  if (duration === null) return 'in total';
  return budgetWindows.find(({ value }) => value === duration)?.words ?? `every ${duration}`;
}
