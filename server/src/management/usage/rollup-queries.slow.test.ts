import fc from 'fast-check';
import type { Kysely, KyselyPlugin } from 'kysely';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { type Access, masterPrincipal } from '../../access/principal.ts';
import { addRollups, addSparseRollups, rollupOf, rollupSums } from '../../ledger/add-rollups.ts';
import { closeNextQuarters } from '../../ledger/close-quarters.ts';
import type { JournalEntry } from '../../ledger/journal.ts';
import type { Database } from '../../storage/database.ts';
import { clearUsage } from '../../testing/clear-usage.ts';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { journalEntry } from '../../testing/journal-entry.ts';
import { lastActiveQuarterHour, sumByBucket } from './rollup-queries.ts';
import { sumTopGroups } from './sum-top-groups.ts';
import { sumWithTopKeys } from './sum-with-top-keys.ts';
import { readBucketRange } from './time-buckets.ts';
import { everythingWithinReach, type UsageDimension, type UsageFilter } from './usage-filter.ts';
import { addUsage, noUsage } from './usage-sums.ts';

const everybody: Access = { principal: masterPrincipal, reach: 'all', roleReach: 'all' };
const own: Access = {
  principal: { ...masterPrincipal, kind: 'session', role: 'internal_user', userId: 'user-1' },
  reach: 'own',
  roleReach: 'own',
};
const first = Date.parse('2026-10-23T00:00:00Z');
const quarterHourMs = 900_000;
/** Over the change of the clocks in Europe. */
const quarters = 5 * 96;

const askedFor: readonly (readonly UsageDimension[])[] = [
  [],
  ['model_group'],
  ['key_hash'],
  ['user_id'],
  ['team_id'],
  ['user_id', 'team_id'],
  ['endpoint', 'key_hash'],
  ['tag'],
  ['tag', 'model_group'],
  ['tag', 'user_id'],
  ['end_user'],
  ['end_user', 'key_hash'],
  ['organization_id'],
  ['organization_id', 'model_group'],
];

