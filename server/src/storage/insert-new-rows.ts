import type BetterSqlite3 from 'better-sqlite3';
import { sql, type Transaction } from 'kysely';
import type { Database } from './database.ts';

/**
 * Inserts rows into a table in bulk; rows whose key is there already change nothing. The one query that is written
 * for each engine, since it runs for every answer: rows that pass through the query builder cost SQLite five times
 * what they cost one prepared statement that is run for each.
 * @param rows all with the columns of the first.
 * @returns the keys of the rows that were new.
 */
export type InsertNewRows = <Table extends keyof Database>(
  tx: Transaction<Database>,
  table: Table,
  key: keyof Database[Table] & string,
  rows: readonly (Database[Table] & object)[],
) => Promise<Set<string>>;

/** SQLite works on the thread that serves requests: after so many rows, some three milliseconds, they have their turn. */
const rowsPerTurn = 250;

/**
 * For SQLite. It has one connection, so what is run on it while `tx` is open belongs to `tx`: also what runs between
 * two turns of this, since every other query waits for the connection.
 */
export function insertNewRowsIntoSqlite(prepare: (text: string) => BetterSqlite3.Statement): InsertNewRows {
  return async (_tx, table, key, rows) => {
    const columns = Object.keys(rows[0] ?? {});
    const text = `insert into "${table}" (${columns.map((column) => `"${column}"`).join()}) values (${columns.map(() => '?').join()}) on conflict ("${key}") do nothing`;
    const statement = prepare(text);
    const inserted = new Set<string>();
    const values = new Array<ColumnValue>(columns.length);
    for (const [position, row] of rows.entries()) {
      for (let index = 0; index < columns.length; index += 1) values[index] = valueIn(row, columns[index]);
      if (statement.run(values).changes > 0) inserted.add(String(valueIn(row, key)));
      if ((position + 1) % rowsPerTurn === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    return inserted;
  };
}

/** For PostgreSQL: one statement, since there a round trip is what costs. */
export const insertNewRowsIntoPostgres: InsertNewRows = async (tx, table, key, rows) => {
  const columns = Object.keys(rows[0] ?? {});
  const values = rows.map((row) => sql`(${sql.join(columns.map((column) => valueIn(row, column)))})`);
  const { rows: inserted } = await sql<{ key: string }>`
    insert into ${sql.table(table)} (${sql.join(columns.map((column) => sql.ref(column)))})
    values ${sql.join(values)} on conflict (${sql.ref(key)}) do nothing returning ${sql.ref(key)} as key
  `.execute(tx);
  return new Set(inserted.map((row) => row.key));
};

type ColumnValue = string | number | null;

function valueIn(row: object, column = ''): ColumnValue {
  return (row as Readonly<Record<string, ColumnValue>>)[column] ?? null;
}
