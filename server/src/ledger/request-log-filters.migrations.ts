import { type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Database } from '../storage/database.ts';

/**
 * What requests are looked for by and few of them have: a failure, a customer, a session. Each index holds only the
 * requests that have it, so the others cost nothing.
 */
export const requestLogFilters: Migration = {
  async up(db: Kysely<Database>) {
    await db.schema
      .alterTable('request_logs')
      .addColumn('session_id', 'text', (column) => column.notNull().defaultTo(''))
      .execute();
    const inTime = ['started_at', 'request_id'];
    const indexes: [name: string, columns: string[], holds: RawBuilder<SqlBool>][] = [
      ['request_logs_of_failures', inTime, sql`status = 'failure'`],
      ['request_logs_of_rate_limits', ['started_at', 'model_group', 'api_base', 'user_id'], sql`http_status = 429`],
      ['request_logs_of_customers', ['end_user', ...inTime], sql`end_user <> ''`],
      ['request_logs_of_sessions', ['session_id', ...inTime], sql`session_id <> ''`],
    ];
    for (const [name, columns, holds] of indexes) {
      await db.schema.createIndex(name).on('request_logs').columns(columns).where(holds).execute();
    }
  },
};
