import { type Kysely, sql } from 'kysely';
import type { Database } from './database.ts';
import { engineOf } from './engine-of.ts';

/**
 * Waits until nobody else holds a name, and holds it until the transaction ends. For writes about one thing that must
 * not run at once: a lock of the thing's row would also stand in the way of the books, which lock rows in an order of
 * their own. Take names before rows. SQLite has one writer at a time, so there is nothing to wait for.
 * @param hold `shared` lets others share the name, and keeps out who wants it alone.
 */
export async function lockByName(
  tx: Kysely<Database>,
  name: string,
  hold: 'alone' | 'shared' = 'alone',
): Promise<void> {
  if (engineOf(tx) === 'sqlite') return;
  const lock = hold === 'alone' ? sql`pg_advisory_xact_lock` : sql`pg_advisory_xact_lock_shared`;
  await sql`select ${lock}(hashtextextended(${name}, 0))`.execute(tx);
}