describeOnEachEngine('Sums of usage', (openStorage, engine) => {
  let db: Kysely<Database>;
  let readsTotals = 0;
  const watch: KyselyPlugin = {
    transformQuery({ node, queryId }) {
      if (db.getExecutor().compileQuery(node, queryId).sql.includes('running_totals')) readsTotals += 1;
      return node;
    },
    transformResult: async ({ result }) => result,
  };

  beforeAll(async () => {
    ({ db } = await openStorage());
  });
  beforeEach(() => clearUsage(db));

  const record = async (entries: readonly JournalEntry[]) => {
    await addRollups(db, entries.map(rollupOf));
    await addSparseRollups(db, entries);
  };
  const closeUntil = async (at: number) => {
    while (await closeNextQuarters(db, at));
  };

  const call = fc.record({
    quarter: fc.integer({ min: 0, max: quarters - 1 }),
    key_hash: fc.constantFrom('key-1', 'key-2', 'key-2-before', 'key-3'),
    user_id: fc.constantFrom('', 'user-1', 'user-2'),
    team_id: fc.constantFrom('', 'team-1'),
    model_group: fc.constantFrom('gpt', 'claude'),
    endpoint: fc.constantFrom('/chat/completions', '/embeddings'),
    end_user: fc.constantFrom('', '', 'customer-1', 'customer-2'),
    organization_id: fc.constantFrom('', 'organization-1'),
    tags: fc.constantFrom('[]', '[]', '["a"]', '["a","b"]'),
    spend_nano_usd: fc.integer({ min: 0, max: 9_000_000_000 }),
  });
  const question = fc.record({
    access: fc.constantFrom(everybody, everybody, own),
    filter: fc.record({
      teamId: fc.constantFrom(null, null, 'team-1'),
      keyHashes: fc.constantFrom(null, null, ['key-1'], ['key-2'], ['key-2-before'], ['key-1', 'key-2']),
      modelGroup: fc.constantFrom(null, null, 'gpt'),
    }),
    zone: fc.constantFrom('UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'America/Los_Angeles', 'Pacific/Chatham'),
    granularity: fc.constantFrom('hour', 'day', 'day', 'day'),
    dimensions: fc.constantFrom(...askedFor),
    closedQuarters: fc.constantFrom(0, 100, 181, 275, 333, 480, 482),
  });

  const currentHash = (hash: string) => (hash === 'key-2-before' ? 'key-2' : hash);

  /** The same question, answered call by call. */
  function answer(
    entries: readonly JournalEntry[],
    access: Access,
    filter: UsageFilter,
    range: ReturnType<typeof readBucketRange>,
    dimensions: readonly UsageDimension[],
  ): Map<string, Record<string, number>> {
    const sums = new Map<string, Record<string, number>>();
    for (const entry of entries) {
      if (access === own && entry.user_id !== 'user-1') continue;
      if (filter.teamId !== null && entry.team_id !== filter.teamId) continue;
      const isNamed = filter.keyHashes?.map(currentHash).includes(currentHash(entry.key_hash)) ?? true;
      if (!isNamed) continue;
      if (filter.modelGroup !== null && entry.model_group !== filter.modelGroup) continue;
      const at = entry.started_at;
      const bucket = range.buckets.findIndex(({ startsAt, endsAt }) => at >= startsAt && at < endsAt);
      if (bucket < 0) continue;
      const tags = dimensions.includes('tag') ? (JSON.parse(entry.tags) as string[]) : [''];
      if (dimensions.includes('end_user') && entry.end_user === '') continue;
      if (dimensions.includes('organization_id') && entry.organization_id === '') continue;
      for (const tag of tags) {
        const labels = { ...entry, tag, key_hash: currentHash(entry.key_hash) };
        const place = JSON.stringify([bucket, ...dimensions.map((dimension) => labels[dimension])]);
        const sum = sums.get(place) ?? noUsage();
        sums.set(place, sum);
        addUsage(sum as ReturnType<typeof noUsage>, rollupOf(entry));
      }
    }
    return sums;
  }

  test('are those of the calls, from running totals and from rollups, in every zone, with every filter', async () => {
    await db
      .insertInto('previous_key_hashes')
      .values({ previous_hash: 'key-2-before', key_hash: 'key-2', replaced_at: 0, valid_until: 0 })
      .execute();
    let count = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 250, maxLength: 400 }), question, async (calls, asked) => {
        await clearUsage(db);
        const entries = calls.map(({ quarter, ...fields }) => {
          count += 1;
          const started_at = first + quarter * quarterHourMs + (count % quarterHourMs);
          return journalEntry({ ...fields, request_id: `request-${count}`, started_at });
        });
        await record(entries);
        await closeUntil(first + asked.closedQuarters * quarterHourMs);
        const filter = { ...everythingWithinReach, ...asked.filter };
        const range = readBucketRange('2026-10-24', '2026-10-26', asked.zone, asked.granularity as 'hour' | 'day');
        const rows = await sumByBucket(db.withPlugin(watch), asked.access, filter, range, asked.dimensions);
        const found = new Map(
          rows.map((row) => {
            const sums = Object.fromEntries(rollupSums.map((name) => [name, row[name]]));
            return [JSON.stringify([row.bucket, ...asked.dimensions.map((dimension) => row[dimension])]), sums];
          }),
        );
        expect(found).toEqual(answer(entries, asked.access, filter, range, asked.dimensions));
        const times = entries
          .filter(({ user_id }) => asked.access !== own || user_id === 'user-1')
          .map(({ started_at }) => started_at);
        expect(await lastActiveQuarterHour(db, asked.access, everythingWithinReach)).toBe(
          Math.floor(Math.max(...times) / quarterHourMs) * quarterHourMs,
        );
      }),
      { numRuns: engine === 'sqlite' ? 60 : 30 },
    );
    // Both ways were gone.
    expect(readsTotals).toBeGreaterThan(0);
  }, 120_000);

  const day = 86_400_000;
  const months = readBucketRange('2026-08-15', '2026-10-31', 'Asia/Kathmandu', 'day');

  /** Keys that use as much in each month as the number says, the first one most; some have begun under another hash. */
  async function recordManyKeys(keys: number): Promise<JournalEntry[]> {
    const entries = Array.from({ length: keys }, (_, key) =>
      [0, 40, 70].map((days) =>
        journalEntry({
          request_id: `${key}-${days}`,
          key_hash: key % 50 === 3 && days === 0 ? `key-${key}-before` : `key-${key}`,
          model_group: key % 2 === 0 ? 'gpt' : 'claude',
          started_at: Date.parse('2026-08-20T00:00:00Z') + days * day + key * 1_000,
          spend_nano_usd: Math.floor(1e12 / (key + 1)) + days,
        }),
      ),
    ).flat();
    for (let start = 0; start < entries.length; start += 500) await record(entries.slice(start, start + 500));
    const replaced = entries.filter(({ key_hash }) => key_hash.endsWith('-before'));
    for (const { key_hash } of replaced) {
      const current = key_hash.replace('-before', '');
      await db
        .insertInto('previous_key_hashes')
        .values({ previous_hash: key_hash, key_hash: current, replaced_at: 0, valid_until: 0 })
        .execute();
    }
    return entries;
  }

  test('of the largest of thousands of keys are found by the lists of the months, and the rest makes up the whole', async () => {
    const entries = await recordManyKeys(3_200);
    await closeUntil(Date.parse('2026-10-28T00:00:00Z'));
    readsTotals = 0;
    for (const filter of [everythingWithinReach, { ...everythingWithinReach, modelGroup: 'gpt' }]) {
      const wanted = entries.filter((entry) => filter.modelGroup === null || entry.model_group === filter.modelGroup);
      const spends = new Map<string, number>();
      for (const entry of wanted) {
        const hash = entry.key_hash.replace('-before', '');
        spends.set(hash, (spends.get(hash) ?? 0) + entry.spend_nano_usd);
      }
      const largest = [...spends].sort(([, one], [, other]) => other - one).slice(0, 20);
      const usage = await sumTopGroups(db.withPlugin(watch), everybody, filter, months, 'key_hash', { count: 20 });
      expect(usage.groups.map(({ id, totals }) => [id, totals.spend_nano_usd])).toEqual(largest);
      expect(usage.totals.requests).toBe(wanted.length);
      const parts = noUsage();
      for (const group of [...usage.groups, usage.rest]) if (group) addUsage(parts, group.totals);
      expect(parts).toEqual(usage.totals);
      for (const [bucket, sums] of usage.buckets.entries()) {
        const inBucket = noUsage();
        for (const group of [...usage.groups, usage.rest]) addUsage(inBucket, group?.byBucket.get(bucket) ?? noUsage());
        expect(inBucket).toEqual(sums);
      }
    }
    expect(readsTotals).toBeGreaterThan(0);
    const byModel = await sumWithTopKeys(db, everybody, everythingWithinReach, months, ['model_group'], 5);
    expect(new Set(byModel.map((row) => row.key_hash))).toEqual(
      new Set(['key-0', 'key-1', 'key-2', 'key-3', 'key-4', 'other']),
    );
    const spend = byModel.reduce((sum, row) => sum + row.spend_nano_usd, 0);
    expect(spend).toBe(entries.reduce((sum, entry) => sum + entry.spend_nano_usd, 0));
  }, 120_000);
});
