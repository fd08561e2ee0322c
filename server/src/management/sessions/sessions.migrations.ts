import type { Migrations } from '../../storage/open-storage.ts';

/** Sessions, and the counters that throttle guessing. */
export const sessionMigrations: Migrations = {
  '0006-sessions': {
    async up(db) {
      await db.schema
        .createTable('sessions')
        .addColumn('session_hash', 'text', (column) => column.primaryKey())
        .addColumn('user_id', 'text', (column) => column.notNull().references('users.user_id').onDelete('cascade'))
        .addColumn('login_method', 'text', (column) => column.notNull())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('last_seen_at', 'bigint', (column) => column.notNull())
        .addColumn('expires_at', 'bigint', (column) => column.notNull())
        .addColumn('revoked_at', 'bigint')
        .addColumn('ip', 'text', (column) => column.notNull())
        .addColumn('user_agent', 'text', (column) => column.notNull())
        .execute();
      await db.schema.createIndex('sessions_by_user').on('sessions').columns(['user_id', 'created_at']).execute();
      await db.schema
        .createTable('sign_in_failures')
        .addColumn('subject', 'text', (column) => column.primaryKey())
        .addColumn('window_started_at', 'bigint', (column) => column.notNull())
        .addColumn('failures', 'bigint', (column) => column.notNull())
        .execute();
    },
  },
};
