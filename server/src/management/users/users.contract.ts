import * as z from 'zod/mini';
import { roles } from '../../access/permissions.contract.ts';
import { defineEndpoint } from '../../http/endpoint.contract.ts';
import {
  count,
  instant,
  jsonObject,
  maybe,
  newId,
  numberInQuery,
  restrictionsNotEnforced,
  strings,
  usd,
  usdLimit,
} from '../../http/fields.contract.ts';
import { detailedLimitColumns, detailedLimitFields } from '../budgets/detailed-limits.contract.ts';
import { invitationEmail } from '../invitations/invitations.contract.ts';
import { keyRow, newKeyFields } from '../keys/keys.contract.ts';
import { organizationMembership } from '../organizations/organizations.contract.ts';
import { teamRow } from '../teams/teams.contract.ts';

/** A role as it travels: one of the four ids. */
export const role = z.enum(roles);

/** A person, as LiteLLM shows the row; plus what the console needs (status, key count, invitation). */
export const userRow = z.object({
  user_id: z.string(),
  user_email: z.nullable(z.string()),
  user_alias: z.nullable(z.string()),
  user_role: z.nullable(z.string()),
  teams: strings,
  models: strings,
  spend: usd,
  max_budget: z.nullable(usd),
  budget_duration: z.nullable(z.string()),
  budget_reset_at: z.nullable(instant),
  tpm_limit: z.nullable(z.number()),
  rpm_limit: z.nullable(z.number()),
  max_parallel_requests: z.nullable(z.number()),
  metadata: jsonObject,
  sso_user_id: z.nullable(z.string()),
  /** The organization that the account was made in. */
  organization_id: z.nullable(z.string()),
  organization_memberships: z.array(organizationMembership),
  allowed_cache_controls: strings,
  policies: strings,
  model_spend: jsonObject,
  object_permission: z.null(),
  object_permission_id: z.null(),
  ...detailedLimitColumns,
  created_at: instant,
  updated_at: instant,
  /** `active`: has a password. `invited`: an open invitation. `invitation_expired`, `no_password`: neither. `disabled`. */
  status: z.enum(['active', 'invited', 'invitation_expired', 'no_password', 'disabled']),
  /** When the newest open invitation ends. */
  invitation_expires_at: z.nullable(instant),
  last_active_at: z.nullable(instant),
});

const userFields = {
  user_email: maybe(z.string()),
  user_alias: maybe(z.string()),
  user_role: maybe(role),
  models: maybe(strings),
  metadata: maybe(jsonObject),
  max_budget: maybe(usdLimit),
  budget_duration: maybe(z.string()),
  tpm_limit: maybe(count),
  rpm_limit: maybe(count),
  max_parallel_requests: maybe(count),
  ...detailedLimitFields,
  ...restrictionsNotEnforced,
  spend: maybe(usdLimit),
};

/** `POST /user/new`: adds a person, and by default a first key for them. */
export const createUser = defineEndpoint({
  method: 'POST',
  path: '/user/new',
  summary: 'Add a user, with a first key unless auto_create_key is false',
  permission: 'user:create',
  body: z.object({
    ...userFields,
    user_id: maybe(newId),
    teams: maybe(
      z.array(
        z.union([
          z.string(),
          z.object({
            team_id: z.string(),
            max_budget_in_team: maybe(usdLimit),
            user_role: z.optional(z.enum(['user', 'admin'])),
          }),
        ]),
      ),
    ),
    team_id: maybe(z.string()),
    /** The person joins these as an internal user; the account is made in the first of them. */
    organizations: maybe(strings),
    organization_id: maybe(z.string()),
    auto_create_key: z.optional(z.boolean()),
    send_invite_email: maybe(z.boolean()),
    /** Of the first key. */
    key_alias: maybe(z.string()),
    duration: maybe(z.string()),
    aliases: maybe(jsonObject),
    allowed_cache_controls: maybe(strings),
    permissions: maybe(jsonObject),
    blocked: maybe(z.boolean()),
    /** Refused: nobody sets another person's password. */
    password: z.optional(z.unknown()),
  }),
  result: z.object({
    ...newKeyFields,
    user_id: z.string(),
    user_email: z.nullable(z.string()),
    user_alias: z.nullable(z.string()),
    user_role: z.nullable(z.string()),
    teams: z.nullable(strings),
    /** Only where `send_invite_email` was true: what became of the mail, and the link to hand over instead. */
    invitation_email: z.optional(invitationEmail),
  }),
});

