import { implement, type Route } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import * as contract from './budgets.contract.ts';
import { createBudget } from './create-budget.ts';
import { deleteBudget } from './delete-budget.ts';
import { pageBudgets } from './page-budgets.ts';
import { getBudgetSettings, getBudgets, listBudgets } from './read-budgets.ts';
import { updateBudget } from './update-budget.ts';

/** The endpoints about budgets that stand by themselves. */
export function budgetRoutes(parts: Parts): Route[] {
  return [
    implement(contract.createBudget, (call, input) => createBudget(parts, call, input)),
    implement(contract.updateBudget, (call, input) => updateBudget(parts, call, input)),
    implement(contract.getBudgets, (_call, input) => getBudgets(parts, input.budgets)),
    implement(contract.listBudgets, () => listBudgets(parts)),
    implement(contract.pageBudgets, (_call, input) => pageBudgets(parts, input)),
    implement(contract.getBudgetSettings, (_call, input) => getBudgetSettings(parts, input.budget_id)),
    implement(contract.deleteBudget, (call, input) => deleteBudget(parts, call, input.id)),
  ];
}
