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

/** Remembers every row of a database. */
export async function takeSnapshot({ db, engine }: Storage): Promise<DatabaseSnapshot> {
  const readTable = async (name: string): Promise<Rows> =>
    (await sql<Record<string, unknown>>`select * from ${sql.table(name)}`.execute(db)).rows;
  const remembered = new Map<string, { rows: Rows; text: string }>();
  for (const name of await tableNames(db)) {
    const rows = await readTable(name);
    remembered.set(name, { rows, text: textOf(rows) });
  }
  // SQLite counts every row that was ever written, Postgres every transaction that wrote; those taken back too.
  const writesSoFar = async (): Promise<string> => {
    const { rows } = await (engine === 'sqlite'
      ? sql<{ writes: string }>`select cast(total_changes() as text) as writes`
      : sql<{ writes: string }>`select pg_snapshot_xmax(pg_current_snapshot())::text as writes`
    ).execute(db);
    return rows[0]?.writes ?? '';
  };
  let writesSeen = await writesSoFar();

  async function changedTables(): Promise<string[]> {
    const writes = await writesSoFar();
    if (writes === writesSeen) return [];
    const changed: string[] = [];
    for (const [name, { text }] of remembered) {
      if (textOf(await readTable(name)) !== text) changed.push(name);
    }
    if (changed.length === 0) writesSeen = writes;
    return changed;
  }

  return {
    changedTables,
    async restore(changed) {
      // Else a row of one table would take rows of another along, even of one that is as it was.
      if (engine === 'sqlite') await sql`pragma foreign_keys = off`.execute(db);
      await db.transaction().execute(async (tx) => {
        if (engine === 'postgres') await sql`set local session_replication_role = replica`.execute(tx);
        for (const name of changed) await replaceRows(tx, name, remembered.get(name)?.rows ?? []);
      });
      if (engine === 'sqlite') await sql`pragma foreign_keys = on`.execute(db);
      writesSeen = await writesSoFar();
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

/** The rows in an order that does not depend on where the database keeps them. */
function textOf(rows: Rows): string {
  return JSON.stringify(rows.map((row) => JSON.stringify(row)).sort());
}
