import * as z from 'zod/mini';
import { defineEndpoint } from '../../http/endpoint.contract.ts';
import {
  instant,
  jsonObject,
  maybe,
  memberModelsNotEnforced,
  restrictionsNotEnforced,
  strings,
  usd,
} from '../../http/fields.contract.ts';
import { budgetFields, budgetRow } from '../budgets/budgets.contract.ts';
import { detailedLimitColumns, detailedLimitFields } from '../budgets/detailed-limits.contract.ts';
import { teamRow } from '../teams/teams.contract.ts';

/** What somebody can be in an organization. */
export const organizationRoles = ['org_admin', 'internal_user', 'internal_user_viewer'] as const;

/** Somebody's membership in an organization, as LiteLLM shows it. */
export const organizationMembership = z.object({
  user_id: z.string(),
  organization_id: z.string(),
  user_role: z.enum(organizationRoles),
  /** Spend with keys of the organization in the current window of its budget. */
  spend: usd,
  budget_id: z.null(),
  litellm_budget_table: z.nullable(z.object({ max_budget: z.nullable(usd) })),
  user_email: z.nullable(z.string()),
  created_at: instant,
  updated_at: instant,
});

/** An organization, as LiteLLM shows the row. */
export const organizationRow = z.object({
  organization_id: z.string(),
  organization_alias: z.string(),
  budget_id: z.string(),
  litellm_budget_table: budgetRow,
  models: strings,
  metadata: jsonObject,
  model_rpm_limit: detailedLimitColumns.model_rpm_limit,
  model_tpm_limit: detailedLimitColumns.model_tpm_limit,
  /** Spend of everything that belongs to it in the current window of its budget. */
  spend: usd,
  model_spend: jsonObject,
  object_permission: z.null(),
  object_permission_id: z.null(),
  created_at: instant,
  created_by: z.string(),
  updated_at: instant,
  updated_by: z.string(),
});

/** An organization with its members and teams: all of them for its admins, for others what is their own. */
export const organizationWithMembers = z.object({
  ...organizationRow.shape,
  members: z.array(organizationMembership),
  teams: z.array(teamRow),
});

/** Rates of single models, which are its own also where it shares a budget. */
const modelRateFields = {
  model_rpm_limit: detailedLimitFields.model_rpm_limit,
  model_tpm_limit: detailedLimitFields.model_tpm_limit,
};

const newOrganization = z.object({
  ...budgetFields,
  ...modelRateFields,
  ...restrictionsNotEnforced,
  ...memberModelsNotEnforced,
  organization_alias: z.string(),
  organization_id: maybe(z.string().check(z.maxLength(200))),
  models: maybe(strings),
  metadata: maybe(jsonObject),
  /** Instead of limits: a budget that exists. */
  budget_id: maybe(z.string()),
});

/** What may be said of a new organization. */
export type NewOrganization = z.infer<typeof newOrganization>;

/** `POST /organization/new`. */
export const createOrganization = defineEndpoint({
  method: 'POST',
  path: '/organization/new',
  summary: 'Create an organization',
  permission: 'organization:create',
  errorShape: 'detail',
  body: newOrganization,
  result: organizationRow,
});

const organizationPatch = z.object({
  ...budgetFields,
  ...modelRateFields,
  ...restrictionsNotEnforced,
  ...memberModelsNotEnforced,
  organization_id: z.string(),
  organization_alias: maybe(z.string()),
  models: maybe(strings),
  metadata: maybe(jsonObject),
  budget_id: maybe(z.string()),
  spend: maybe(usd),
});

/** What may be changed of an organization. */
export type OrganizationPatch = z.infer<typeof organizationPatch>;

/** `PATCH /organization/update`: absent fields stay, null takes a limit away, an empty list of models means all. */
export const updateOrganization = defineEndpoint({
  method: 'PATCH',
  path: '/organization/update',
  summary: 'Change an organization; absent fields stay as they are',
  permission: 'organization:update',
  errorShape: 'detail',
  body: organizationPatch,
  result: organizationWithMembers,
});

