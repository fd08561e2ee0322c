import * as z from 'zod/mini';
import { defineEndpoint } from '../../http/endpoint.contract.ts';
import { day, instant, numberInQuery } from '../../http/fields.contract.ts';

const metrics = {
  /** Exact: nano-dollars as an integer. */
  spend_nano_usd: z.number(),
  requests: z.number(),
  failed_requests: z.number(),
  prompt_tokens: z.number(),
  completion_tokens: z.number(),
  cache_read_input_tokens: z.number(),
  cache_creation_input_tokens: z.number(),
  cache_hits: z.number(),
  saved_nano_usd: z.number(),
};

/** The ways in which usage can be broken down. */
export const usageGroups = ['model', 'provider', 'key', 'user', 'team', 'endpoint', 'none'] as const;

const usageQuery = z.object({
  /** First and last day, both included, in `timezone`. */
  start_date: day,
  end_date: day,
  timezone: z.optional(z.string()),
  granularity: z.optional(z.enum(['hour', 'day'])),
  group_by: z.optional(z.enum(usageGroups)),
  /** Narrow to one of each; never widens what the caller may see. */
  user_id: z.optional(z.string()),
  team_id: z.optional(z.string()),
  /** Up to 100 keys, with commas between them. */
  api_key: z.optional(z.string()),
  model: z.optional(z.string()),
});

/** What may be asked of usage. */
export type UsageQuery = z.infer<typeof usageQuery>;

const groupOfUsage = {
  totals: z.object(metrics),
  /** One for each bucket. */
  series_spend_nano_usd: z.array(z.number()),
  series_requests: z.array(z.number()),
};

/** `GET /usage`: the console's usage page. Totals, series and ranking come from one answer and add up. */
export const getUsage = defineEndpoint({
  method: 'GET',
  path: '/usage',
  summary: 'Usage in a range of time, in buckets of any IANA time zone, broken down by one dimension',
  permission: 'usage:read',
  query: usageQuery,
  result: z.object({
    timezone: z.string(),
    totals: z.object(metrics),
    /** The range before of the same length; null when nothing was recorded there. */
    previous_totals: z.nullable(z.object(metrics)),
    /** One entry for each bucket in the range, oldest first, empty ones too. */
    buckets: z.array(z.object({ starts_at: instant, label: z.string(), totals: z.object(metrics) })),
    /** Largest spend first: the largest 10 to 100, by the number of buckets. */
    groups: z.array(z.object({ id: z.string(), label: z.string(), ...groupOfUsage })),
    /** All groups that are not listed, together; null when there are none. With it, groups add up to the totals. */
    rest: z.nullable(z.object(groupOfUsage)),
    last_activity_at: z.nullable(instant),
  }),
});

/** A request as the overview and the logs list it. No prompt, no answer. */
export const requestRow = z.object({
  request_id: z.string(),
  started_at: instant,
  status: z.enum(['success', 'failure']),
  http_status: z.number(),
  error_message: z.nullable(z.string()),
  model_group: z.string(),
  key_name: z.nullable(z.string()),
  key_alias: z.nullable(z.string()),
  key_hash: z.string(),
  user_id: z.string(),
  user_email: z.nullable(z.string()),
  prompt_tokens: z.number(),
  completion_tokens: z.number(),
  spend_nano_usd: z.number(),
  duration_ms: z.number(),
  time_to_first_token_ms: z.nullable(z.number()),
  cache_status: z.string(),
});

const requestsQuery = z.object({
  /** At most 200; 20 when it is absent. */
  limit: z.optional(numberInQuery.check(z.int(), z.minimum(1), z.maximum(200))),
  api_key: z.optional(z.string()),
  user_id: z.optional(z.string()),
  /** `next` of the page before. */
  before: z.optional(z.string()),
});

/** Which requests are wanted. */
export type RequestsQuery = z.infer<typeof requestsQuery>;

/** `GET /usage/requests`: the newest requests within reach. */
export const listRequests = defineEndpoint({
  method: 'GET',
  path: '/usage/requests',
  summary: 'The newest requests',
  permission: 'usage:read',
  query: requestsQuery,
  result: z.object({ requests: z.array(requestRow), next: z.nullable(z.string()) }),
});

const spendMetrics = z.object({
  spend: z.number(),
  prompt_tokens: z.number(),
  completion_tokens: z.number(),
  cache_read_input_tokens: z.number(),
  cache_creation_input_tokens: z.number(),
  total_tokens: z.number(),
  successful_requests: z.number(),
  failed_requests: z.number(),
  api_requests: z.number(),
});

const metricWithKeys = z.object({
  metrics: spendMetrics,
  metadata: z.record(z.string(), z.unknown()),
  api_key_breakdown: z.optional(
    z.record(z.string(), z.object({ metrics: spendMetrics, metadata: z.record(z.string(), z.unknown()) })),
  ),
});

const dailyActivityDates = {
  start_date: z.optional(z.string()),
  end_date: z.optional(z.string()),
  /** Offset from UTC in minutes, as LiteLLM has it, or an IANA zone. */
  timezone: z.optional(z.string()),
  page: z.optional(numberInQuery),
  page_size: z.optional(numberInQuery),
};

