import { type CompiledQuery, type Kysely, type KyselyPlugin, sql } from 'kysely';
import { beforeAll, expect, test } from 'vitest';
import type { Access } from '../../access/principal.ts';
import { masterPrincipal } from '../../access/principal.ts';
import { addRollups } from '../../ledger/add-rollups.ts';
import type { RequestLogTable, UsageRollupTable } from '../../ledger/ledger.table.ts';
import type { Database } from '../../storage/database.ts';
import type { Storage } from '../../storage/open-storage.ts';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { everythingWithinReach, noUsage, sumBetween, sumByBucket } from './rollup-queries.ts';
import { readBucketRange } from './time-buckets.ts';
import { lastActivityAt, listRequestRows } from './usage.store.ts';

const dayMs = 86_400_000;
const firstDay = Date.parse('2026-01-01T00:00:00Z');
const everybody: Access = { principal: masterPrincipal, reach: 'all' };
const own: Access = {
  principal: { ...masterPrincipal, kind: 'session', role: 'internal_user', userId: 'user-7' },
  reach: 'own',
};

/** 8,000 requests of 40 people over a year. */
const requests = Array.from({ length: 8_000 }, (_, index) => ({
  at: firstDay + Math.floor((index * 365 * dayMs) / 8_000),
  userId: `user-${index % 40}`,
  keyHash: `key-${index % 80}`,
}));

describeOnEachEngine('The queries of the usage pages', (openTestStorage, engine) => {
  let storage: Storage;

  beforeAll(async () => {
    storage = await openTestStorage();
    for (let start = 0; start < requests.length; start += 500) {
      const slice = requests.slice(start, start + 500);
      await addRollups(storage.db, slice.map(rollupOf));
      await storage.db
        .insertInto('request_logs')
        .values(slice.map((r, index) => logOf(r, `${start + index}`)))
        .execute();
    }
    await sql`analyze`.execute(storage.db);
  }, 60_000);

  /** How the engine carries out every query that the action makes. */
  async function plansOf(action: (db: Kysely<Database>) => Promise<unknown>): Promise<string[]> {
    const queries: CompiledQuery[] = [];
    const spy: KyselyPlugin = {
      transformQuery({ node, queryId }) {
        queries.push(storage.db.getExecutor().compileQuery(node, queryId));
        return node;
      },
      transformResult: async ({ result }) => result,
    };
    await action(storage.db.withPlugin(spy));
    expect(queries).not.toEqual([]);
    const explain = engine === 'sqlite' ? 'explain query plan' : 'explain';
    return Promise.all(
      queries.map(async (query) => {
        const { rows } = await storage.db.executeQuery<Record<string, unknown>>({
          ...query,
          sql: `${explain} ${query.sql}`,
        });
        return rows.map((row) => row['detail'] ?? row['QUERY PLAN']).join('\n');
      }),
    );
  }

  /** A whole table read row by row: `SCAN t` without an index in SQLite, `Seq Scan` in Postgres. */
  const wholeTable = /SCAN (usage_rollups|request_logs)(?! USING)|Seq Scan on (usage_rollups|request_logs)\b/;
  /** All rows fetched and then sorted, only to show the first few. */
  const sorted = /USE TEMP B-TREE FOR ORDER BY|\bSort\b/;

  const week = readBucketRange('2026-06-01', '2026-06-07', 'Europe/Berlin', 'day');

  test.each([
    ['everybody’s', everybody],
    ['one’s own', own],
  ])('sums of a week, %s, read that week from an index and never the request log', async (_whose, access) => {
    const plans = await plansOf(async (db) => {
      await sumByBucket(db, access, everythingWithinReach, week, ['key_hash']);
      await sumBetween(db, access, everythingWithinReach, week.startsAt, week.endsAt);
    });
    for (const plan of plans) {
      expect(plan).not.toMatch(wholeTable);
      expect(plan).not.toContain('request_logs');
    }
  });

  const rollupScan =
    /SCAN (usage_rollups|overall_rollups)\w*(?! USING)|Seq Scan on (usage_rollups|usage_rollups_by_day|overall_rollups)\b/;

  test.each([
    ['everybody’s', everybody, []],
    ['everybody’s by key', everybody, ['key_hash']],
    ['one’s own', own, []],
  ] as const)(
    'sums of a month, %s, are read by the day, and the edges of its days by index',
    async (_whose, access, by) => {
      const month = readBucketRange('2026-06-01', '2026-06-30', 'Europe/Berlin', 'day');
      const plans = await plansOf((db) => sumByBucket(db, access, everythingWithinReach, month, by));
      expect(plans).toHaveLength(2);
      // Postgres rightly reads all of 8,000 rows rather than look up two hundred times.
      const byIndex = engine === 'sqlite' ? plans : plans.slice(0, 1);
      for (const plan of byIndex) expect(plan).not.toMatch(rollupScan);
      expect(plans[0]).toContain('_by_day');
    },
  );

  test.each([
    ['everybody’s', everybody, null],
    ['one’s own', own, null],
    ['a key’s', everybody, 'key-7'],
  ])('the newest requests, %s, come in order from an index', async (_whose, access, keyHash) => {
    const plans = await plansOf(async (db) => {
      const filter = { userId: null, keyHash, limit: 20 };
      const rows = await listRequestRows(db, access, { ...filter, before: null });
      const last = rows.at(-1);
      expect(last).toBeDefined();
      await listRequestRows(db, access, {
        ...filter,
        before: { startedAt: last?.started_at ?? 0, requestId: last?.request_id ?? '' },
      });
      await lastActivityAt(db, access, { ...everythingWithinReach, keyHash });
    });
    for (const plan of plans) {
      expect(plan).not.toMatch(wholeTable);
      expect(plan).not.toMatch(sorted);
    }
  });
});

interface SampleRequest {
  readonly at: number;
  readonly userId: string;
  readonly keyHash: string;
}

function rollupOf({ at, userId, keyHash }: SampleRequest): UsageRollupTable {
  const ids = { team_id: '', model: 'gpt-4', model_group: 'gpt-4', provider: 'openai', endpoint: '/chat/completions' };
  return {
    ...noUsage(),
    ...ids,
    quarter_hour_at: at - (at % 900_000),
    key_hash: keyHash,
    user_id: userId,
    requests: 1,
  };
}

function logOf({ at, userId, keyHash }: SampleRequest, requestId: string): RequestLogTable {
  return {
    ...{ request_id: requestId, response_id: null, call_type: 'acompletion', endpoint: '/chat/completions' },
    ...{
      key_hash: keyHash,
      user_id: userId,
      team_id: '',
      organization_id: '',
      end_user: '',
      model_group: 'gpt-4',
      model: 'gpt-4',
    },
    ...{
      provider: 'openai',
      deployment_id: '',
      api_base: '',
      status: 'success',
      http_status: 200,
      error_message: null,
    },
    ...{ prompt_tokens: 1, completion_tokens: 1, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 },
    ...{ reasoning_tokens: 0, usage_source: 'provider', spend_nano_usd: 1, cache_status: 'off', saved_nano_usd: 0 },
    ...{
      streamed: 0,
      aborted: 0,
      attempts: 1,
      started_at: at,
      first_token_at: null,
      ended_at: at + 5,
      ip: '',
      tags: '[]',
    },
  };
}
