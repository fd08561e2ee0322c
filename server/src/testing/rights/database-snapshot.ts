import { sql } from 'kysely';
import type { Storage } from '../../storage/open-storage.ts';

/** The rows of every table at one moment. */
export interface DatabaseSnapshot {
  /** The tables of which any row is another than it was. */
  changedTables(): Promise<string[]>;
  /** A number that grows with every write to the database, also with those that were taken back. */
  writesSoFar(): Promise<string>;
  /** Makes these tables what they were. */
  restore(changed: readonly string[]): Promise<void>;
}

/** Remembers every row of a database. */
export async function takeSnapshot({ db, engine }: Storage): Promise<DatabaseSnapshot> {
  // What is searched in follows its table by triggers, which work on SQLite while tables are put back, not on Postgres.
  const isKeptByTriggers = (name: string) => engine === 'sqlite' && name.startsWith('key_search');
  const tables = (await db.introspection.getTables()).filter(({ isView, name }) => !isView && !isKeptByTriggers(name));
  // Every table as a text, in one query: it is asked thousands of times.
  const asTexts = tables
    .map(({ name, columns }) => {
      const quoted = columns.map((column) => `quote("${column.name}")`).join();
      return engine === 'sqlite'
        ? `select '${name}' as name, (select json_group_array(json_array(${quoted})) from "${name}") as text`
        : `select '${name}' as name, (select string_agg(t::text, ' ' order by t::text) from "${name}" t) as text`;
    })
    .join(' union all ');
  const readTexts = async () => {
    const { rows } = await sql.raw<{ name: string; text: string | null }>(asTexts).execute(db);
    return new Map(rows.map(({ name, text }) => [name, text]));
  };
  // SQLite counts every row that was ever written, Postgres every transaction that wrote; those taken back too.
  const writesSoFar = async (): Promise<string> => {
    const { rows } = await (engine === 'sqlite'
      ? sql<{ writes: string }>`select cast(total_changes() as text) as writes`
      : sql<{ writes: string }>`select pg_snapshot_xmax(pg_current_snapshot())::text as writes`
    ).execute(db);
    return rows[0]?.writes ?? '';
  };

  // Copies beside the tables, so that a table is put back by one statement.
  await (engine === 'sqlite'
    ? sql`attach ':memory:' as remembered`.execute(db)
    : sql`create schema remembered`.execute(db));
  for (const { name } of tables) {
    await sql`create table ${copyOf(name)} as select * from ${sql.table(name)}`.execute(db);
  }
  const texts = await readTexts();
  let writesSeen = await writesSoFar();
  return {
    writesSoFar,
    async changedTables() {
      const writes = await writesSoFar();
      if (writes === writesSeen) return [];
      const changed = [...(await readTexts())].filter(([name, text]) => text !== texts.get(name));
      if (changed.length === 0) writesSeen = writes;
      return changed.map(([name]) => name);
    },
    async restore(changed) {
      // Else a row of one table would take rows of another along, even of one that is as it was.
      if (engine === 'sqlite') await sql`pragma foreign_keys = off`.execute(db);
      await db.transaction().execute(async (tx) => {
        if (engine === 'postgres') await sql`set local session_replication_role = replica`.execute(tx);
        for (const name of changed) {
          await sql`delete from ${sql.table(name)}`.execute(tx);
          await sql`insert into ${sql.table(name)} select * from ${copyOf(name)}`.execute(tx);
        }
      });
      if (engine === 'sqlite') await sql`pragma foreign_keys = on`.execute(db);
      writesSeen = await writesSoFar();
    },
  };
}

function copyOf(table: string) {
  return sql.table(`remembered.${table}`);
}
