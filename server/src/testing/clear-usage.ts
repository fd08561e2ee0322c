import type { Kysely } from 'kysely';
import '../ledger/ledger.table.ts';
import '../ledger/running-totals.table.ts';
import type { Database } from '../storage/database.ts';

/** Empties the request log, the rollups and the running totals. */
export async function clearUsage(db: Kysely<Database>): Promise<void> {
  for (const table of [
    'request_logs',
    'usage_rollups',
    'tag_rollups',
    'customer_rollups',
    'organization_rollups',
    'usage_series',
    'running_totals',
    'month_totals',
  ] as const) {
    await db.deleteFrom(table).execute();
  }
  await db.updateTable('usage_closing').set({ closed_until: 0 }).execute();
}
