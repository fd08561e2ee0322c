import { sql } from 'kysely';
import type { Migrations } from '../../storage/open-storage.ts';
import { addDetailedLimits } from '../budgets/detailed-limits.migrations.ts';

/** The users' table. E-mail addresses are unique whatever their case. */
export const userMigrations: Migrations = {
  '0002-users': {
    async up(db) {
      await db.schema
        .createTable('users')
        .addColumn('user_id', 'text', (column) => column.primaryKey())
        .addColumn('user_email', 'text')
        .addColumn('user_alias', 'text')
        .addColumn('user_role', 'text', (column) => column.notNull())
        .addColumn('password_hash', 'text')
        .addColumn('password_reset_required_at', 'bigint')
        .addColumn('disabled_at', 'bigint')
        .addColumn('models', 'text', (column) => column.notNull().defaultTo('[]'))
        .addColumn('metadata', 'text', (column) => column.notNull().defaultTo('{}'))
        .addColumn('max_budget_nano_usd', 'bigint')
        .addColumn('budget_duration', 'text')
        .addColumn('budget_reset_at', 'bigint')
        .addColumn('spend_nano_usd', 'bigint', (column) => column.notNull().defaultTo(0))
        .addColumn('tpm_limit', 'bigint')
        .addColumn('rpm_limit', 'bigint')
        .addColumn('max_parallel_requests', 'bigint')
        .addColumn('last_active_at', 'bigint')
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('created_by', 'text', (column) => column.notNull())
        .addColumn('updated_at', 'bigint', (column) => column.notNull())
        .addColumn('updated_by', 'text', (column) => column.notNull())
        .execute();
      await sql`create unique index users_by_email on users (lower(user_email))`.execute(db);
      await db.schema.createIndex('users_by_creation').on('users').columns(['created_at', 'user_id']).execute();
      await db.schema.createIndex('users_by_budget_reset').on('users').columns(['budget_reset_at']).execute();
    },
  },
  '0062-user-detailed-limits': {
    async up(db) {
      await addDetailedLimits(db, 'users', ['model_max_budget', 'budget_limits', 'model_rpm_limit', 'model_tpm_limit']);
    },
  },
  '0120-chosen-addresses': {
    async up(db) {
      await db.schema.alterTable('users').addColumn('email_chosen_at', 'bigint').execute();
    },
  },
  '0132-user-list-indexes': {
    async up(db) {
      for (const [name, column] of [
        ['users_by_address', 'user_email'],
        ['users_by_alias', 'user_alias'],
        ['users_by_role', 'user_role'],
        ['users_by_spend', 'spend_nano_usd'],
      ] as const) {
        await db.schema.createIndex(name).on('users').columns([column, 'user_id']).execute();
      }
    },
  },
  '0133-user-names': {
    async up(db) {
      // What a text is looked for in: a row is five times as long.
      await db.schema.createIndex('users_by_id').on('users').columns(['user_id', 'user_email', 'user_alias']).execute();
    },
  },
};
