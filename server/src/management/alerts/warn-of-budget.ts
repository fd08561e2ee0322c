import type { Parts } from '../parts.ts';
import { describeBudget } from './describe-budget.ts';
import { type BudgetOwner, type BudgetState, loadBudgetState } from './load-budget-states.ts';
import { raiseOnce } from './raise-once.ts';

/** A line that the spend of a budget has crossed. */
type Crossing = 'soft' | 'alert' | 'reached';

/** What a look at a budget has found. */
export interface BudgetLook {
  /** The spend in nano-dollars at which it is worth to look again. */
  readonly nextLineNanoUsd: number;
  /** Whether a warning was raised now. */
  readonly hasWarned: boolean;
}

/**
 * Looks at a budget and tells its owner what it has crossed: the soft budget, a part of the budget, all of it. Each is
 * told once in each of the budget's periods, and again when the budget was changed; whoever has used it all up at once
 * is not told of the part as well.
 */
export async function warnOfBudget(parts: Parts, owner: BudgetOwner, nowMs: number): Promise<BudgetLook> {
  const state = await loadBudgetState(parts.storage.db, owner, nowMs);
  if (!state) return { nextLineNanoUsd: Number.POSITIVE_INFINITY, hasWarned: false };
  const lines = linesOf(state, parts.settings.mail.budgetAlertPercent);
  const crossed = lines.filter(({ atNanoUsd }) => state.spendNanoUsd >= atNanoUsd);
  const ahead = lines.filter(({ atNanoUsd }) => state.spendNanoUsd < atNanoUsd).map(({ atNanoUsd }) => atNanoUsd);
  let hasWarned = false;
  if (crossed.length > 0) hasWarned = await raise(parts, state, crossed, nowMs);
  return { nextLineNanoUsd: Math.min(...ahead), hasWarned };
}

interface Line {
  readonly crossing: Crossing;
  readonly atNanoUsd: number;
}

/** A budget of 0 is one that allows nothing: there is nothing to warn of. */
function linesOf({ maxBudgetNanoUsd: max, softBudgetNanoUsd: soft }: BudgetState, percent: number): Line[] {
  const lines: Line[] = [];
  if (soft !== null && soft > 0) lines.push({ crossing: 'soft', atNanoUsd: soft });
  if (max !== null && max > 0) {
    lines.push({ crossing: 'alert', atNanoUsd: Math.ceil((max / 100) * percent) });
    lines.push({ crossing: 'reached', atNanoUsd: max });
  }
  return lines;
}

async function raise(parts: Parts, state: BudgetState, crossed: readonly Line[], nowMs: number): Promise<boolean> {
  return parts.storage.db.transaction().execute(async (tx) => {
    const raised = new Map<Crossing, string>();
    for (const { crossing, atNanoUsd } of crossed) {
      const alertKey = `budget:${state.name}:${crossing}:${atNanoUsd}:${state.resetsAt ?? 'never'}`;
      if (await raiseOnce(tx, alertKey, nowMs)) raised.set(crossing, alertKey);
    }
    if (raised.size === 0) return false;
    const { data, to } = await describeBudget(tx, parts, state);
    for (const [crossing, once] of raised) {
      if (crossing === 'soft') await parts.mail.enqueue(tx, { event: 'Soft Budget Crossed', to, data, once });
      if (crossing === 'alert' && !crossed.some((line) => line.crossing === 'reached')) {
        const threshold = parts.settings.mail.budgetAlertPercent;
        await parts.mail.enqueue(tx, { event: 'Max Budget Alert', to, data: { ...data, threshold }, once });
      }
      if (crossing === 'reached') await parts.mail.enqueue(tx, { event: 'Max Budget Reached', to, data, once });
    }
    return true;
  });
}
