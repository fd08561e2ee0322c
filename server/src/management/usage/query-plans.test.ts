import { sql } from 'kysely';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import type { Access } from '../../access/principal.ts';
import { masterPrincipal } from '../../access/principal.ts';
import { addRollups, addSparseRollups, rollupOf } from '../../ledger/add-rollups.ts';
import { closeNextQuarters } from '../../ledger/close-quarters.ts';
import type { Storage } from '../../storage/open-storage.ts';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { journalEntry } from '../../testing/journal-entry.ts';
import { type WatchedStorage, watchStorage } from '../../testing/watch-plans.ts';
import { pageEndUsers } from '../spend/page-end-users.ts';
import { readActivity } from './read-activity.ts';
import { lastActiveQuarterHour, sumBetween, sumByBucket } from './rollup-queries.ts';
import { sumTopGroups } from './sum-top-groups.ts';
import { readBucketRange } from './time-buckets.ts';
import { lastActivityAt, listRequestRows } from './usage.store.ts';
import { everythingWithinReach, type UsageDimension, type UsageFilter } from './usage-filter.ts';

const dayMs = 86_400_000;
const firstDay = Date.parse('2026-01-01T00:00:00Z');
const everybody: Access = { principal: masterPrincipal, reach: 'all', roleReach: 'all' };
const own: Access = {
  principal: { ...masterPrincipal, kind: 'session', role: 'internal_user', userId: 'user-7' },
  reach: 'own',
  roleReach: 'own',
};

/** A hash that no key has. */
const hash = (index: number) => String(index).padStart(64, '0');

/** 6,000 requests of 40 people, with keys enough that not all of them are looked at one by one. */
const requests = Array.from({ length: 6_000 }, (_, index) =>
  journalEntry({
    request_id: `${index}`,
    key_hash: index % 2 === 0 ? hash(index % 80) : `rare-key-${index}`,
    user_id: `user-${index % 40}`,
    team_id: index % 3 === 0 ? `team-${index % 5}` : '',
    end_user: index % 10 === 0 ? `customer-${index % 600}` : '',
    tags: index % 10 === 1 ? '["nightly"]' : '[]',
    started_at: firstDay + Math.floor((index * 365 * dayMs) / 6_000),
  }),
);

describeOnEachEngine('The queries of the usage pages', (openTestStorage) => {
  let storage: Storage;
  let watched: WatchedStorage;

  beforeAll(async () => {
    storage = await openTestStorage();
    for (let start = 0; start < requests.length; start += 500) {
      const slice = requests.slice(start, start + 500);
      await addRollups(storage.db, slice.map(rollupOf));
      await addSparseRollups(storage.db, slice);
      await storage.db.insertInto('request_logs').values(slice).execute();
    }
    while (await closeNextQuarters(storage.db, Date.parse('2026-12-24T00:00:00Z')));
    await sql`analyze`.execute(storage.db);
    watched = watchStorage(storage, { asIfLarge: true });
  }, 120_000);
  beforeEach(() => watched.takeScans());

  const week = readBucketRange('2026-12-20', '2026-12-26', 'Europe/Berlin', 'day');
  const year = readBucketRange('2026-01-01', '2026-12-31', 'Asia/Kathmandu', 'day');
  const dimensions: readonly UsageDimension[] = [
    'model',
    'provider',
    'key_hash',
    'user_id',
    'team_id',
    'tag',
    'end_user',
  ];

  test.each<[string, Access, Partial<UsageFilter>]>([
    ['everybody’s', everybody, {}],
    ['one’s own', own, {}],
    ['a team’s', everybody, { teamId: 'team-3' }],
    ['a key’s', everybody, { keyHashes: [hash(8)] }],
    ['a model’s', everybody, { modelGroup: 'gpt' }],
  ])('read no table as a whole, and never the request log, for sums of %s usage', async (_whose, access, narrowed) => {
    const filter = { ...everythingWithinReach, ...narrowed };
    const { db } = watched.storage;
    for (const range of [week, year]) {
      await sumByBucket(db, access, filter, range, []);
      await sumBetween(db, access, filter, range.startsAt, range.endsAt);
      for (const dimension of dimensions) await sumTopGroups(db, access, filter, range, dimension);
      await readActivity(db, { access, filter }, range, 'user_id');
    }
    await lastActiveQuarterHour(db, access, filter);
    expect(watched.statements().filter((text) => text.includes('request_logs'))).toEqual([]);
    expect(await watched.takeScans()).toEqual([]);
  });

  test('read the names of customers along an index, those of the last quarters and those before', async () => {
    for (const [from, to, count] of [
      ['2026-12-20', '2026-12-31', 5],
      ['2026-02-01', '2026-02-20', 50],
      ['2026-12-25', '2026-12-31', 5],
    ] as const) {
      const query = { 'filter[startTime][gte]': from, 'filter[startTime][lte]': to, q: 'customer' };
      const { data } = await pageEndUsers(watched.storage.db, query);
      expect(data.length).toBeGreaterThanOrEqual(Math.min(count, 5));
    }
    expect(watched.statements().filter((text) => text.includes('request_logs'))).toEqual([]);
    expect(await watched.takeScans()).toEqual([]);
  });

  test.each([
    ['everybody’s', everybody, null],
    ['one’s own', own, null],
    ['a key’s', everybody, hash(8)],
  ])('read the newest requests, %s, in order from an index', async (_whose, access, keyHash) => {
    const { db } = watched.storage;
    const filter = { userId: null, keyHashes: keyHash === null ? null : [keyHash], limit: 20 };
    const rows = await listRequestRows(db, access, { ...filter, before: null });
    const last = rows.at(-1);
    expect(last).toBeDefined();
    const before = { startedAt: last?.started_at ?? 0, requestId: last?.request_id ?? '' };
    await listRequestRows(db, access, { ...filter, before });
    await lastActivityAt(db, access, { ...everythingWithinReach, keyHashes: keyHash === null ? null : [keyHash] });
    // All rows fetched and then sorted, only to show the first few.
    for (const plan of await watched.plans()) expect(plan).not.toMatch(/USE TEMP B-TREE FOR ORDER BY|"Sort"/);
    expect(await watched.takeScans()).toEqual([]);
  });

  test('read the newest requests of a key under all its secrets along the index of each', async () => {
    const { db } = watched.storage;
    const filter = { userId: null, keyHashes: [hash(8), hash(10), hash(12)], limit: 20, before: null };
    const newest = requests.filter((request) => filter.keyHashes.includes(request.key_hash)).reverse();
    const rows = await listRequestRows(db, everybody, filter);
    expect(rows.map((row) => row.request_id)).toEqual(newest.slice(0, 20).map((request) => request.request_id));
    expect(await watched.takeScans()).toEqual([]);
  });
});
