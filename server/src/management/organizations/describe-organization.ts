import type { OrganizationMemberTable, OrganizationTable } from './organizations.table.ts';

/** An organization for the audit log; its limits stand in the entries of its budget. */
export function describeOrganization(organization: OrganizationTable): Record<string, unknown> {
  return {
    organization_alias: organization.organization_alias,
    models: JSON.parse(organization.models) as unknown,
    metadata: JSON.parse(organization.metadata) as unknown,
    model_rpm_limit: JSON.parse(organization.model_rpm_limit) as unknown,
    model_tpm_limit: JSON.parse(organization.model_tpm_limit) as unknown,
    budget_id: organization.budget_id,
    spend_nano_usd: organization.spend_nano_usd,
  };
}

/** A membership for the audit log. */
export function describeOrganizationMember(member: OrganizationMemberTable): Record<string, unknown> {
  return {
    role: member.role,
    max_budget_nano_usd: member.max_budget_nano_usd,
    spend_nano_usd: member.spend_nano_usd,
  };
}
