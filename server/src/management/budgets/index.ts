export { budgetRoutes } from './budgets.routes.ts';
export { chargeSpend } from './charge-spend.ts';
export { firstBudgetResetAt } from './next-budget-reset.ts';
export { addDuration } from './parse-duration.ts';
export { resetDueBudgets } from './reset-due-budgets.ts';
export { instantOfWallTime, wallTimeAt } from './zoned-time.ts';
