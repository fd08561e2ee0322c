import * as z from 'zod/mini';
import { defineEndpoint } from '../../http/endpoint.contract.ts';
import { booleanInQuery, instant, jsonObject, numberInQuery, strings } from '../../http/fields.contract.ts';

/** How the tokens of a request are known: told by the provider, counted by the gateway, kept with a cached answer. */
export const usageSources = ['provider', 'counted', 'cache', 'none'] as const;

/**
 * What the response cache did: `stale` is a miss, too; with `bypass` the caller wanted a fresh answer; to such calls as
 * are `not_cacheable` it keeps none.
 */
export const cacheStatuses = ['hit', 'miss', 'stale', 'bypass', 'not_cacheable', 'off'] as const;

/** A line of the request log with the fields of LiteLLM's spend logs. */
const spendLogRow = z.object({
  /** The id inside the answer where there is one, so that clients find their calls; else the gateway's own. */
  request_id: z.string(),
  /** The gateway's own id of the call: the `x-litellm-call-id` header. */
  litellm_call_id: z.string(),
  call_type: z.string(),
  api_key: z.string(),
  spend: z.number(),
  total_tokens: z.number(),
  prompt_tokens: z.number(),
  completion_tokens: z.number(),
  startTime: z.string(),
  endTime: z.string(),
  completionStartTime: z.nullable(z.string()),
  request_duration_ms: z.number(),
  model: z.string(),
  model_id: z.string(),
  model_group: z.string(),
  custom_llm_provider: z.string(),
  api_base: z.string(),
  user: z.string(),
  metadata: jsonObject,
  cache_hit: z.string(),
  cache_key: z.string(),
  request_tags: strings,
  team_id: z.string(),
  organization_id: z.nullable(z.string()),
  end_user: z.string(),
  requester_ip_address: z.string(),
  messages: jsonObject,
  response: jsonObject,
  proxy_server_request: jsonObject,
  session_id: z.nullable(z.string()),
  status: z.string(),
  // From here on, what LiteLLM's rows do not have.
  endpoint: z.string(),
  http_status: z.number(),
  /** Why a failure failed: the provider's words, or the gateway's. */
  error_message: z.nullable(z.string()),
  /** `sk-...3PVA`; null when the key is gone. */
  key_name: z.nullable(z.string()),
  key_alias: z.nullable(z.string()),
  team_alias: z.nullable(z.string()),
  user_email: z.nullable(z.string()),
  streamed: z.boolean(),
  /** Whether the caller hung up before the end. */
  aborted: z.boolean(),
  /** How often a provider was asked; 0 when the gateway refused or answered by itself. */
  attempts: z.number(),
  /** Part of the prompt tokens. */
  cache_read_input_tokens: z.number(),
  /** Part of the prompt tokens. */
  cache_creation_input_tokens: z.number(),
  /** Part of the completion tokens. */
  reasoning_tokens: z.number(),
  usage_source: z.enum(usageSources),
  cache_status: z.enum(cacheStatuses),
  /** For hits: what the answer would have cost. */
  saved_nano_usd: z.number(),
  /** What the provider's prompt cache took off the price, and what writing to it added. */
  prompt_cache_saved_nano_usd: z.number(),
  prompt_cache_premium_nano_usd: z.number(),
});

/** A spend log as it is shown. */
export type PresentedSpendLog = z.infer<typeof spendLogRow>;

const spendDay = z.catchall(
  z.object({
    startTime: z.string(),
    spend: z.number(),
    users: z.record(z.string(), z.number()),
    models: z.record(z.string(), z.number()),
  }),
  z.unknown(),
);

/** A day's spend, with one more field for each key, named by its hash. */
export type SpendDay = z.infer<typeof spendDay>;

const spendLogsQuery = z.object({
  api_key: z.optional(z.string()),
  user_id: z.optional(z.string()),
  request_id: z.optional(z.string()),
  start_date: z.optional(z.string()),
  end_date: z.optional(z.string()),
  summarize: z.optional(booleanInQuery),
});

