import * as z from 'zod/mini';
import { defineEndpoint } from '../../http/endpoint.contract.ts';
import { instant, numberInQuery, strings, usd } from '../../http/fields.contract.ts';
import { teamMembership, teamRow } from './teams.contract.ts';

const teamListQuery = z.object({
  user_id: z.optional(z.string()),
  team_id: z.optional(z.string()),
  /** `default_organization`: teams that belong to none. */
  organization_id: z.optional(z.string()),
  /** Contains-search. */
  team_alias: z.optional(z.string()),
  /** Contains-search over alias and id. */
  search: z.optional(z.string()),
  page: z.optional(numberInQuery.check(z.int(), z.minimum(1))),
  page_size: z.optional(numberInQuery.check(z.int(), z.minimum(1), z.maximum(100))),
  sort_by: z.optional(z.string()),
  sort_order: z.optional(z.string()),
  /** `deleted`: those that were deleted, as they were then. */
  status: z.optional(z.string()),
});

/** What may be asked of the list of teams. */
export type TeamListQuery = z.infer<typeof teamListQuery>;

/** `GET /v2/team/list`. */
export const pageTeams = defineEndpoint({
  method: 'GET',
  path: '/v2/team/list',
  summary: 'Teams, filtered, sorted and paged',
  permission: 'team:read',
  errorShape: 'detail',
  query: teamListQuery,
  result: z.object({
    teams: z.array(
      z.object({
        ...teamRow.shape,
        members_count: z.number(),
        keys_count: z.number(),
        /** Only of deleted teams. */
        deleted_at: z.optional(instant),
        deleted_by: z.optional(z.string()),
      }),
    ),
    total: z.number(),
    page: z.number(),
    page_size: z.number(),
    total_pages: z.number(),
  }),
});

/** `GET /team/filter/ui`: for fields that choose a team. */
export const filterTeams = defineEndpoint({
  method: 'GET',
  path: '/team/filter/ui',
  summary: 'Find teams by id or name',
  permission: 'team:list',
  errorShape: 'detail',
  query: teamListQuery,
  result: z.array(teamRow),
});

/** `GET /team/available`. */
export const listAvailableTeams = defineEndpoint({
  method: 'GET',
  path: '/team/available',
  summary: 'Open teams that one can join',
  permission: 'team:read',
  errorShape: 'detail',
  result: z.array(teamRow),
});

/** `GET /team/permissions_list`. */
export const getMemberPermissions = defineEndpoint({
  method: 'GET',
  path: '/team/permissions_list',
  summary: 'What a team grants its plain members',
  permission: 'team:read',
  errorShape: 'detail',
  query: z.object({ team_id: z.string() }),
  result: z.object({
    team_id: z.string(),
    team_member_permissions: strings,
    all_available_permissions: strings,
  }),
});

/** `GET /team/{team_id}/members/me`. */
export const getOwnMembership = defineEndpoint({
  method: 'GET',
  path: '/team/{team_id}/members/me',
  summary: 'What one is in a team, may spend in it and has spent',
  permission: 'team:read',
  errorShape: 'detail',
  query: z.object({ team_id: z.string() }),
  result: z.object({
    ...teamMembership.shape,
    total_spend: usd,
    role: z.string(),
    user_email: z.nullable(z.string()),
    team_alias: z.nullable(z.string()),
  }),
});
