import type { Kysely } from 'kysely';
import type { DetailedLimitColumns } from './detailed-limits.table.ts';

/** Adds columns of `DetailedLimitColumns` to a table; who is there already has no such limit. */
export async function addDetailedLimits(
  db: Kysely<unknown>,
  table: string,
  names: readonly (keyof DetailedLimitColumns)[],
): Promise<void> {
  // One column at a time: SQLite adds no more in one statement.
  for (const name of names) {
    const initial = name === 'budget_limits' ? '[]' : '{}';
    await db.schema
      .alterTable(table)
      .addColumn(name, 'text', (column) => column.notNull().defaultTo(initial))
      .execute();
  }
}
