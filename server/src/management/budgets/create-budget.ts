import { randomUUID } from 'node:crypto';
import type * as z from 'zod/mini';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { isUniqueViolation } from '../../storage/open-storage.ts';
import type { Parts } from '../parts.ts';
import type { createBudget as endpoint } from './budgets.contract.ts';
import { insertBudget } from './insert-budget.ts';
import { type PresentedBudget, presentBudget } from './present-budget.ts';

type Input = z.infer<NonNullable<(typeof endpoint)['input']>>;

/**
 * Creates a budget.
 * @throws ApiError 400 for an id that is taken and for limits that make no sense.
 */
export async function createBudget(parts: Parts, call: Call, input: Input): Promise<PresentedBudget> {
  const budgetId = input.budget_id?.trim() || randomUUID();
  try {
    return await parts.changes.change(call.context, async (tx) => {
      const { row, audit } = await insertBudget(tx, {
        budgetId,
        fields: input,
        createdBy: call.principal.userId ?? '',
        now: parts.now(),
      });
      return { result: presentBudget(row), audit };
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new ApiError(
      400,
      `Budget id ${budgetId} exists already. Change it with /budget/update, or choose another id.`,
    );
  }
}
