import { describeDetailedLimits } from '../budgets/index.ts';
import type { TeamTable } from './teams.table.ts';

/** A team for the audit log. */
export function describeTeam(team: TeamTable): Record<string, unknown> {
  return {
    team_alias: team.team_alias,
    organization_id: team.organization_id,
    models: JSON.parse(team.models) as unknown,
    model_aliases: JSON.parse(team.model_aliases) as unknown,
    member_permissions: team.member_permissions,
    max_budget_nano_usd: team.max_budget_nano_usd,
    budget_duration: team.budget_duration,
    tpm_limit: team.tpm_limit,
    rpm_limit: team.rpm_limit,
    max_parallel_requests: team.max_parallel_requests,
    soft_budget_nano_usd: team.soft_budget_nano_usd,
    member_tpm_limit: team.member_tpm_limit,
    member_rpm_limit: team.member_rpm_limit,
    member_key_duration: team.member_key_duration,
    ...describeDetailedLimits(team),
    blocked_at: team.blocked_at,
    member_max_budget_nano_usd: team.member_max_budget_nano_usd,
    member_budget_duration: team.member_budget_duration,
  };
}
