import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Database } from '../storage/database.ts';

/** What callers send to find it again in the log beside their calls. A constant default rewrites no row on either engine. */
export const logMetadata: Migration = {
  async up(db: Kysely<Database>) {
    await db.schema
      .alterTable('request_logs')
      .addColumn('spend_logs_metadata', 'text', (column) => column.notNull().defaultTo(''))
      .execute();
  },
};
