import type { Migrations } from '../../storage/open-storage.ts';

/** Links with which people set a new password. */
export const passwordResetMigrations: Migrations = {
  '0112-password-resets': {
    async up(db) {
      await db.schema
        .createTable('password_resets')
        .addColumn('token_hash', 'text', (column) => column.primaryKey())
        .addColumn('user_id', 'text', (column) => column.notNull().references('users.user_id').onDelete('cascade'))
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('created_by', 'text', (column) => column.notNull())
        .addColumn('expires_at', 'bigint', (column) => column.notNull())
        .addColumn('used_at', 'bigint')
        .addColumn('revoked_at', 'bigint')
        .execute();
      await db.schema
        .createIndex('password_resets_by_user')
        .on('password_resets')
        .columns(['user_id', 'created_at'])
        .execute();
    },
  },
};
