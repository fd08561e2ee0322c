import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { CacheSettings } from '../config/settings.ts';
import { ApiError } from '../http/api-error.ts';
import type { TokenUsage } from '../prices/token-prices.ts';
import type { Caller } from './caller.ts';
import { badRequest } from './openai-error.ts';
import type { ModelRequestBody } from './parse-request.ts';

/** An answer kept for the next identical request. */
export interface CachedAnswer {
  readonly kind: 'json' | 'stream';
  /** The body, or the events without usage event and `[DONE]`. */
  readonly bytes: Buffer;
  readonly usageEvent: Buffer | null;
  readonly storedAt: number;
  readonly usage: TokenUsage;
  readonly costNanoUsd: number;
  /** How long its provider took to give it, as who asked first felt it. */
  readonly durationMs: number;
  readonly responseId: string | null;
  readonly model: string;
  readonly provider: string;
}

/** What the cache will do for one request. */
export interface CachePlan {
  /**
   * `off`: no cache for this call. `not_cacheable`: none for this kind of call. `bypass`: the caller asked not to look
   * it up.
   */
  readonly status: 'off' | 'not_cacheable' | 'bypass' | 'lookup';
  readonly key: string | null;
  readonly store: boolean;
  readonly ttlMs: number | null;
  readonly maxAgeMs: number | null;
}

/** What a look into the cache found. `stale`: an answer, but an older one than is wanted. */
export type CacheLookup =
  | { readonly status: 'hit'; readonly answer: CachedAnswer }
  | { readonly status: 'miss' | 'stale' | 'bypass' | 'not_cacheable' | 'off'; readonly answer: null };

/** The exact response cache: the same request of the same team (or person) is answered without a provider. */
export interface ResponseCache {
  plan(request: ModelRequestBody, modelGroup: string, callType: string, caller: Caller): CachePlan;
  find(plan: CachePlan, now: number): CacheLookup;
  /** Forgets every answer. */
  clear(): void;
  /** Forgets answers by their keys. */
  delete(keys: readonly string[]): void;
  store(plan: CachePlan, answer: CachedAnswer): void;
}

const off: CachePlan = { status: 'off', key: null, store: false, ttlMs: null, maxAgeMs: null };
const notCacheable: CachePlan = { ...off, status: 'not_cacheable' };

/** Finding nothing makes no object: it is what most calls do. */
const nothing = {
  off: { status: 'off', answer: null },
  not_cacheable: { status: 'not_cacheable', answer: null },
  bypass: { status: 'bypass', answer: null },
  miss: { status: 'miss', answer: null },
  stale: { status: 'stale', answer: null },
} as const satisfies Record<string, CacheLookup>;

/** Members that do not change an answer, or that are about the cache itself. */
const notInKey = new Set([
  'model',
  'cache',
  'metadata',
  'stream_options',
  'user',
  'tags',
  'litellm_metadata',
  'litellm_session_id',
  'litellm_trace_id',
  'num_retries',
  'fallbacks',
  'timeout',
  'stream_timeout',
]);

/** Creates the cache in memory, bounded by bytes, least recently used first out. */
export function createResponseCache(settings: CacheSettings): ResponseCache {
  const answers = new LRUCache<string, CachedAnswer & { readonly expiresAt: number | null }>({
    maxSize: settings.maxBytes,
    sizeCalculation: (answer) => answer.bytes.length + (answer.usageEvent?.length ?? 0) + 500,
  });
  return {
    plan(request, modelGroup, callType, caller) {
      if (!settings.enabled) return off;
      if (!settings.callTypes.includes(callType)) return notCacheable;
      const controls = readControls(request.field('cache'), caller);
      if (settings.mode === 'default_off' && controls['use-cache'] !== true) return off;
      const noCache = controls['no-cache'] === true;
      return {
        status: noCache ? 'bypass' : 'lookup',
        key: cacheKey(request, modelGroup, callType, caller, text(controls['namespace']) ?? settings.namespace ?? ''),
        store: controls['no-store'] !== true,
        ttlMs: seconds(controls['ttl'], 'ttl') ?? settings.ttlMs,
        maxAgeMs: seconds(controls['s-maxage'] ?? controls['s-max-age'], 's-maxage'),
      };
    },
    find(plan, now) {
      if (plan.status !== 'lookup') return nothing[plan.status];
      const answer = plan.key === null ? undefined : answers.get(plan.key);
      if (!answer || plan.key === null) return nothing.miss;
      if (answer.expiresAt !== null && answer.expiresAt <= now) {
        answers.delete(plan.key);
        return nothing.stale;
      }
      if (plan.maxAgeMs !== null && now - answer.storedAt > plan.maxAgeMs) return nothing.stale;
      return { status: 'hit', answer };
    },
    clear() {
      answers.clear();
    },
    delete(keys) {
      for (const key of keys) answers.delete(key);
    },
    store(plan, answer) {
      if (plan.key === null || !plan.store) return;
      answers.set(plan.key, { ...answer, expiresAt: plan.ttlMs === null ? null : answer.storedAt + plan.ttlMs });
    },
  };
}

/**
 * SHA-256 over the scope, the model group and every member that shapes the answer, by name. The values are the
 * bytes as sent: a request that is written differently is another request.
 */
function cacheKey(
  request: ModelRequestBody,
  modelGroup: string,
  callType: string,
  caller: Caller,
  namespace: string,
): string {
  const digest = createHash('sha256');
  digest.update(JSON.stringify([scopeOf(caller), namespace, modelGroup, callType]));
  const members = request.members
    .filter((member) => !notInKey.has(member.name))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
  for (const member of members) {
    digest.update(`\n${JSON.stringify(member.name)}:${member.valueEnd - member.valueStart}:`);
    digest.update(request.bytes.subarray(member.valueStart, member.valueEnd));
  }
  return digest.digest('hex');
}

/** Answers are shared inside a team, or among the keys of one person, and never further. */
function scopeOf(caller: Caller): string {
  if (caller.kind === 'master') return 'master';
  const { teamId, userId, keyHash } = caller.key;
  return teamId !== null ? `team:${teamId}` : userId !== null ? `user:${userId}` : `key:${keyHash}`;
}

function readControls(value: unknown, caller: Caller): Record<string, unknown> {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw badRequest('`cache` must be an object such as {"no-cache": true} or {"ttl": 600}.', 'cache');
  }
  const allowed = caller.kind === 'key' ? caller.key.allowedCacheControls : [];
  if (allowed.length > 0) {
    const refused = Object.keys(value).find((name) => !allowed.includes(name));
    if (refused !== undefined) {
      throw new ApiError(
        403,
        `Not allowed to set ${refused} as a cache control. Contact admin to change permissions.`,
        {
          type: 'auth_error',
          param: 'cache',
          alwaysErrorShape: true,
        },
      );
    }
  }
  return value as Record<string, unknown>;
}

function seconds(value: unknown, name: string): number | null {
  if (value === undefined || value === null) return null;
  const number = Number(value);
  if (!Number.isFinite(number) || number < 0)
    throw badRequest(`\`cache.${name}\` must be a number of seconds, at least 0.`, 'cache');
  return number * 1000;
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
