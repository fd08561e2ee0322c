import type { Migrations } from '../../storage/open-storage.ts';

/** Authenticator apps, recovery codes and passkeys. */
export const secondFactorMigrations: Migrations = {
  '0111-second-factors': {
    async up(db) {
      await db.schema
        .createTable('totp')
        .addColumn('user_id', 'text', (column) => column.primaryKey().references('users.user_id').onDelete('cascade'))
        .addColumn('sealed_secret', 'text', (column) => column.notNull())
        .addColumn('confirmed_at', 'bigint')
        .addColumn('last_used_step', 'bigint', (column) => column.notNull())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('recovery_codes')
        .addColumn('user_id', 'text', (column) => column.notNull().references('users.user_id').onDelete('cascade'))
        .addColumn('code_hash', 'text', (column) => column.notNull())
        .addColumn('used_at', 'bigint')
        .addPrimaryKeyConstraint('recovery_codes_key', ['user_id', 'code_hash'])
        .execute();
      await db.schema
        .createTable('passkeys')
        .addColumn('passkey_id', 'text', (column) => column.primaryKey())
        .addColumn('user_id', 'text', (column) => column.notNull().references('users.user_id').onDelete('cascade'))
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('public_key', 'text', (column) => column.notNull())
        .addColumn('signature_count', 'bigint', (column) => column.notNull())
        .addColumn('transports', 'text', (column) => column.notNull())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('last_used_at', 'bigint')
        .execute();
      await db.schema.createIndex('passkeys_by_user').on('passkeys').columns(['user_id', 'created_at']).execute();
      await db.schema
        .createTable('used_passkey_challenges')
        .addColumn('challenge_hash', 'text', (column) => column.primaryKey())
        .addColumn('expires_at', 'bigint', (column) => column.notNull())
        .execute();
    },
  },
};
