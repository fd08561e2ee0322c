import * as z from 'zod/mini';
import { defineEndpoint } from '../../http/endpoint.contract.ts';
import { day, instant } from '../../http/fields.contract.ts';

const cacheMetrics = {
  requests: z.number(),
  /** Requests that the response cache could have answered: hits and misses. */
  eligible: z.number(),
  hits: z.number(),
  misses: z.number(),
  /** Tokens of answers that came from the response cache. */
  cached_prompt_tokens: z.number(),
  cached_completion_tokens: z.number(),
  /** What the hits would have cost, nano-dollars. */
  saved_nano_usd: z.number(),
  /** Provider prompt cache: input tokens in all, read from and written to the provider's cache. */
  input_tokens: z.number(),
  cache_read_input_tokens: z.number(),
  cache_creation_input_tokens: z.number(),
};

const cacheAnalyticsQuery = z.object({
  start_date: day,
  end_date: day,
  timezone: z.optional(z.string()),
  granularity: z.optional(z.enum(['hour', 'day'])),
  group_by: z.optional(z.enum(['model', 'key', 'user', 'team'])),
  user_id: z.optional(z.string()),
  team_id: z.optional(z.string()),
  api_key: z.optional(z.string()),
});

/** What may be asked of caching. */
export type CacheAnalyticsQuery = z.infer<typeof cacheAnalyticsQuery>;

/** `GET /cache/analytics`: response cache and the providers' prompt caches, never mixed. */
export const getCacheAnalytics = defineEndpoint({
  method: 'GET',
  path: '/cache/analytics',
  summary: 'What caching saved, over time and by one dimension',
  permission: 'caching:read',
  query: cacheAnalyticsQuery,
  result: z.object({
    enabled: z.boolean(),
    timezone: z.string(),
    totals: z.object(cacheMetrics),
    buckets: z.array(z.object({ starts_at: instant, label: z.string(), totals: z.object(cacheMetrics) })),
    /** Largest savings first, up to 100. */
    groups: z.array(z.object({ id: z.string(), label: z.string(), totals: z.object(cacheMetrics) })),
    /** All groups that are not listed, together; null when there are none. With it, groups add up to the totals. */
    rest: z.nullable(z.object(cacheMetrics)),
  }),
});

/** `GET /global/activity/cache_hits` in LiteLLM's shape. */
export const cacheHits = defineEndpoint({
  method: 'GET',
  path: '/global/activity/cache_hits',
  summary: 'Cache hits by key, call type and model',
  permission: 'caching:read',
  errorShape: 'detail',
  query: z.object({ start_date: z.optional(z.string()), end_date: z.optional(z.string()) }),
  result: z.array(
    z.object({
      api_key: z.string(),
      call_type: z.string(),
      model: z.string(),
      total_rows: z.number(),
      cache_hit_true_rows: z.number(),
      cached_completion_tokens: z.number(),
      generated_completion_tokens: z.number(),
    }),
  ),
});
