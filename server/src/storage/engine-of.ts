import { type Kysely, PostgresAdapter } from 'kysely';
import type { Database } from './database.ts';

/** The engine behind a database or a transaction, for the few statements that the two must be told differently. */
export function engineOf(db: Kysely<Database>): 'sqlite' | 'postgres' {
  return db.getExecutor().adapter instanceof PostgresAdapter ? 'postgres' : 'sqlite';
}
