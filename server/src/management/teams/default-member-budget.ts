import type { TeamTable } from './teams.table.ts';

/**
 * The budget that a member gets who is added without one. A period alone gives none; without a period the team's own
 * applies.
 */
export function defaultMemberBudget(team: TeamTable): {
  maxBudgetNanoUsd: number | null;
  budgetDuration: string | null;
} {
  const maxBudgetNanoUsd = team.member_max_budget_nano_usd;
  if (maxBudgetNanoUsd === null) return { maxBudgetNanoUsd: null, budgetDuration: null };
  return { maxBudgetNanoUsd, budgetDuration: team.member_budget_duration ?? team.budget_duration };
}
