import { sql } from 'kysely';
import type { Storage } from '../../storage/open-storage.ts';

/** The rows of every table at one moment. */
export interface DatabaseSnapshot {
  /** The tables of which any row is another than it was. */
  changedTables(): Promise<string[]>;
  /** Makes these tables what they were. */
  restore(changed: readonly string[]): Promise<void>;
}

type Rows = Record<string, unknown>[];

/** Remembers every row of a SQLite database. */
export async function takeSnapshot({ db }: Storage): Promise<DatabaseSnapshot> {
  const readTable = async (name: string): Promise<Rows> =>
    (await sql<Record<string, unknown>>`select * from ${sql.table(name)} order by rowid`.execute(db)).rows;
  const remembered = new Map<string, { rows: Rows; text: string }>();
  for (const name of await tableNames(db)) {
    const rows = await readTable(name);
    remembered.set(name, { rows, text: JSON.stringify(rows) });
  }
  let changesSeen = await totalChanges(db);

  async function changedTables(): Promise<string[]> {
    // The database counts every row that was ever written, those of writes that were taken back too.
    const changes = await totalChanges(db);
    if (changes === changesSeen) return [];
    const changed: string[] = [];
    for (const [name, { text }] of remembered) {
      if (JSON.stringify(await readTable(name)) !== text) changed.push(name);
    }
    if (changed.length === 0) changesSeen = changes;
    return changed;
  }

  return {
    changedTables,
    async restore(changed) {
      // Else a row of one table would take rows of another along, even of one that is as it was.
      await sql`pragma foreign_keys = off`.execute(db);
      await db.transaction().execute(async (tx) => {
        for (const name of changed) await replaceRows(tx, name, remembered.get(name)?.rows ?? []);
      });
      await sql`pragma foreign_keys = on`.execute(db);
      changesSeen = await totalChanges(db);
    },
  };
}

async function replaceRows(db: Storage['db'], name: string, rows: Rows): Promise<void> {
  await sql`delete from ${sql.table(name)}`.execute(db);
  for (const row of rows) {
    const columns = sql.join(Object.keys(row).map((column) => sql.ref(column)));
    await sql`insert into ${sql.table(name)} (${columns}) values (${sql.join(Object.values(row))})`.execute(db);
  }
}

/** Every table of the product, without those in which migrations are written down. */
export async function tableNames(db: Storage['db']): Promise<string[]> {
  const tables = await db.introspection.getTables();
  return tables.filter((table) => !table.isView).map((table) => table.name);
}

async function totalChanges(db: Storage['db']): Promise<number> {
  const { rows } = await sql<{ changes: number }>`select total_changes() as changes`.execute(db);
  return rows[0]?.changes ?? 0;
}
