import type { Kysely } from 'kysely';
import type * as z from 'zod/mini';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { Database } from '../../storage/database.ts';
import '../keys/keys.table.ts';
import type { Parts } from '../parts.ts';
import { otherId, readBucketRange, readUsageFilter, sumWithTopKeys } from '../usage/index.ts';
import type { cacheHits as endpoint } from './caching.contract.ts';

type CacheHitRow = z.infer<(typeof endpoint)['result']>[number];

/** What LiteLLM calls the call of an endpoint. Others go by their path. */
const callTypes: Readonly<Record<string, string>> = {
  '/chat/completions': 'acompletion',
  '/completions': 'atext_completion',
  '/embeddings': 'aembedding',
  '/responses': 'aresponses',
  '/messages': 'anthropic_messages',
};

const keysToldApart = 200;

/**
 * Cache hits by key alias, kind of call and model, in LiteLLM's shape, over UTC days. The keys with the largest spend
 * are told apart, all others together are `Other keys`.
 * @throws ApiError 400 without dates.
 */
export async function listCacheHits(
  parts: Parts,
  call: Call,
  query: { start_date?: string | undefined; end_date?: string | undefined },
): Promise<CacheHitRow[]> {
  if (!query.start_date || !query.end_date) throw new ApiError(400, 'Please provide start_date and end_date');
  const { db } = parts.storage;
  const { startsAt, endsAt } = readBucketRange(query.start_date, query.end_date, 'UTC', 'day');
  const whole = { startsAt, endsAt, buckets: [{ startsAt, endsAt, label: '' }] };
  const rows = await sumWithTopKeys(
    db,
    call.access,
    readUsageFilter({}),
    whole,
    ['endpoint', 'model_group'],
    keysToldApart,
  );
  const aliases = await loadAliases(db, [...new Set(rows.map((row) => row.key_hash))]);
  const byCall = new Map<string, CacheHitRow>();
  for (const row of rows) {
    const apiKey = row.key_hash === otherId ? 'Other keys' : (aliases.get(row.key_hash) ?? 'Unnamed Key');
    const callType = callTypes[row.endpoint] ?? row.endpoint;
    const place = JSON.stringify([apiKey, callType, row.model_group]);
    const sum = byCall.get(place) ?? {
      api_key: apiKey,
      call_type: callType,
      model: row.model_group,
      total_rows: 0,
      cache_hit_true_rows: 0,
      cached_completion_tokens: 0,
      generated_completion_tokens: 0,
    };
    sum.total_rows += row.requests;
    sum.cache_hit_true_rows += row.cache_hits;
    sum.cached_completion_tokens += row.cached_completion_tokens;
    sum.generated_completion_tokens += row.completion_tokens - row.cached_completion_tokens;
    byCall.set(place, sum);
  }
  return [...byCall].sort(([placeA], [placeB]) => (placeA < placeB ? -1 : 1)).map(([, row]) => row);
}

async function loadAliases(db: Kysely<Database>, hashes: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const aliases = new Map<string, string>();
  for (let start = 0; start < hashes.length; start += 500) {
    const keys = await db
      .selectFrom('keys')
      .select(['key_hash', 'key_alias'])
      .where('key_hash', 'in', hashes.slice(start, start + 500))
      .where('key_alias', 'is not', null)
      .execute();
    for (const key of keys) if (key.key_alias !== null) aliases.set(key.key_hash, key.key_alias);
  }
  return aliases;
}
