import fc from 'fast-check';
import { sql } from 'kysely';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { type Access, masterPrincipal } from '../../access/principal.ts';
import { addRollups, addSparseRollups, rollupOf } from '../../ledger/add-rollups.ts';
import { closeNextQuarters } from '../../ledger/close-quarters.ts';
import type { JournalEntry } from '../../ledger/journal.ts';
import type { Storage } from '../../storage/open-storage.ts';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { journalEntry } from '../../testing/journal-entry.ts';
import { type WatchedStorage, watchStorage } from '../../testing/watch-plans.ts';
import { hashesOfKeys } from '../usage/replaced-keys.ts';
import { everyRequest, type SpendLogFilter } from './spend-log-filter.ts';
import { findSpendLog, findSpendLogs, type SpendLogPage } from './spend-logs.store.ts';

const dayMs = 86_400_000;
const firstDay = Date.parse('2026-01-01T00:00:00Z');
const days = 60;
/** What is after it is not closed yet. */
const closedUntil = firstDay + 55 * dayMs;
const everybody: Access = { principal: masterPrincipal, reach: 'all', roleReach: 'all' };
const own: Access = {
  principal: { ...masterPrincipal, kind: 'session', role: 'internal_user', userId: 'user-3' },
  reach: 'own',
  roleReach: 'own',
};

/** Four times as many as are looked through here for what no index knows. */
const mostSearched = 2_000;
const requests: readonly JournalEntry[] = Array.from({ length: 8_000 }, (_, index) => {
  const person = index % 7;
  const at = firstDay + Math.floor((index * days * dayMs) / 8_000);
  const isFailure = index % 31 === 0;
  return journalEntry({
    request_id: `call-${String((index * 7_919) % 8_000).padStart(5, '0')}`,
    response_id: `answer-${index}`,
    // The secret of key 3 was replaced in the middle.
    key_hash: person === 3 ? (at < firstDay + 30 * dayMs ? 'key-3-earlier' : 'key-3') : `key-${person}`,
    user_id: `user-${person}`,
    team_id: index % 2 === 0 ? `team-${person % 2}` : '',
    end_user: index % 11 === 0 ? `customer-${index % 3}` : '',
    model_group: index % 401 === 0 ? 'rare' : 'gpt',
    model: index % 13 === 0 ? 'rare' : 'gpt-2026',
    status: isFailure ? 'failure' : 'success',
    http_status: isFailure ? 500 : 200,
    error_message: isFailure ? `Overloaded ${index % 5}` : null,
    spend_nano_usd: ((index * 31) % 977) * 1_000,
    prompt_tokens: (index * 17) % 501,
    started_at: at,
    ended_at: at + ((index * 13) % 90_000),
    session_id: index % 50 === 0 ? 'long-chat' : '',
  });
});

