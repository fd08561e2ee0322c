import * as z from 'zod/mini';
import { defineEndpoint } from '../../http/endpoint.contract.ts';
import { day, instant } from '../../http/fields.contract.ts';

/** Requests by what the gateway's own cache did with them, and what its hits saved. */
const responseCacheMetrics = z.object({
  /** Requests that it was asked about: hits and misses. Each other request is bypassed, not cacheable, or off. */
  eligible: z.number(),
  hits: z.number(),
  misses: z.number(),
  /** Those of the misses for which it held an answer, but one that was too old (`ttl` or `s-maxage`). */
  stale: z.number(),
  /** The caller asked for a fresh answer (`no-cache`). */
  bypassed: z.number(),
  /** It keeps no answers to such calls (`supported_call_types`). */
  not_cacheable: z.number(),
  /** It was switched off, or off by default and not asked for. */
  off: z.number(),
  /** Hits of what was eligible; null where nothing was. */
  hit_rate: z.nullable(z.number()),
  /** Tokens of answers that came from it. */
  prompt_tokens_saved: z.number(),
  completion_tokens_saved: z.number(),
  /** What the hits would have cost, nano-dollars. */
  saved_nano_usd: z.number(),
  /** How much longer the same answers took when their providers gave them. */
  saved_ms: z.number(),
});

/** Input that reached a provider, each token in one of the four parts, and the money that its prompt cache made of it. */
const promptCacheMetrics = z.object({
  input_tokens: z.number(),
  uncached_input_tokens: z.number(),
  cache_creation_input_tokens: z.number(),
  cache_read_input_tokens: z.number(),
  /** The provider did not say whether its cache held them. */
  not_reported_input_tokens: z.number(),
  /** Tokens read from cache of those that providers reported on; null where they reported on none. */
  read_share: z.nullable(z.number()),
  /** What tokens read from cache cost less than fresh ones, nano-dollars. */
  read_saving_nano_usd: z.number(),
  /** What tokens written to cache cost more than fresh ones, nano-dollars. */
  write_premium_nano_usd: z.number(),
  /** Read saving less write premium: negative while more was paid for writing than reading has saved. */
  net_saved_nano_usd: z.number(),
});

const cacheMetrics = z.object({
  requests: z.number(),
  spend_nano_usd: z.number(),
  response_cache: responseCacheMetrics,
  prompt_cache: promptCacheMetrics,
});

const cacheAnalyticsQuery = z.object({
  start_date: day,
  end_date: day,
  timezone: z.optional(z.string()),
  granularity: z.optional(z.enum(['hour', 'day'])),
  group_by: z.optional(z.enum(['model', 'key', 'user', 'team'])),
  user_id: z.optional(z.string()),
  team_id: z.optional(z.string()),
  api_key: z.optional(z.string()),
  model: z.optional(z.string()),
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
    /** Whether the response cache is on now. */
    enabled: z.boolean(),
    mode: z.enum(['default_on', 'default_off']),
    timezone: z.string(),
    totals: cacheMetrics,
    buckets: z.array(z.object({ starts_at: instant, label: z.string(), totals: cacheMetrics })),
    /** Largest savings of the response cache first, then most requests, up to 100. */
    groups: z.array(z.object({ id: z.string(), label: z.string(), totals: cacheMetrics })),
    /** All groups that are not listed, together; null when there are none. With it, groups add up to the totals. */
    rest: z.nullable(cacheMetrics),
    /** Providers that left some input without a word about their prompt cache, most of it first. */
    not_reported_by: z.array(z.string()),
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
