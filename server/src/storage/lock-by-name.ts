import { type Kysely, PostgresAdapter, sql } from 'kysely';
import type { Database } from './database.ts';

/**
 * Waits until nobody else holds a name, and holds it until the transaction ends. For writes about one thing that must
 * not run at once: a lock of the thing's row would also stand in the way of the books, which lock rows in an order of
 * their own. Take names before rows. SQLite has one writer at a time, so there is nothing to wait for.
 */
export async function lockByName(tx: Kysely<Database>, name: string): Promise<void> {
  if (!(tx.getExecutor().adapter instanceof PostgresAdapter)) return;
  await sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(tx);
}
