import { sql } from 'kysely';
import type { RequestLogTable } from '../ledger/ledger.table.ts';
import { hashSecret } from '../management/keys/key-secret.ts';
import type { TestApp } from './start-test-app.ts';

/** What the books say about everything that a key can spend from, in nano-dollars; null: there is no such thing. */
export interface Spend {
  readonly key: number | null;
  readonly user: number | null;
  readonly team: number | null;
  readonly member: number | null;
}

/** Waits for the books and reads the spend of a key, its owner, its team and the owner's membership. */
export async function spendOf(app: TestApp, key: string): Promise<Spend> {
  await app.flush();
  const row = await app.storage.db
    .selectFrom('keys')
    .leftJoin('users', 'users.user_id', 'keys.user_id')
    .leftJoin('teams', 'teams.team_id', 'keys.team_id')
    .leftJoin('team_members', (join) =>
      join.onRef('team_members.team_id', '=', 'keys.team_id').onRef('team_members.user_id', '=', 'keys.user_id'),
    )
    .where('keys.key_hash', '=', hashSecret(key))
    .select([
      'keys.spend_nano_usd as key',
      'users.spend_nano_usd as user',
      'teams.spend_nano_usd as team',
      'team_members.spend_nano_usd as member',
    ])
    .executeTakeFirstOrThrow();
  return row;
}

/** Waits for the books and reads the log of a key, oldest first. */
export async function logOf(app: TestApp, key: string): Promise<RequestLogTable[]> {
  await app.flush();
  return app.storage.db
    .selectFrom('request_logs')
    .selectAll()
    .where('key_hash', '=', hashSecret(key))
    .orderBy('started_at')
    .orderBy('ended_at')
    .execute();
}

/** Waits for the books and adds up the rollups of a key. */
export async function rollupOf(
  app: TestApp,
  key: string,
): Promise<
  Record<
    | 'requests'
    | 'failed'
    | 'promptTokens'
    | 'completionTokens'
    | 'spendNanoUsd'
    | 'savedNanoUsd'
    | 'savedMs'
    | 'hits'
    | 'misses'
    | 'stale'
    | 'bypasses'
    | 'uncacheable'
    | 'unreportedTokens'
    | 'promptCacheSavedNanoUsd'
    | 'promptCachePremiumNanoUsd',
    number
  >
> {
  await app.flush();
  const sum = (column: string) => sql<number>`coalesce(sum(${sql.ref(column)}), 0)`;
  return app.storage.db
    .selectFrom('usage_rollups')
    .where('key_hash', '=', hashSecret(key))
    .select([
      sum('requests').as('requests'),
      sum('failed_requests').as('failed'),
      sum('prompt_tokens').as('promptTokens'),
      sum('completion_tokens').as('completionTokens'),
      sum('spend_nano_usd').as('spendNanoUsd'),
      sum('saved_nano_usd').as('savedNanoUsd'),
      sum('cache_hits').as('hits'),
      sum('cache_misses').as('misses'),
      sum('saved_ms').as('savedMs'),
      sum('stale_cache_misses').as('stale'),
      sum('cache_bypasses').as('bypasses'),
      sum('uncacheable_requests').as('uncacheable'),
      sum('unreported_input_tokens').as('unreportedTokens'),
      sum('prompt_cache_saved_nano_usd').as('promptCacheSavedNanoUsd'),
      sum('prompt_cache_premium_nano_usd').as('promptCachePremiumNanoUsd'),
    ])
    .executeTakeFirstOrThrow();
}