describeOnEachEngine('The request log', (openTestStorage) => {
  let storage: Storage;
  let watched: WatchedStorage;

  beforeAll(async () => {
    storage = await openTestStorage();
    const { db } = storage;
    for (let start = 0; start < requests.length; start += 500) {
      const slice = requests.slice(start, start + 500);
      await addRollups(db, slice.map(rollupOf));
      await addSparseRollups(db, slice);
      await db.insertInto('request_logs').values(slice).execute();
    }
    await db
      .insertInto('previous_key_hashes')
      .values(
        ['key-3', ...Array.from({ length: 300 }, (_, index) => `other-key-${index}`)].map((hash) => ({
          previous_hash: `${hash}-earlier`,
          key_hash: hash,
          replaced_at: firstDay,
          valid_until: firstDay,
        })),
      )
      .execute();
    while (await closeNextQuarters(db, closedUntil));
    await sql`analyze`.execute(db);
    watched = watchStorage(storage, { asIfLarge: true });
  }, 240_000);
  beforeEach(() => watched.takeScans());

  const wanted = fc.record({
    userId: fc.constantFrom(null, null, 'user-3', 'user-5'),
    keyHashes: fc.constantFrom(null, null, ['key-3'], ['key-1']),
    teamId: fc.constantFrom(null, null, 'team-1'),
    model: fc.constantFrom(null, null, 'rare', 'gpt'),
    modelGroup: fc.constantFrom(null, null, null, 'rare'),
    status: fc.constantFrom(null, null, 'success' as const, 'failure' as const),
    endUser: fc.constantFrom(null, null, null, 'customer-2'),
    from: fc.integer({ min: 0, max: days * dayMs }),
    isWholeRange: fc.boolean(),
    lengthMs: fc.integer({ min: 0, max: days * dayMs }),
  });
  const place = fc.record({
    isAscending: fc.boolean(),
    limit: fc.constantFrom(1, 20, 100),
    offset: fc.oneof(fc.nat(50), fc.nat(8_000)),
  });

  test('has on each page in the order of time what was asked for, and counts all of it, whatever the filters', async () => {
    const { db } = storage;
    await fc.assert(
      fc.asyncProperty(wanted, place, fc.boolean(), async ({ from, isWholeRange, lengthMs, ...some }, page, isOwn) => {
        const startsAt = isWholeRange ? firstDay : firstDay + from;
        const lastAt = isWholeRange ? firstDay + days * dayMs - 1 : startsAt + lengthMs;
        const userId = isOwn ? null : some.userId;
        const keyHashes = some.keyHashes && (await hashesOfKeys(db, some.keyHashes));
        const filter: SpendLogFilter = { ...everyRequest, ...some, userId, keyHashes, startsAt, lastAt };
        const expected = inOrder(
          requests.filter((entry) => isWanted(entry, { ...filter, userId: isOwn ? 'user-3' : userId })),
          page.isAscending,
        );
        const found = await findSpendLogs(db, isOwn ? own : everybody, filter, { sortBy: 'startTime', ...page });
        expect(found.total).toBe(expected.length);
        expect(found.rows.map((row) => row.request_id)).toEqual(
          expected.slice(page.offset, page.offset + page.limit).map((entry) => entry.request_id),
        );
        expect(found.searched).toBeNull();
      }),
      { numRuns: 60 },
    );
  }, 240_000);

  const newest: SpendLogPage = { sortBy: 'startTime', isAscending: false, limit: 20, offset: 0 };
  const wholeRange = { ...everyRequest, startsAt: firstDay, lastAt: firstDay + days * dayMs - 1 };
  const details = {
    modelId: null,
    keyAliasContains: null,
    httpStatus: null,
    errorContains: null,
    minSpendNanoUsd: null,
    maxSpendNanoUsd: null,
  };

  test('is looked through for the largest up to a bound, and tells how far', async () => {
    const inTime = inOrder(requests, false);
    const largest = (entries: readonly JournalEntry[]) =>
      entries
        .toSorted(
          (one, other) => other.spend_nano_usd - one.spend_nano_usd || (one.request_id < other.request_id ? 1 : -1),
        )
        .slice(0, 20)
        .map((entry) => entry.request_id);
    const bySpend = { ...newest, sortBy: 'spend' } as const;
    const edge = inTime[mostSearched - 1]?.started_at ?? 0;
    const all = await findSpendLogs(storage.db, everybody, wholeRange, bySpend, mostSearched);
    expect(all.searched).toEqual({ startsAt: edge, lastAt: wholeRange.lastAt });
    expect(all.total).toBe(mostSearched);
    expect(all.rows.map((row) => row.request_id)).toEqual(largest(inTime.slice(0, mostSearched)));
    // The rest is found by asking for the time before.
    const rest = await findSpendLogs(storage.db, everybody, { ...wholeRange, lastAt: edge - 1 }, bySpend, mostSearched);
    expect(rest.total).toBe(mostSearched);
    expect(rest.rows.map((row) => row.request_id)).toEqual(largest(inTime.slice(mostSearched, 2 * mostSearched)));
    // Of one person there are fewer: nothing is left out.
    const ofOne = await findSpendLogs(storage.db, own, wholeRange, bySpend, mostSearched);
    expect(ofOne.searched).toBeNull();
    expect(ofOne.rows.map((row) => row.request_id)).toEqual(
      largest(requests.filter((entry) => entry.user_id === 'user-3')),
    );
  });

  test('finds errors among failures, and what no index knows among the oldest where those come first', async () => {
    const overloaded = {
      ...wholeRange,
      status: 'failure' as const,
      details: { ...details, errorContains: 'overLOADED 3' },
    };
    const failures = requests.filter((entry) => entry.error_message === 'Overloaded 3');
    const errors = await findSpendLogs(storage.db, everybody, overloaded, newest, mostSearched);
    expect([errors.total, errors.searched]).toEqual([failures.length, null]);
    const cheap = { ...wholeRange, details: { ...details, maxSpendNanoUsd: 0 } };
    const found = await findSpendLogs(storage.db, everybody, cheap, { ...newest, isAscending: true }, mostSearched);
    const oldest = inOrder(requests, true).slice(0, mostSearched);
    expect(found.searched?.lastAt).toBe(oldest.at(-1)?.started_at);
    expect(found.rows.map((row) => row.request_id)).toEqual(
      oldest
        .filter((entry) => entry.spend_nano_usd === 0)
        .slice(0, 20)
        .map((entry) => entry.request_id),
    );
  });

  test('knows the aliases of keys of today, and of those whose secret was replaced or that were deleted', async () => {
    const { db } = storage;
    const contained = { ...wholeRange, details: { ...details, keyAliasContains: 'P-%' } };
    expect((await findSpendLogs(db, everybody, contained, newest)).total).toBe(0);
    await sql`insert into keys (key_hash, key_alias, deleted_at, key_name, created_at, created_by, updated_at, updated_by)
      values ('key-3', 'Lap-%-top', null, '', 0, '', 0, ''), ('key-5', 'lap-%', ${firstDay}, '', 0, '', 0, ''),
        ('key-6', 'lap-top', null, '', 0, '', 0, '')`.execute(db);
    const ofKeys = (entry: JournalEntry) => ['key-3', 'key-3-earlier', 'key-5'].includes(entry.key_hash);
    const wanted = inOrder(requests.filter(ofKeys), false);
    expect(wanted.some((entry) => entry.key_hash === 'key-3-earlier')).toBe(true);
    const found = await findSpendLogs(db, everybody, contained, newest);
    expect(found.total).toBe(wanted.length);
    expect(found.rows.map((row) => row.request_id)).toEqual(wanted.slice(0, 20).map((entry) => entry.request_id));
    // With a key as well, both hold.
    const ofOne = await findSpendLogs(db, everybody, { ...contained, keyHashes: ['key-5', 'key-7'] }, newest);
    expect(ofOne.total).toBe(requests.filter((entry) => entry.key_hash === 'key-5').length);
    await db.deleteFrom('keys').execute();
  });

  test.each<[string, Access, Partial<SpendLogFilter>]>([
    ['everybody’s', everybody, {}],
    ['one’s own', own, {}],
    ['a team’s', everybody, { teamId: 'team-1' }],
    ['a key’s, whose secret was replaced', everybody, { keyHashes: ['key-3', 'key-3-earlier'] }],
    ['one’s own with a key', own, { keyHashes: ['key-3', 'key-3-earlier'] }],
    ['one’s own in a team', own, { teamId: 'team-1' }],
    ['a model’s', everybody, { model: 'rare' }],
    ['a team’s of a model', everybody, { teamId: 'team-1', modelGroup: 'rare' }],
    ['failures', everybody, { status: 'failure' }],
    ['one’s own failures', own, { status: 'failure' }],
    ['a customer’s', everybody, { endUser: 'customer-2' }],
    ['a session’s', everybody, { sessionId: 'long-chat' }],
    ['one', everybody, { requestId: 'answer-7' }],
    ['errors', everybody, { status: 'failure', details: { ...details, errorContains: 'nothing like it' } }],
    ['dear ones', everybody, { details: { ...details, minSpendNanoUsd: 900_000 } }],
    ['those of an alias', own, { details: { ...details, keyAliasContains: 'laptop' } }],
  ])('is never read as a whole: %s', async (_what, access, narrowed) => {
    const { db } = watched.storage;
    const filter = { ...wholeRange, ...narrowed };
    for (const sortBy of ['startTime', 'endTime', 'spend', 'total_tokens'] as const) {
      await findSpendLogs(db, access, filter, { ...newest, sortBy }, mostSearched);
      await findSpendLogs(db, access, filter, { ...newest, sortBy, isAscending: true, offset: 1_500 }, mostSearched);
    }
    await findSpendLog(db, access, 'answer-7');
    expect(await watched.takeScans()).toEqual([]);
  });
});

function isWanted(entry: JournalEntry, filter: SpendLogFilter): boolean {
  const { userId, keyHashes, teamId, model, modelGroup, status, endUser } = filter;
  return (
    entry.started_at >= filter.startsAt &&
    entry.started_at <= filter.lastAt &&
    (userId === null || entry.user_id === userId) &&
    (keyHashes === null || keyHashes.includes(entry.key_hash)) &&
    (teamId === null || entry.team_id === teamId) &&
    (model === null || entry.model === model || entry.model_group === model) &&
    (modelGroup === null || entry.model_group === modelGroup) &&
    (status === null || entry.status === status) &&
    (endUser === null || entry.end_user === endUser)
  );
}

function inOrder(entries: readonly JournalEntry[], isAscending: boolean): JournalEntry[] {
  const direction = isAscending ? 1 : -1;
  return entries.toSorted(
    (one, other) => (one.started_at - other.started_at || (one.request_id < other.request_id ? -1 : 1)) * direction,
  );
}
