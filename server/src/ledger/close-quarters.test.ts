import fc from 'fast-check';
import { type Kysely, sql } from 'kysely';
import { afterEach, beforeAll, expect, test } from 'vitest';
import type { Database } from '../storage/database.ts';
import type { Storage } from '../storage/open-storage.ts';
import { clearUsage } from '../testing/clear-usage.ts';
import { describeOnEachEngine } from '../testing/each-engine.ts';
import { journalEntry } from '../testing/journal-entry.ts';
import { quarterHourMs, rollupSums } from './add-rollups.ts';
import { closeNextQuarters } from './close-quarters.ts';
import { foldEntries } from './fold-entries.ts';
import type { JournalEntry } from './journal.ts';
import { seriesKinds } from './usage-series.ts';

const first = Date.parse('2026-10-31T20:00:00Z');
/** Around the end of a month. */
const quarters = 30;

describeOnEachEngine('Closing quarters of an hour', (openStorage) => {
  let db: Kysely<Database>;
  let storage: Storage;

  beforeAll(async () => {
    storage = await openStorage();
    db = storage.db;
  });
  afterEach(() => clearUsage(db));

  const fold = (entries: readonly JournalEntry[]) => foldEntries(storage, entries, async () => null);
  const closeUntil = async (at: number) => {
    while (await closeNextQuarters(db, at));
  };
  const closedUntil = async () =>
    (await db.selectFrom('usage_closing').select('closed_until').executeTakeFirstOrThrow()).closed_until;

  /** What is closed has added up to the rollups, for each kind of series. */
  async function expectTotalsOfRollups(): Promise<void> {
    const until = await closedUntil();
    for (const kind of seriesKinds) {
      const labels = kind.by.map((label) => sql.ref(label));
      const sums = rollupSums.map((sum) => sql`cast(sum(${sql.ref(sum)}) as bigint) as ${sql.ref(sum)}`);
      const { rows: expected } = await sql<Record<string, unknown>>`
        select ${sql.join([...labels, ...sums])} from ${sql.table(kind.from)} where quarter_hour_at < ${until}
        ${labels.length === 0 ? sql`having count(*) > 0` : sql`group by ${sql.join(labels)}`}`.execute(db);
      const totals = rollupSums.map((sum) => sql.ref(`totals.${sum}`));
      const { rows: found } = await sql<Record<string, unknown>>`
        select ${sql.join([...labels, ...totals])} from usage_series
        join running_totals as totals on totals.series_id = usage_series.series_id and totals.quarter_hour_at = (
          select max(quarter_hour_at) from running_totals
          where running_totals.series_id = usage_series.series_id and quarter_hour_at < ${until})
        where kind = ${kind.name}`.execute(db);
      expect(inOrder(found), kind.name).toEqual(inOrder(expected));
    }
  }

  const call = fc.record({
    quarter: fc.integer({ min: 0, max: quarters - 1 }),
    key_hash: fc.constantFrom('key-1', 'key-2'),
    user_id: fc.constantFrom('', 'user-1'),
    team_id: fc.constantFrom('', 'team-1'),
    model_group: fc.constantFrom('gpt', 'claude'),
    end_user: fc.constantFrom('', 'customer-1'),
    tags: fc.constantFrom('[]', '["a"]', '["a","b"]'),
    spend_nano_usd: fc.integer({ min: 0, max: 9_000_000_000 }),
  });
  /** Calls are folded in some order, and some quarters are closed in between, so calls come in late as well. */
  const history = fc.array(
    fc.oneof(
      { weight: 3, arbitrary: fc.array(call, { minLength: 1, maxLength: 5 }) },
      fc.integer({ min: 0, max: quarters + 2 }),
    ),
    { maxLength: 12 },
  );

  test('the running totals are those of the rollups, whatever comes late and however often a quarter is closed', async () => {
    let made = 0;
    await fc.assert(
      fc.asyncProperty(history, async (events) => {
        await clearUsage(db);
        for (const event of events) {
          if (typeof event === 'number') {
            await closeUntil(first + event * quarterHourMs);
            continue;
          }
          const entries = event.map(({ quarter, ...fields }) => {
            made += 1;
            return journalEntry({
              request_id: `request-${made}`,
              started_at: first + quarter * quarterHourMs + (made % quarterHourMs),
              ...fields,
            });
          });
          await fold(entries);
        }
        await expectTotalsOfRollups();
      }),
      { numRuns: 25 },
    );
  });

  test('nothing is missed that is folded while a quarter is closed', async () => {
    const folds = Array.from({ length: 40 }, (_, index) =>
      fold([
        journalEntry({
          started_at: first + (index % 4) * quarterHourMs,
          key_hash: `key-${index % 3}`,
          user_id: 'user-1',
        }),
      ]),
    );
    const closings = Array.from({ length: 12 }, (_, index) => closeUntil(first + (index % 6) * quarterHourMs));
    await Promise.all([...folds, ...closings]);
    await closeUntil(first + 10 * quarterHourMs);
    await expectTotalsOfRollups();
    const { requests } = await db
      .selectFrom('running_totals')
      .innerJoin('usage_series', 'usage_series.series_id', 'running_totals.series_id')
      .select(({ fn }) => fn.max('running_totals.requests').as('requests'))
      .where('kind', '=', 'house')
      .executeTakeFirstOrThrow();
    expect(requests).toBe(40);
  });

  test('each month of a key has what the key used in it', async () => {
    const monthEnd = Date.parse('2026-11-01T00:00:00Z');
    await fold([
      journalEntry({ request_id: 'october', key_hash: 'key-1', started_at: monthEnd - 1, spend_nano_usd: 5 }),
      journalEntry({ request_id: 'november', key_hash: 'key-1', started_at: monthEnd, spend_nano_usd: 70 }),
      journalEntry({ request_id: 'later', key_hash: 'key-1', started_at: monthEnd + 86_400_000, spend_nano_usd: 900 }),
    ]);
    await closeUntil(monthEnd + 5 * 86_400_000);
    const months = await db
      .selectFrom('month_totals')
      .select(['month_at', 'spend_nano_usd', 'requests'])
      .where('kind', '=', 'key')
      .orderBy('month_at')
      .execute();
    expect(months).toEqual([
      { month_at: Date.parse('2026-10-01T00:00:00Z'), spend_nano_usd: 5, requests: 1 },
      { month_at: monthEnd, spend_nano_usd: 970, requests: 2 },
    ]);
  });

  test('a quarter is closed some minutes after its end, and not before', async () => {
    await fold([journalEntry({ request_id: 'one', started_at: first })]);
    await closeUntil(first + quarterHourMs + 60_000);
    expect(await closedUntil()).toBe(first);
    await closeUntil(first + quarterHourMs + 6 * 60_000);
    expect(await closedUntil()).toBe(first + quarterHourMs);
  });

  test('a call that comes late opens its quarter again and those after it', async () => {
    await fold([journalEntry({ request_id: 'one', started_at: first })]);
    await closeUntil(first + 8 * quarterHourMs);
    await fold([journalEntry({ request_id: 'late', started_at: first + quarterHourMs })]);
    expect(await closedUntil()).toBe(first + quarterHourMs);
  });
});

function inOrder(rows: readonly Record<string, unknown>[]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}
