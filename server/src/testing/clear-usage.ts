import type { Kysely } from 'kysely';
import '../ledger/ledger.table.ts';
import type { Database } from '../storage/database.ts';

/** Empties the request log and every rollup. */
export async function clearUsage(db: Kysely<Database>): Promise<void> {
  for (const table of [
    'request_logs',
    'usage_rollups',
    'usage_rollups_by_day',
    'overall_rollups',
    'overall_rollups_by_day',
    'tag_rollups',
    'customer_rollups',
  ] as const) {
    await db.deleteFrom(table).execute();
  }
}
