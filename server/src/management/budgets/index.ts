export { budgetRoutes } from './budgets.routes.ts';
export { chargeSpend } from './charge-spend.ts';
export {
  describeDetailedLimits,
  emptyAsNull,
  type ModelRate,
  modelRatesOf,
  noDetailedLimits,
  presentDetailedLimits,
  readDetailedLimits,
  type SentDetailedLimits,
  type WindowBudget,
  windowBudgetsOf,
} from './detailed-limits.ts';
export { forgetWindows, moveKeyWindows } from './keep-windows.ts';
export { loadWindows, type WindowRecord } from './load-windows.ts';
export { type BudgetCalendar, firstBudgetResetAt } from './next-budget-reset.ts';
export { addDuration } from './parse-duration.ts';
export { loadWindowUsage, type WindowUsage } from './present-windows.ts';
export { readBudgetId } from './read-budget-id.ts';
export { findBudget } from './read-budgets.ts';
export { resetDueBudgets } from './reset-due-budgets.ts';
export { instantOfWallTime, wallTimeAt } from './zoned-time.ts';
