import * as z from 'zod/mini';
import { defineEndpoint } from '../../http/endpoint.contract.ts';
import { maybe, numberInQuery, strings } from '../../http/fields.contract.ts';

/** `Global` is everything within the caller's reach: for users their own. "Recent" is today and the 30 days before, in UTC. */

const dates = z.object({ start_date: z.optional(z.string()), end_date: z.optional(z.string()) });

/** Days of UTC, both included. */
export type DatesQuery = z.infer<typeof dates>;

const most = z.optional(numberInQuery.check(z.int(), z.minimum(1), z.maximum(1_000)));

/** `GET /global/spend`. */
export const getGlobalSpend = defineEndpoint({
  method: 'GET',
  path: '/global/spend',
  summary: 'Recent spend',
  permission: 'usage:read',
  result: z.object({ spend: z.number(), max_budget: z.number() }),
});

/** `GET /global/spend/logs`: recent spend by the day. */
export const listSpendByDay = defineEndpoint({
  method: 'GET',
  path: '/global/spend/logs',
  summary: 'Recent spend by the day',
  permission: 'usage:read',
  query: z.object({ api_key: z.optional(z.string()) }),
  result: z.array(z.object({ date: z.string(), spend: z.number() })),
});

/** `GET /global/spend/keys`: the keys with the largest recent spend, ten unless told otherwise. */
export const listTopKeys = defineEndpoint({
  method: 'GET',
  path: '/global/spend/keys',
  summary: 'Keys by recent spend',
  permission: 'usage:read',
  query: z.object({ limit: most }),
  result: z.array(
    z.object({
      api_key: z.string(),
      key_alias: z.nullable(z.string()),
      key_name: z.nullable(z.string()),
      total_spend: z.number(),
    }),
  ),
});

/** `GET /global/spend/models`: the models with the largest recent spend, ten unless told otherwise. */
export const listTopModels = defineEndpoint({
  method: 'GET',
  path: '/global/spend/models',
  summary: 'Models by recent spend',
  permission: 'usage:read',
  query: z.object({ limit: most }),
  result: z.array(z.object({ model: z.string(), total_spend: z.number(), total_tokens: z.number() })),
});

/** `GET /global/spend/teams`: recent spend by day and team, rounded to cents. `team_id` holds the team's name. */
export const listSpendOfTeams = defineEndpoint({
  method: 'GET',
  path: '/global/spend/teams',
  summary: 'Teams by recent spend',
  permission: 'usage:read',
  result: z.object({
    daily_spend: z.array(z.catchall(z.object({ date: z.string() }), z.unknown())),
    teams: strings,
    total_spend_per_team: z.array(z.object({ team_id: z.string(), total_spend: z.number() })),
  }),
});

/** `GET /global/spend/provider`. */
export const listSpendOfProviders = defineEndpoint({
  method: 'GET',
  path: '/global/spend/provider',
  summary: 'Spend by provider',
  permission: 'usage:read',
  errorShape: 'detail',
  query: dates,
  result: z.array(z.object({ provider: z.string(), spend: z.number() })),
});

/** `GET /global/spend/tags`: recent spend, or that of the days that are named. `tags` is a list with commas. */
export const listTopTags = defineEndpoint({
  method: 'GET',
  path: '/global/spend/tags',
  summary: 'Spend of tags',
  permission: 'usage:read',
  query: z.object({ ...dates.shape, tags: z.optional(z.string()) }),
  result: z.object({
    spend_per_tag: z.array(z.object({ name: z.string(), spend: z.number(), log_count: z.number() })),
  }),
});

/** `GET /global/spend/all_tag_names`. */
export const listTagNames = defineEndpoint({
  method: 'GET',
  path: '/global/spend/all_tag_names',
  summary: 'Every tag that was used',
  permission: 'usage:read',
  result: z.object({ tag_names: strings }),
});

/** `GET /global/all_end_users`. */
export const listEndUsers = defineEndpoint({
  method: 'GET',
  path: '/global/all_end_users',
  summary: 'Every customer that was named',
  permission: 'usage:read-all',
  result: z.object({ end_users: strings }),
});

const endUsersQuery = z.object({
  'filter[startTime][gte]': z.string(),
  'filter[startTime][lte]': z.string(),
  /** A part of the name. */
  q: z.optional(z.string()),
  page: z.optional(numberInQuery.check(z.int(), z.minimum(1), z.maximum(1_000_000))),
  page_size: z.optional(numberInQuery.check(z.int(), z.minimum(1), z.maximum(100))),
});

/** Which names of customers are wanted. */
export type EndUsersQuery = z.infer<typeof endUsersQuery>;

