import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Database } from '../storage/database.ts';

const tablesOfSums = ['usage_rollups', 'tag_rollups', 'customer_rollups', 'organization_rollups', 'running_totals'];
const ofAnswers = [
  'saved_ms',
  'unreported_input_tokens',
  'prompt_cache_saved_nano_usd',
  'prompt_cache_premium_nano_usd',
];
const countsOfRequests = ['stale_cache_misses', 'cache_bypasses', 'uncacheable_requests'];

/**
 * What the providers' prompt caches saved and cost, and why the response cache did not answer. What was booked before
 * is 0: the prices of then are not in the books. It counts as reported by its provider, as it did until then.
 */
export const cacheSums: Migration = {
  async up(db: Kysely<Database>) {
    await addSums(db, 'request_logs', ofAnswers);
    for (const table of tablesOfSums) await addSums(db, table, [...countsOfRequests, ...ofAnswers]);
  },
};

/** One statement for each, since SQLite adds one column at a time. A constant default rewrites no row on either engine. */
async function addSums(db: Kysely<Database>, table: string, sums: readonly string[]): Promise<void> {
  for (const sum of sums) {
    await db.schema
      .alterTable(table)
      .addColumn(sum, 'bigint', (column) => column.notNull().defaultTo(0))
      .execute();
  }
}