/** `DELETE /organization/delete`: all of them or none. */
export const deleteOrganizations = defineEndpoint({
  method: 'DELETE',
  path: '/organization/delete',
  summary: 'Delete organizations with their teams and all keys of theirs',
  permission: 'organization:delete',
  errorShape: 'detail',
  body: z.object({ organization_ids: strings.check(z.minLength(1, 'name at least one organization')) }),
  result: z.array(organizationWithMembers),
});

/** `GET /organization/list`: all for admins, for everybody else those they belong to. */
export const listOrganizations = defineEndpoint({
  method: 'GET',
  path: '/organization/list',
  summary: 'Organizations; everybody but admins sees the ones they belong to',
  permission: 'organization:list',
  errorShape: 'detail',
  query: z.object({
    org_id: z.optional(z.string()),
    /** Contains-search. */
    org_alias: z.optional(z.string()),
  }),
  result: z.array(organizationWithMembers),
});

/** `GET /organization/info`. */
export const getOrganization = defineEndpoint({
  method: 'GET',
  path: '/organization/info',
  summary: 'One organization with its members and teams',
  permission: 'organization:read',
  errorShape: 'detail',
  query: z.object({ organization_id: z.string() }),
  result: organizationWithMembers,
});

/** `POST /organization/info`: many at once; those that one may not see are left out. */
export const getOrganizations = defineEndpoint({
  method: 'POST',
  path: '/organization/info',
  summary: 'Organizations by their ids',
  permission: 'organization:read',
  errorShape: 'detail',
  body: z.object({
    organizations: strings.check(
      z.minLength(1, 'name at least one organization'),
      z.maxLength(500, 'at most 500 organizations at a time'),
    ),
  }),
  result: z.array(organizationWithMembers),
});

const newMember = z.object({
  user_id: maybe(z.string()),
  user_email: maybe(z.string()),
  role: z.enum(organizationRoles),
});

const newMembers = z.object({
  organization_id: z.string(),
  member: z.union([newMember, z.array(newMember)]),
  max_budget_in_organization: maybe(usd),
});

/** Who is to join an organization. */
export type NewOrganizationMembers = z.infer<typeof newMembers>;

/** `POST /organization/member_add`. */
export const addOrganizationMembers = defineEndpoint({
  method: 'POST',
  path: '/organization/member_add',
  summary: 'Add people to an organization, by id or e-mail',
  permission: 'organization:update-members',
  errorShape: 'detail',
  body: newMembers,
  result: z.object({
    organization_id: z.string(),
    updated_users: z.array(
      z.object({ user_id: z.string(), user_email: z.nullable(z.string()), user_role: z.string() }),
    ),
    updated_organization_memberships: z.array(organizationMembership),
  }),
});

const namedMember = {
  organization_id: z.string(),
  user_id: maybe(z.string()),
  user_email: maybe(z.string()),
};

const memberPatch = z.object({
  ...namedMember,
  role: maybe(z.enum(organizationRoles)),
  max_budget_in_organization: maybe(usd),
});

/** What may be changed of a member of an organization. */
export type OrganizationMemberPatch = z.infer<typeof memberPatch>;

/** `PATCH /organization/member_update`. */
export const updateOrganizationMember = defineEndpoint({
  method: 'PATCH',
  path: '/organization/member_update',
  summary: 'Change the role or the budget of somebody in an organization',
  permission: 'organization:update-members',
  errorShape: 'detail',
  body: memberPatch,
  result: organizationMembership,
});

/** `DELETE /organization/member_delete`: their keys of the organization that have no team go too. */
export const deleteOrganizationMember = defineEndpoint({
  method: 'DELETE',
  path: '/organization/member_delete',
  summary: 'Take somebody out of an organization, with their own keys of it',
  permission: 'organization:update-members',
  errorShape: 'detail',
  body: z.object(namedMember),
  result: organizationMembership,
});
