import type * as z from 'zod/mini';
import { type Access, administers, outsideOrganizations } from '../../access/principal.ts';
import { nanoUsdToUsd, optionalNanoUsdToUsd } from '../../money/money.ts';
import { presentDetailedLimits } from '../budgets/index.ts';
import type { TeamInList, TeamMember, TeamMemberRow, TeamWithMembers } from './load-teams.ts';
import type { teamMember, teamMembership, teamRow } from './teams.contract.ts';
import type { TeamTable } from './teams.table.ts';

/** A team as the API shows it. */
export type PresentedTeam = z.infer<typeof teamRow>;

/** A membership as the API shows it. */
export type PresentedMembership = z.infer<typeof teamMembership>;

/**
 * Shows a team. Names and roles of the members are for everybody who may see the team; what each member spends
 * is for those who see everything, for the team's admins, and for the member.
 * @param access whose eyes, with the reach of the permission the caller used.
 */
export function presentTeam(found: TeamWithMembers | TeamInList, access: Access): PresentedTeam {
  const { team, members } = found;
  return {
    team_id: team.team_id,
    team_alias: team.team_alias,
    organization_id: team.organization_id,
    admins: [],
    members: [],
    members_with_roles: members.map(presentMember),
    team_member_permissions: team.member_permissions === null ? [] : (JSON.parse(team.member_permissions) as string[]),
    metadata: JSON.parse(team.metadata) as Record<string, unknown>,
    tpm_limit: team.tpm_limit,
    rpm_limit: team.rpm_limit,
    max_parallel_requests: team.max_parallel_requests,
    ...presentDetailedLimits(team),
    max_budget: optionalNanoUsdToUsd(team.max_budget_nano_usd),
    soft_budget: optionalNanoUsdToUsd(team.soft_budget_nano_usd),
    budget_duration: team.budget_duration,
    budget_reset_at: team.budget_reset_at === null ? null : new Date(team.budget_reset_at).toISOString(),
    models: JSON.parse(team.models) as string[],
    litellm_model_table: presentAliases(team),
    blocked: team.blocked_at !== null,
    spend: nanoUsdToUsd(team.spend_nano_usd),
    model_id: null,
    model_spend: {},
    router_settings: {},
    policies: [],
    object_permission: null,
    object_permission_id: null,
    team_member_budget: optionalNanoUsdToUsd(team.member_max_budget_nano_usd),
    team_member_budget_duration: team.member_budget_duration,
    team_member_tpm_limit: team.member_tpm_limit,
    team_member_rpm_limit: team.member_rpm_limit,
    team_member_key_duration: team.member_key_duration,
    created_at: new Date(team.created_at).toISOString(),
    updated_at: new Date(team.updated_at).toISOString(),
    team_memberships: membershipsWithin(found, access).map(presentMembership),
  };
}

function presentAliases(team: TeamTable): PresentedTeam['litellm_model_table'] {
  const aliases = JSON.parse(team.model_aliases) as Record<string, string>;
  if (Object.keys(aliases).length === 0) return null;
  return { model_aliases: aliases, created_by: team.created_by, updated_by: team.updated_by };
}

/** Shows what a member may spend inside the team and has spent in the current window. Amounts in dollars. */
export function presentMembership(member: TeamMemberRow): PresentedMembership {
  const { budget_duration, tpm_limit, rpm_limit } = member;
  const max_budget = optionalNanoUsdToUsd(member.max_budget_nano_usd);
  const hasBudget = [max_budget, budget_duration, tpm_limit, rpm_limit].some((limit) => limit !== null);
  return {
    user_id: member.user_id,
    team_id: member.team_id,
    budget_id: null,
    spend: nanoUsdToUsd(member.spend_nano_usd),
    litellm_budget_table: hasBudget ? { max_budget, budget_duration, tpm_limit, rpm_limit } : null,
  };
}

/** True when the caller sees everything, or is an admin of the team or of its organization. */
export function isTeamManager(found: TeamWithMembers | TeamInList, access: Access): boolean {
  const { principal } = access;
  switch (access.reach) {
    case 'all':
      return true;
    case 'organization':
      return administers(principal, found.team.organization_id) || isTeamManager(found, outsideOrganizations(access));
    case 'team':
      return found.members.some((member) => member.user_id === principal.userId && member.role === 'admin');
    case 'own':
    case 'none':
      return false;
  }
}

/** True when the caller sees everything, or is an admin of the team's organization: what its own admins may not change. */
export function isTeamOwner({ team }: Pick<TeamWithMembers, 'team'>, { principal, reach }: Access): boolean {
  switch (reach) {
    case 'all':
      return true;
    case 'organization':
      return administers(principal, team.organization_id);
    case 'team':
    case 'own':
    case 'none':
      return false;
  }
}

function membershipsWithin(found: TeamWithMembers | TeamInList, access: Access): readonly TeamMemberRow[] {
  const memberships = 'memberships' in found ? found.memberships : found.members;
  if (isTeamManager(found, access)) return memberships;
  return memberships.filter((member) => member.user_id === access.principal.userId);
}

function presentMember(member: TeamMember): z.infer<typeof teamMember> {
  return { user_id: member.user_id, user_email: member.user_email, role: member.role === 'admin' ? 'admin' : 'user' };
}