/** `GET /user/info`. */
export const getUser = defineEndpoint({
  method: 'GET',
  path: '/user/info',
  summary: 'One user with keys and teams; without user_id the caller',
  permission: 'user:read',
  query: z.object({ user_id: z.optional(z.string()) }),
  result: z.object({
    user_id: z.nullable(z.string()),
    user_info: z.nullable(userRow),
    keys: z.array(z.object({ ...keyRow.shape, token: z.string(), team_alias: z.nullable(z.string()) })),
    teams: z.array(teamRow),
  }),
});

/** `GET /user/list`. */
export const listUsers = defineEndpoint({
  method: 'GET',
  path: '/user/list',
  summary: 'Users, filtered, sorted and paged',
  permission: 'user:list',
  errorShape: 'detail',
  refusal: { status: 403, message: 'Only proxy admins and organization admins can list users.' },
  query: z.object({
    role: z.optional(role),
    user_ids: z.optional(z.string()),
    /** Subjects at a provider, with commas between them. */
    sso_user_ids: z.optional(z.string()),
    user_email: z.optional(z.string()),
    /** Contains-search over e-mail, name and id. */
    search: z.optional(z.string()),
    team: z.optional(z.string()),
    /** With commas between them. */
    organization_ids: z.optional(z.string()),
    page: z.optional(numberInQuery),
    page_size: z.optional(numberInQuery),
    sort_by: z.optional(z.string()),
    sort_order: z.optional(z.string()),
  }),
  result: z.object({
    users: z.array(z.object({ ...userRow.shape, key_count: z.number() })),
    total: z.number(),
    page: z.number(),
    page_size: z.number(),
    total_pages: z.number(),
  }),
});

const userPatch = z.object({ ...userFields, user_id: maybe(z.string()), password: maybe(z.string()) });

/** `POST /user/update`: absent fields stay, `max_budget: null` removes the budget. */
export const updateUser = defineEndpoint({
  method: 'POST',
  path: '/user/update',
  summary: 'Change a user',
  permission: 'user:update',
  body: userPatch,
  result: z.object({ user_id: z.string(), data: userRow }),
});

/** `POST /user/delete`: with the users go their keys, invitations, memberships and sessions; spend history stays. */
export const deleteUsers = defineEndpoint({
  method: 'POST',
  path: '/user/delete',
  summary: 'Delete users with their keys, invitations and memberships',
  permission: 'user:delete',
  errorShape: 'detail',
  body: z.object({ user_ids: strings }),
  result: z.number(),
});

/** `GET /user/delete_preview`: what `/user/delete` with the same ids would take along. */
export const previewUserDeletion = defineEndpoint({
  method: 'GET',
  path: '/user/delete_preview',
  summary: 'What goes with users when they are deleted',
  permission: 'user:delete',
  errorShape: 'detail',
  /** Ids, separated by commas. */
  query: z.object({ user_ids: z.string() }),
  result: z.object({
    users: z.array(
      z.object({
        user_id: z.string(),
        user_email: z.nullable(z.string()),
        user_alias: z.nullable(z.string()),
        /** Keys that stop working. */
        keys: z.array(z.object({ token: z.string(), key_name: z.string(), key_alias: z.nullable(z.string()) })),
        teams: z.array(z.object({ team_id: z.string(), team_alias: z.nullable(z.string()), role: z.string() })),
        open_invitations: z.number(),
        open_sessions: z.number(),
        requests_last_24h: z.number(),
        last_request_at: z.nullable(instant),
      }),
    ),
  }),
});

const usersByIds = z.object({
  user_ids: strings.check(z.minLength(1, 'name at least one user'), z.maxLength(500, 'at most 500 users at a time')),
});

