import * as z from 'zod/mini';
import { defineEndpoint } from '../../http/endpoint.contract.ts';
import {
  count,
  defaultMemberModelsNotEnforced,
  instant,
  jsonObject,
  maybe,
  memberModelsNotEnforced,
  newId,
  restrictionsNotEnforced,
  strings,
  usd,
} from '../../http/fields.contract.ts';
import { detailedLimitColumns, detailedLimitFields } from '../budgets/detailed-limits.contract.ts';
import { keyRow } from '../keys/keys.contract.ts';

/** A person in a team. */
export const teamMember = z.object({
  user_id: z.nullable(z.string()),
  user_email: z.nullable(z.string()),
  role: z.enum(['admin', 'user']),
});

/** What a member may spend and use inside a team. */
const memberLimits = z.object({
  max_budget: z.nullable(usd),
  budget_duration: z.nullable(z.string()),
  tpm_limit: z.nullable(z.number()),
  rpm_limit: z.nullable(z.number()),
});

/** A member's budget inside a team. */
export const teamMembership = z.object({
  user_id: z.string(),
  team_id: z.string(),
  budget_id: z.nullable(z.string()),
  spend: usd,
  litellm_budget_table: z.nullable(memberLimits),
});

/** A team, as LiteLLM shows the row. */
export const teamRow = z.object({
  team_id: z.string(),
  team_alias: z.nullable(z.string()),
  organization_id: z.nullable(z.string()),
  admins: strings,
  members: strings,
  members_with_roles: z.array(teamMember),
  team_member_permissions: strings,
  metadata: jsonObject,
  tpm_limit: z.nullable(z.number()),
  rpm_limit: z.nullable(z.number()),
  max_parallel_requests: z.nullable(z.number()),
  ...detailedLimitColumns,
  max_budget: z.nullable(usd),
  soft_budget: z.nullable(usd),
  budget_duration: z.nullable(z.string()),
  budget_reset_at: z.nullable(instant),
  models: strings,
  /** Null: the team has no names of its own for models. */
  litellm_model_table: z.nullable(
    z.object({ model_aliases: z.record(z.string(), z.string()), created_by: z.string(), updated_by: z.string() }),
  ),
  blocked: z.boolean(),
  spend: usd,
  model_id: z.null(),
  model_spend: jsonObject,
  router_settings: jsonObject,
  policies: strings,
  object_permission: z.null(),
  object_permission_id: z.null(),
  team_member_budget: z.nullable(usd),
  team_member_budget_duration: z.nullable(z.string()),
  team_member_tpm_limit: z.nullable(z.number()),
  team_member_rpm_limit: z.nullable(z.number()),
  team_member_key_duration: z.nullable(z.string()),
  created_at: instant,
  updated_at: instant,
  team_memberships: z.array(teamMembership),
});

/** Somebody who is to join a team. */
export const newMember = z.object({
  user_id: maybe(newId),
  user_email: maybe(z.string()),
  role: z.enum(['admin', 'user']),
});

/** Names that a team gives models: each stands for a public model name. Source: contract 3.5. */
export const modelAliases = z.record(z.string(), z.string());

const newTeamInput = z.object({
  team_id: maybe(newId),
  team_alias: maybe(z.string()),
  organization_id: maybe(z.string()),
  models: maybe(strings),
  model_aliases: maybe(modelAliases),
  metadata: maybe(jsonObject),
  members_with_roles: maybe(z.array(newMember)),
  team_member_permissions: maybe(strings),
  max_budget: maybe(usd),
  /** From here on somebody is told; less than `max_budget`. */
  soft_budget: maybe(usd),
  budget_duration: maybe(z.string()),
  tpm_limit: maybe(count),
  rpm_limit: maybe(count),
  max_parallel_requests: maybe(count),
  ...detailedLimitFields,
  ...restrictionsNotEnforced,
  ...defaultMemberModelsNotEnforced,
  blocked: maybe(z.boolean()),
  /** The budget of members who are added without one. */
  team_member_budget: maybe(usd),
  team_member_budget_duration: maybe(z.string()),
  /** What each member may use in a minute who has no limit of their own. */
  team_member_tpm_limit: maybe(count),
  team_member_rpm_limit: maybe(count),
  /** How long keys live that members make for the team. */
  team_member_key_duration: maybe(z.string()),
});

/** What may be said of a new team. */
export type NewTeamInput = z.infer<typeof newTeamInput>;

/** `POST /team/new`. */
export const createTeam = defineEndpoint({
  method: 'POST',
  path: '/team/new',
  summary: 'Create a team',
  permission: 'team:create',
  body: newTeamInput,
  result: teamRow,
});

/** `GET /team/info`. */
export const getTeam = defineEndpoint({
  method: 'GET',
  path: '/team/info',
  summary: 'One team with its keys and memberships',
  permission: 'team:read',
  query: z.object({ team_id: z.optional(z.string()) }),
  result: z.object({
    team_id: z.string(),
    /** `team_member_budget_table`: null where members have what is their own. */
    team_info: z.object({ ...teamRow.shape, team_member_budget_table: z.nullable(memberLimits) }),
    keys: z.array(z.object({ ...keyRow.shape, token: z.string() })),
    team_memberships: z.array(teamMembership),
  }),
});

/** `GET /team/list`: all teams for admins, one's own for everybody else. */
export const listTeams = defineEndpoint({
  method: 'GET',
  path: '/team/list',
  summary: 'Teams; everybody but admins sees the ones they belong to',
  permission: 'team:read',
  errorShape: 'detail',
  /** `organization_id=default_organization`: teams that belong to none. */
  query: z.object({ user_id: z.optional(z.string()), organization_id: z.optional(z.string()) }),
  result: z.array(teamRow),
});

const newMembersInput = z.object({
  team_id: z.string(),
  member: z.union([newMember, z.array(newMember)]),
  max_budget_in_team: maybe(usd),
  budget_duration: maybe(z.string()),
  tpm_limit: maybe(count),
  rpm_limit: maybe(count),
  ...memberModelsNotEnforced,
});

/** Who is to join a team. */
export type NewMembersInput = z.infer<typeof newMembersInput>;

/** `POST /team/member_add`. */
export const addTeamMember = defineEndpoint({
  method: 'POST',
  path: '/team/member_add',
  summary: 'Add people to a team, by id or e-mail',
  permission: 'team:update',
  errorShape: 'detail',
  refusal: { status: 403, message: 'Call not allowed. User not proxy admin OR team admin. route=/team/member_add' },
  body: newMembersInput,
  result: z.object({
    ...teamRow.shape,
    updated_users: z.array(
      z.object({ user_id: z.string(), user_email: z.nullable(z.string()), user_role: z.string() }),
    ),
    updated_team_memberships: z.array(teamMembership),
  }),
});

/** `POST /team/delete`: the team's keys go with it. */
export const deleteTeams = defineEndpoint({
  method: 'POST',
  path: '/team/delete',
  summary: 'Delete teams with their keys',
  permission: 'team:delete',
  errorShape: 'detail',
  body: z.object({ team_ids: strings }),
  result: z.object({ deleted_teams: strings }),
});
