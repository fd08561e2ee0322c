export { type Watch, watchBudgets } from './watch-budgets.ts';
