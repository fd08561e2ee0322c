import { type Kysely, sql } from 'kysely';
import { expect, test } from 'vitest';
import { migrations } from '../migrations.ts';
import type { Database } from '../storage/database.ts';
import { type Migrations, openStorage } from '../storage/open-storage.ts';
import { createEmptyDatabase, describeOnEachEngine } from '../testing/each-engine.ts';
import { journalEntry } from '../testing/journal-entry.ts';
import { rollupOf, rollupSums } from './add-rollups.ts';
import type { JournalEntry } from './journal.ts';
import { firstRollupSums } from './rollup-grains.migrations.ts';

/** What the log did not know at first. */
const added = [
  ...['organization_id', 'session_id', 'spend_logs_metadata', 'saved_ms', 'unreported_input_tokens'],
  ...['prompt_cache_saved_nano_usd', 'prompt_cache_premium_nano_usd'],
];
const addedSums = rollupSums.filter((sum) => !firstRollupSums.some((first) => first === sum));

function until(end: string): Migrations {
  return Object.fromEntries(Object.entries(migrations).filter(([name]) => name < end));
}

describeOnEachEngine('Books of an earlier version', (_openTestStorage, engine) => {
  const entries = [
    journalEntry({ end_user: 'acme', tags: '["a","b","a"]', cache_status: 'hit', saved_nano_usd: 7 }),
    journalEntry({ end_user: 'acme', tags: '["a",5]', cache_status: 'miss', status: 'failure' }),
    journalEntry({ tags: '["b"]', cache_status: 'bypass', started_at: 1_700_000_900_000, ended_at: 1_700_000_900_700 }),
    journalEntry(),
  ];

  test('are brought up to this one: what was counted is added up by tag and customer, what was not is 0', async () => {
    const database = await createEmptyDatabase(engine);
    const before = await openStorage({ url: database.url, migrations: until('0010') });
    for (const entry of entries) await insert(before.db, 'request_logs', without(entry, added));
    await insert(before.db, 'usage_rollups', without(sumOf(entries.slice(0, 2)), addedSums));
    await before.close();
    const storage = await openStorage({ url: database.url, migrations });
    const read = async (table: string, label: string) => {
      const { rows } = await sql<Record<string, number | string>>`select * from ${sql.table(table)}
        order by ${sql.ref(label)}, quarter_hour_at`.execute(storage.db);
      return rows;
    };
    expect(await read('customer_rollups', 'end_user')).toEqual([{ end_user: 'acme', ...sumOf(entries.slice(0, 2)) }]);
    expect(await read('tag_rollups', 'tag')).toEqual([
      { tag: 'a', ...sumOf(entries.slice(0, 2)) },
      { tag: 'b', ...sumOf(entries.slice(0, 1)) },
      { tag: 'b', ...sumOf(entries.slice(2, 3)) },
    ]);
    expect(await read('usage_rollups', 'key_hash')).toEqual([sumOf(entries.slice(0, 2))]);
    await storage.close();
    await database.drop();
  });
});

/** The rollup of a few answers of one quarter of an hour, as it was counted then. */
function sumOf(entries: readonly JournalEntry[]): Record<string, number | string> {
  const [first, ...more] = entries.map(rollupOf);
  if (!first) throw new Error('a sum of nothing has no labels');
  for (const row of more) for (const sum of rollupSums) first[sum] += row[sum];
  return { ...first, ...Object.fromEntries(addedSums.map((sum) => [sum, 0])) };
}

function without(row: object, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).filter(([name]) => !names.includes(name)));
}

async function insert(db: Kysely<Database>, table: string, row: Record<string, unknown>): Promise<void> {
  const names = Object.keys(row).map((name) => sql.ref(name));
  await sql`insert into ${sql.table(table)} (${sql.join(names)}) values (${sql.join(Object.values(row))})`.execute(db);
}
