import type { Kysely } from 'kysely';
import type { Database } from '../storage/database.ts';
import { lockByName } from '../storage/lock-by-name.ts';

/**
 * Keeps folds out of the transaction of who sets the spend of many rows back. A fold locks the rows of its keys, teams
 * and people in the order of their names; a statement over many rows locks them in the order in which it finds them,
 * and the two would wait for each other. Folds share the books, and so do not wait for one another.
 */
export function lockBooks(tx: Kysely<Database>, hold: 'alone' | 'shared'): Promise<void> {
  return lockByName(tx, 'books', hold);
}