const filters = { model: z.optional(z.string()), api_key: z.optional(z.string()) };

const dailyActivityQuery = z.object({ ...dailyActivityDates, ...filters, user_id: z.optional(z.string()) });

const teamDailyActivityQuery = z.object({
  ...dailyActivityDates,
  ...filters,
  /** Names with commas between them; without them every team within reach. */
  team_ids: z.optional(z.string()),
  exclude_team_ids: z.optional(z.string()),
});

const tagDailyActivityQuery = z.object({ ...dailyActivityDates, ...filters, tags: z.optional(z.string()) });

const customerDailyActivityQuery = z.object({
  ...dailyActivityDates,
  ...filters,
  end_user_ids: z.optional(z.string()),
});

const organizationDailyActivityQuery = z.object({
  ...dailyActivityDates,
  ...filters,
  /** Names with commas between them; without them every organization within reach. */
  organization_ids: z.optional(z.string()),
  exclude_organization_ids: z.optional(z.string()),
});

/** Days and their zone, as every daily activity takes them. */
export type DailyActivityDates = {
  [Field in keyof typeof dailyActivityDates]?: z.infer<(typeof dailyActivityDates)[Field]>;
};

/** Which days of which teams are wanted. */
export type TeamDailyActivityQuery = z.infer<typeof teamDailyActivityQuery>;

/** Which days of which tags are wanted. */
export type TagDailyActivityQuery = z.infer<typeof tagDailyActivityQuery>;

/** Which days of which customers are wanted. */
export type CustomerDailyActivityQuery = z.infer<typeof customerDailyActivityQuery>;

/** Which days of which organizations are wanted. */
export type OrganizationDailyActivityQuery = z.infer<typeof organizationDailyActivityQuery>;

/** Which days are wanted. */
export type DailyActivityQuery = z.infer<typeof dailyActivityQuery>;

const dailyActivityResult = z.object({
  results: z.array(
    z.object({
      date: z.string(),
      metrics: spendMetrics,
      breakdown: z.object({
        mcp_servers: z.record(z.string(), metricWithKeys),
        models: z.record(z.string(), metricWithKeys),
        model_groups: z.record(z.string(), metricWithKeys),
        providers: z.record(z.string(), metricWithKeys),
        endpoints: z.record(z.string(), metricWithKeys),
        api_keys: z.record(z.string(), metricWithKeys),
        entities: z.record(z.string(), metricWithKeys),
      }),
    }),
  ),
  metadata: z.object({
    total_spend: z.number(),
    total_prompt_tokens: z.number(),
    total_completion_tokens: z.number(),
    total_tokens: z.number(),
    total_api_requests: z.number(),
    total_successful_requests: z.number(),
    total_failed_requests: z.number(),
    total_cache_read_input_tokens: z.number(),
    total_cache_creation_input_tokens: z.number(),
    page: z.number(),
    total_pages: z.number(),
    has_more: z.boolean(),
  }),
});

/** Days of activity in LiteLLM's shape. */
export type DailyActivity = z.infer<typeof dailyActivityResult>;

/** `GET /user/daily/activity` and its aggregated form, in LiteLLM's shape. */
export const dailyActivity = defineEndpoint({
  method: 'GET',
  path: '/user/daily/activity/aggregated',
  aliases: ['/user/daily/activity'],
  summary: 'Daily spend and tokens, broken down by model, key and provider',
  permission: 'usage:read',
  errorShape: 'detail',
  query: dailyActivityQuery,
  result: dailyActivityResult,
});

/** `GET /team/daily/activity`: all of the teams that one administers, one's own part of those one belongs to. */
export const teamDailyActivity = defineEndpoint({
  method: 'GET',
  path: '/team/daily/activity',
  summary: 'Daily spend and tokens of teams',
  permission: 'usage:read',
  errorShape: 'detail',
  query: teamDailyActivityQuery,
  result: dailyActivityResult,
});

/** `GET /organization/daily/activity`: what organizations have paid for, whatever has become of their teams since. */
export const organizationDailyActivity = defineEndpoint({
  method: 'GET',
  path: '/organization/daily/activity',
  summary: 'Daily spend and tokens of organizations',
  permission: 'organization:read',
  errorShape: 'detail',
  query: organizationDailyActivityQuery,
  result: dailyActivityResult,
});

/** `GET /tag/daily/activity`. An answer with two tags counts in each. */
export const tagDailyActivity = defineEndpoint({
  method: 'GET',
  path: '/tag/daily/activity',
  summary: 'Daily spend and tokens of tags',
  permission: 'usage:read-all',
  errorShape: 'detail',
  query: tagDailyActivityQuery,
  result: dailyActivityResult,
});

/** `GET /customer/daily/activity`. */
export const customerDailyActivity = defineEndpoint({
  method: 'GET',
  path: '/customer/daily/activity',
  aliases: ['/end_user/daily/activity'],
  summary: 'Daily spend and tokens of customers',
  permission: 'usage:read-all',
  errorShape: 'detail',
  query: customerDailyActivityQuery,
  result: dailyActivityResult,
});
