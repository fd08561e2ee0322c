import type * as z from 'zod/mini';
import type { Access } from '../../access/principal.ts';
import { nanoUsdToUsd, optionalNanoUsdToUsd } from '../../money/money.ts';
import type { BudgetTable } from '../budgets/budgets.table.ts';
import { emptyAsNull } from '../budgets/index.ts';
import { presentBudget } from '../budgets/present-budget.ts';
import { presentTeam } from '../teams/present-team.ts';
import {
  type organizationMembership,
  organizationRoles,
  type organizationRow,
  type organizationWithMembers,
} from './organizations.contract.ts';
import type { OrganizationMemberRow, OrganizationRecord } from './organizations.store.ts';
import type { OrganizationTable } from './organizations.table.ts';

/** An organization as the API shows it. */
export type PresentedOrganization = z.infer<typeof organizationRow>;

/** An organization with members and teams as the API shows it. */
export type PresentedOrganizationWithMembers = z.infer<typeof organizationWithMembers>;

/** A membership as the API shows it. */
export type PresentedOrganizationMembership = z.infer<typeof organizationMembership>;

/** What somebody can be in an organization. */
export type OrganizationRole = (typeof organizationRoles)[number];

/** Shows an organization with its budget. Amounts in dollars. */
export function presentOrganization(organization: OrganizationTable, budget: BudgetTable): PresentedOrganization {
  return {
    organization_id: organization.organization_id,
    organization_alias: organization.organization_alias,
    budget_id: organization.budget_id,
    litellm_budget_table: presentBudget(budget),
    models: JSON.parse(organization.models) as string[],
    metadata: JSON.parse(organization.metadata) as Record<string, unknown>,
    model_rpm_limit: emptyAsNull(JSON.parse(organization.model_rpm_limit) as Record<string, number>),
    model_tpm_limit: emptyAsNull(JSON.parse(organization.model_tpm_limit) as Record<string, number>),
    spend: nanoUsdToUsd(organization.spend_nano_usd),
    model_spend: {},
    object_permission: null,
    object_permission_id: null,
    created_at: new Date(organization.created_at).toISOString(),
    created_by: organization.created_by,
    updated_at: new Date(organization.updated_at).toISOString(),
    updated_by: organization.updated_by,
  };
}

/** Shows an organization with what the caller may see of its members and teams. */
export function presentOrganizationWithMembers(
  { organization, budget, members, teams }: OrganizationRecord,
  access: Access,
): PresentedOrganizationWithMembers {
  return {
    ...presentOrganization(organization, budget),
    members: members.map(presentOrganizationMembership),
    teams: teams.map((team) => presentTeam(team, access)),
  };
}

/** Shows a membership. Amounts in dollars. */
export function presentOrganizationMembership(member: OrganizationMemberRow): PresentedOrganizationMembership {
  const createdAt = new Date(member.created_at).toISOString();
  return {
    user_id: member.user_id,
    organization_id: member.organization_id,
    user_role: asOrganizationRole(member.role),
    spend: nanoUsdToUsd(member.spend_nano_usd),
    budget_id: null,
    litellm_budget_table:
      member.max_budget_nano_usd === null ? null : { max_budget: optionalNanoUsdToUsd(member.max_budget_nano_usd) },
    user_email: member.user_email,
    created_at: createdAt,
    // Most were never changed, and a list holds tens of thousands.
    updated_at: member.updated_at === member.created_at ? createdAt : new Date(member.updated_at).toISOString(),
  };
}

/** A role in an organization as stored; one that nobody knows is the least of them. */
export function asOrganizationRole(role: string): OrganizationRole {
  return organizationRoles.find((known) => known === role) ?? 'internal_user_viewer';
}
