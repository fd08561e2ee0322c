import { sql } from 'kysely';
import type { Storage } from '../../storage/open-storage.ts';
import { closeYear } from './close-year.ts';
import { dialectOf } from './dialect.ts';
import type { Filling, Sizes } from './filling.ts';
import { peopleStatements } from './people.ts';
import { requestStatements, rollupStatements } from './requests.ts';

const rowsAtATime = 250_000;

/**
 * Fills a migrated, empty database with people, keys, and the requests of the 365 days before `endsAt`. The same on
 * both engines to the last digit. Some keys, people and teams are far busier than others.
 */
export async function fillDatabase(storage: Storage, sizes: Sizes, endsAt: number): Promise<void> {
  const { db, engine } = storage;
  if (engine === 'sqlite') {
    await sql`pragma synchronous = off`.execute(db);
    await sql`pragma cache_size = -1000000`.execute(db);
    // SQLite would rather make an index of its own for a join, over columns that hardly tell series apart, than use the
    // one that tells them all apart: with millions of rows that takes hours.
    await sql`pragma automatic_index = off`.execute(db);
  }
  await fill(storage, peopleStatements(sizes, endsAt));
  await withoutIndexes(storage, ['request_logs', 'audit_log'], () => fill(storage, requestStatements(sizes, endsAt)));
  await withoutIndexes(storage, ['usage_rollups', 'tag_rollups', 'customer_rollups'], () =>
    fill(storage, rollupStatements(endsAt)),
  );
  await timed('running totals', () => closeYear(db, endsAt));
  await timed('statistics', async () => {
    await (engine === 'sqlite' ? sql`analyze` : sql`vacuum analyze`).execute(db);
  });
  if (engine === 'sqlite') {
    await sql`pragma synchronous = normal`.execute(db);
    await sql`pragma automatic_index = on`.execute(db);
  }
}

async function fill({ db, engine }: Storage, fillings: readonly Filling[]): Promise<void> {
  for (const { what, rows, statement } of fillings) {
    await timed(`${what}${rows > 1 ? `: ${rows.toLocaleString('en')}` : ''}`, async () => {
      for (let first = 0; first < rows; first += rowsAtATime) {
        await statement(dialectOf(engine), first, Math.min(rows, first + rowsAtATime)).execute(db);
      }
    });
  }
}

/** An index is built faster over a table that is full than row by row. */
async function withoutIndexes(storage: Storage, tables: readonly string[], action: () => Promise<void>): Promise<void> {
  const indexes = await listIndexes(storage, tables);
  for (const { name } of indexes) await sql`drop index ${sql.ref(name)}`.execute(storage.db);
  await action();
  await timed(`${indexes.length} indexes`, async () => {
    for (const { definition } of indexes) await sql.raw(definition).execute(storage.db);
  });
}

interface IndexRow {
  readonly name: string;
  readonly definition: string;
}

async function listIndexes({ db, engine }: Storage, tables: readonly string[]): Promise<IndexRow[]> {
  const names = sql.join(tables.map((table) => sql.lit(table)));
  const { rows } = await (engine === 'sqlite'
    ? sql<IndexRow>`select name, sql as definition from sqlite_master
        where type = 'index' and sql is not null and tbl_name in (${names})`
    : sql<IndexRow>`select indexname as name, indexdef as definition from pg_indexes
        where tablename in (${names}) and indexname not like '%_pk' and indexname not like '%_pkey'`
  ).execute(db);
  return rows;
}

async function timed(what: string, action: () => Promise<void>): Promise<void> {
  const start = performance.now();
  await action();
  console.log(`  ${what}, ${((performance.now() - start) / 1_000).toFixed(1)} s`);
}