/** Which logs are wanted. */
export type SpendLogsQuery = z.infer<typeof spendLogsQuery>;

/** `GET /spend/logs`: rows, or with both dates sums by the day. Rows end at the newest 1,000; page through `/spend/logs/v2` for more. */
export const listSpendLogs = defineEndpoint({
  method: 'GET',
  path: '/spend/logs',
  summary: 'Spend by the day, or the newest requests with their spend',
  permission: 'usage:read',
  query: spendLogsQuery,
  result: z.union([z.array(spendLogRow), z.array(spendDay)]),
});

/** What a page of logs can be sorted by. */
export const spendLogSortColumns = ['startTime', 'endTime', 'spend', 'total_tokens'] as const;

const spendLogsPageQuery = z.object({
  start_date: z.optional(z.string()),
  end_date: z.optional(z.string()),
  page: z.optional(numberInQuery.check(z.int(), z.minimum(1), z.maximum(10_000_000))),
  page_size: z.optional(numberInQuery.check(z.int(), z.minimum(1), z.maximum(1_000))),
  api_key: z.optional(z.string()),
  user_id: z.optional(z.string()),
  request_id: z.optional(z.string()),
  session_id: z.optional(z.string()),
  team_id: z.optional(z.string()),
  min_spend: z.optional(numberInQuery),
  max_spend: z.optional(numberInQuery),
  status_filter: z.optional(z.enum(['success', 'failure'])),
  model: z.optional(z.string()),
  model_id: z.optional(z.string()),
  model_group: z.optional(z.string()),
  key_alias: z.optional(z.string()),
  end_user: z.optional(z.string()),
  error_code: z.optional(z.string()),
  error_message: z.optional(z.string()),
  sort_by: z.optional(z.enum(spendLogSortColumns)),
  sort_order: z.optional(z.enum(['asc', 'desc'])),
});

/** Which page of the logs is wanted. */
export type SpendLogsPageQuery = z.infer<typeof spendLogsPageQuery>;

const spendLogsPage = z.object({
  data: z.array(spendLogRow),
  /** Exact. With `searched`, of what was looked through. */
  total: z.number(),
  page: z.number(),
  page_size: z.number(),
  total_pages: z.number(),
  /**
   * The part of the time range that was looked through; null: all of it. Filters that are in no index, and orders
   * other than that of time, look through 20,000 requests: ask for the time before (or after) it to go on.
   */
  searched: z.nullable(z.object({ from: instant, to: instant })),
});

/** `GET /spend/logs/v2`: one's own requests, or a whole team's for its admins, a page at a time. */
export const pageSpendLogs = defineEndpoint({
  method: 'GET',
  path: '/spend/logs/v2',
  aliases: ['/spend/logs/ui'],
  summary: 'Requests with their spend, page by page',
  permission: 'usage:read',
  query: spendLogsPageQuery,
  result: spendLogsPage,
});

const sessionLogsQuery = z.object({
  session_id: z.optional(z.string()),
  page: spendLogsPageQuery.shape.page,
  page_size: spendLogsPageQuery.shape.page_size,
});

/** Which page of a session is wanted. */
export type SessionLogsQuery = z.infer<typeof sessionLogsQuery>;

/** `GET /spend/logs/session/ui`: the calls that named a session, as `litellm_session_id` or `x-litellm-session-id`, else as a trace. */
export const pageSessionLogs = defineEndpoint({
  method: 'GET',
  path: '/spend/logs/session/ui',
  summary: 'The requests of a session, page by page',
  permission: 'usage:read',
  query: sessionLogsQuery,
  result: spendLogsPage,
});

/** `GET /spend/logs/ui/{request_id}`: what is kept of one request. Texts of prompts and answers are not kept. */
export const getSpendLog = defineEndpoint({
  method: 'GET',
  path: '/spend/logs/ui/{request_id}',
  summary: 'One request in detail',
  permission: 'usage:read',
  query: z.object({ request_id: z.string(), start_date: z.optional(z.string()) }),
  result: spendLogRow,
});
