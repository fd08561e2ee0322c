import type { BudgetRecord } from '../management/keys/index.ts';
import type { Caller } from './caller.ts';

/** One of the caller's budgets has reached the end of its window. */
export function isResetDue(caller: Caller, now: number): boolean {
  if (caller.kind === 'master') return false;
  const { budget, user, team, member, organization } = caller.key;
  return (
    hasEnded(budget, now) ||
    hasEnded(user?.budget, now) ||
    hasEnded(team?.budget, now) ||
    hasEnded(member?.budget, now) ||
    hasEnded(organization?.budget, now)
  );
}

function hasEnded(budget: BudgetRecord | undefined, now: number): boolean {
  return budget !== undefined && budget.budgetResetAt !== null && budget.budgetResetAt <= now;
}