/** `GET /management/v1/spend_logs/end_users`: what requests can be filtered by, by whole quarters of an hour. */
export const pageEndUsers = defineEndpoint({
  method: 'GET',
  path: '/management/v1/spend_logs/end_users',
  summary: 'Customers that were named within a time, by name and page',
  permission: 'usage:read-all',
  errorShape: 'detail',
  query: endUsersQuery,
  result: z.object({
    data: strings,
    meta: z.object({ page: z.number(), page_size: z.number(), has_more: z.boolean() }),
    /** Paths of this page and of others; null: there is none. */
    links: z.object({ self: z.string(), prev: z.nullable(z.string()), next: z.nullable(z.string()) }),
  }),
});

const endUsersBody = z.object({
  startTime: maybe(z.string()),
  endTime: maybe(z.string()),
  api_key: maybe(z.string()),
});

/** Which spend of customers is wanted. */
export type EndUsersBody = z.infer<typeof endUsersBody>;

/** `POST /global/spend/end_users`: the hundred customers with the largest spend, by whole quarters of an hour. */
export const listSpendOfEndUsers = defineEndpoint({
  method: 'POST',
  path: '/global/spend/end_users',
  summary: 'Customers by spend',
  permission: 'usage:read',
  body: endUsersBody,
  result: z.array(z.object({ end_user: z.string(), total_count: z.number(), total_spend: z.number() })),
});

const reportQuery = z.object({
  ...dates.shape,
  group_by: z.optional(z.enum(['team', 'customer', 'api_key'])),
  api_key: z.optional(z.string()),
  internal_user_id: z.optional(z.string()),
  team_id: z.optional(z.string()),
  customer_id: z.optional(z.string()),
});

/** Which report is wanted. */
export type ReportQuery = z.infer<typeof reportQuery>;

const reportParts = z.array(
  z.object({ model: z.string(), spend: z.number(), total_tokens: z.number(), api_key: z.string() }),
);

const spendReport = z.array(
  z.union([
    z.object({
      group_by_day: z.string(),
      teams: z.array(z.object({ team_name: z.string(), total_spend: z.number(), metadata: reportParts })),
    }),
    z.object({
      group_by_day: z.string(),
      customers: z.array(z.object({ customer: z.string(), total_spend: z.number(), metadata: reportParts })),
    }),
    z.object({
      api_key: z.string(),
      total_cost: z.number(),
      total_input_tokens: z.number(),
      total_output_tokens: z.number(),
      model_details: z.array(
        z.object({
          model: z.string(),
          total_cost: z.number(),
          total_input_tokens: z.number(),
          total_output_tokens: z.number(),
        }),
      ),
    }),
  ]),
);

/** A report in one of its three shapes. */
export type SpendReport = z.infer<typeof spendReport>;

/** `GET /global/spend/report`: by day and team or customer, or by key. */
export const getSpendReport = defineEndpoint({
  method: 'GET',
  path: '/global/spend/report',
  summary: 'Spend report by team, customer or key',
  permission: 'usage:read',
  errorShape: 'detail',
  query: reportQuery,
  result: spendReport,
});

const activity = {
  daily_data: z.array(z.object({ date: z.string(), api_requests: z.number(), total_tokens: z.number() })),
  sum_api_requests: z.number(),
  sum_total_tokens: z.number(),
};

/** `GET /global/activity`: requests and tokens by the day, in order of time. */
export const getGlobalActivity = defineEndpoint({
  method: 'GET',
  path: '/global/activity',
  summary: 'Requests and tokens by the day',
  permission: 'usage:read',
  errorShape: 'detail',
  query: dates,
  result: z.object(activity),
});

/** `GET /global/activity/model`: the same for each of the ten busiest models. */
export const listModelActivity = defineEndpoint({
  method: 'GET',
  path: '/global/activity/model',
  summary: 'Requests and tokens by model and day',
  permission: 'usage:read',
  errorShape: 'detail',
  query: dates,
  result: z.array(z.object({ model: z.string(), ...activity })),
});

const exceptionsQuery = z.object({ ...dates.shape, model_group: z.optional(z.string()) });

/** Days of UTC, both included, and the model. */
export type ExceptionsQuery = z.infer<typeof exceptionsQuery>;

const exceptions = {
  daily_data: z.array(z.object({ date: z.string(), num_rate_limit_exceptions: z.number() })),
  sum_num_rate_limit_exceptions: z.number(),
};

/** `GET /global/activity/exceptions`: calls that failed with 429 by the day, in order of time; days without are left out. */
export const getExceptions = defineEndpoint({
  method: 'GET',
  path: '/global/activity/exceptions',
  summary: 'Calls that were refused for a rate limit, by the day',
  permission: 'usage:read',
  errorShape: 'detail',
  query: exceptionsQuery,
  result: z.object(exceptions),
});

/** `GET /global/activity/exceptions/deployment`: the same for each address of a provider. */
export const listExceptionsOfDeployments = defineEndpoint({
  method: 'GET',
  path: '/global/activity/exceptions/deployment',
  summary: 'Calls that were refused for a rate limit, by address and day',
  permission: 'usage:read',
  errorShape: 'detail',
  query: exceptionsQuery,
  result: z.array(z.object({ api_base: z.string(), ...exceptions })),
});