/** `POST /user/disable`: keys and sessions stop at once, everything else stays. All of the users or none. */
export const disableUsers = defineEndpoint({
  method: 'POST',
  path: '/user/disable',
  summary: 'Stop the keys and sessions of users, until they are enabled again',
  permission: 'user:disable',
  errorShape: 'detail',
  body: usersByIds,
  result: z.object({ users: z.array(userRow) }),
});

/** `POST /user/enable`: keys work again; people sign in again. */
export const enableUsers = defineEndpoint({
  method: 'POST',
  path: '/user/enable',
  summary: 'Let disabled users back in',
  permission: 'user:disable',
  errorShape: 'detail',
  body: usersByIds,
  result: z.object({ users: z.array(userRow) }),
});

/** `POST /user/bulk_update`: each of the users on its own, or the same for all. */
export const updateManyUsers = defineEndpoint({
  method: 'POST',
  path: '/user/bulk_update',
  summary: 'Change many users',
  permission: 'user:bulk-update',
  errorShape: 'detail',
  body: z.object({
    users: maybe(z.array(userPatch)),
    all_users: maybe(z.boolean()),
    user_updates: maybe(z.object({ ...userFields, password: maybe(z.string()) })),
  }),
  result: z.object({
    results: z.array(
      z.object({
        user_id: z.nullable(z.string()),
        user_email: z.nullable(z.string()),
        success: z.boolean(),
        error: z.nullable(z.string()),
        updated_user: z.nullable(userRow),
      }),
    ),
    total_requested: z.number(),
    successful_updates: z.number(),
    failed_updates: z.number(),
  }),
});

/** `GET /v2/user/info`: the row alone. Whom the caller may not see does not exist. */
export const getUserRow = defineEndpoint({
  method: 'GET',
  path: '/v2/user/info',
  summary: 'One user, without keys and teams',
  permission: 'user:read',
  query: z.object({ user_id: z.optional(z.string()) }),
  result: z.object({
    user_id: z.string(),
    user_email: z.nullable(z.string()),
    user_alias: z.nullable(z.string()),
    user_role: z.nullable(z.string()),
    spend: usd,
    max_budget: z.nullable(usd),
    models: strings,
    budget_duration: z.nullable(z.string()),
    budget_reset_at: z.nullable(instant),
    metadata: jsonObject,
    created_at: instant,
    updated_at: instant,
    sso_user_id: z.nullable(z.string()),
    teams: strings,
    object_permission: z.null(),
    model_max_budget: jsonObject,
    model_max_budget_usage: jsonObject,
  }),
});

/** `GET /user/filter/ui`: for pickers of people. */
export const findPeople = defineEndpoint({
  method: 'GET',
  path: '/user/filter/ui',
  summary: 'People by a part of their id or address, among those one works with',
  permission: 'user:find',
  errorShape: 'detail',
  query: z.object({
    user_id: z.optional(z.string()),
    user_email: z.optional(z.string()),
    page: z.optional(numberInQuery.check(z.minimum(1), z.multipleOf(1), z.maximum(1_000_000))),
    page_size: z.optional(numberInQuery.check(z.minimum(1), z.multipleOf(1), z.maximum(100))),
  }),
  result: z.array(z.object({ user_id: z.string(), user_email: z.nullable(z.string()) })),
});

/** `GET /user/available_users`: LiteLLM's licences bound both; here nothing does. */
export const countUsers = defineEndpoint({
  method: 'GET',
  path: '/user/available_users',
  summary: 'How many users and teams there are; nothing bounds them',
  permission: 'user:count',
  result: z.object({
    total_users: z.null(),
    total_teams: z.null(),
    total_users_used: z.number(),
    total_teams_used: z.number(),
    total_users_remaining: z.null(),
    total_teams_remaining: z.null(),
  }),
});

/** `GET /user/available_roles`. */
export const listRoles = defineEndpoint({
  method: 'GET',
  path: '/user/available_roles',
  summary: 'The roles a user can have',
  permission: 'role:read',
  result: z.record(z.string(), z.object({ description: z.string(), ui_label: z.string() })),
});
