import { sql } from 'kysely';
import type { Migrations } from '../../storage/open-storage.ts';
import { addDetailedLimits } from '../budgets/detailed-limits.migrations.ts';
import { createKeySearch } from './key-search.migrations.ts';

/** Virtual keys. An alias is unique among the keys that are not deleted. */
export const keyMigrations: Migrations = {
  '0004-keys': {
    async up(db) {
      await db.schema
        .createTable('keys')
        .addColumn('key_hash', 'text', (column) => column.primaryKey())
        .addColumn('key_name', 'text', (column) => column.notNull())
        .addColumn('key_alias', 'text')
        .addColumn('user_id', 'text')
        .addColumn('team_id', 'text')
        .addColumn('models', 'text', (column) => column.notNull().defaultTo('[]'))
        .addColumn('aliases', 'text', (column) => column.notNull().defaultTo('{}'))
        .addColumn('metadata', 'text', (column) => column.notNull().defaultTo('{}'))
        .addColumn('tags', 'text', (column) => column.notNull().defaultTo('[]'))
        .addColumn('allowed_routes', 'text', (column) => column.notNull().defaultTo('[]'))
        .addColumn('permissions', 'text', (column) => column.notNull().defaultTo('{}'))
        .addColumn('allowed_cache_controls', 'text', (column) => column.notNull().defaultTo('[]'))
        .addColumn('key_type', 'text', (column) => column.notNull().defaultTo('default'))
        .addColumn('max_budget_nano_usd', 'bigint')
        .addColumn('soft_budget_nano_usd', 'bigint')
        .addColumn('budget_duration', 'text')
        .addColumn('budget_reset_at', 'bigint')
        .addColumn('spend_nano_usd', 'bigint', (column) => column.notNull().defaultTo(0))
        .addColumn('tpm_limit', 'bigint')
        .addColumn('rpm_limit', 'bigint')
        .addColumn('max_parallel_requests', 'bigint')
        .addColumn('expires_at', 'bigint')
        .addColumn('blocked_at', 'bigint')
        .addColumn('last_used_at', 'bigint')
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('created_by', 'text', (column) => column.notNull())
        .addColumn('updated_at', 'bigint', (column) => column.notNull())
        .addColumn('updated_by', 'text', (column) => column.notNull())
        .addColumn('deleted_at', 'bigint')
        .addColumn('deleted_by', 'text')
        .execute();
      await sql`create unique index keys_by_alias on keys (key_alias) where deleted_at is null`.execute(db);
      await db.schema.createIndex('keys_by_creation').on('keys').columns(['created_at', 'key_hash']).execute();
      await db.schema.createIndex('keys_by_user').on('keys').columns(['user_id', 'created_at', 'key_hash']).execute();
      await db.schema.createIndex('keys_by_team').on('keys').columns(['team_id', 'created_at', 'key_hash']).execute();
      await db.schema.createIndex('keys_by_budget_reset').on('keys').columns(['budget_reset_at']).execute();
    },
  },
  '0010-key-rotation': {
    async up(db) {
      // One column at a time: SQLite adds no more in one statement.
      for (const [name, type] of [
        ['rotation_interval', 'text'],
        ['rotate_at', 'bigint'],
        ['last_rotation_at', 'bigint'],
        ['temp_budget_increase_nano_usd', 'bigint'],
        ['temp_budget_expires_at', 'bigint'],
      ] as const) {
        await db.schema.alterTable('keys').addColumn(name, type).execute();
      }
      for (const [name, type, initial] of [
        ['rotation_count', 'bigint', 0],
        ['allowed_ips', 'text', '[]'],
        ['model_max_budget', 'text', '{}'],
      ] as const) {
        await db.schema
          .alterTable('keys')
          .addColumn(name, type, (column) => column.notNull().defaultTo(initial))
          .execute();
      }
      await sql`create index keys_by_rotation on keys (rotate_at) where rotate_at is not null`.execute(db);
      await db.schema
        .createTable('previous_key_hashes')
        .addColumn('previous_hash', 'text', (column) => column.primaryKey())
        .addColumn('key_hash', 'text', (column) => column.notNull())
        .addColumn('replaced_at', 'bigint', (column) => column.notNull())
        .addColumn('valid_until', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema
        .createIndex('previous_key_hashes_by_key')
        .on('previous_key_hashes')
        .columns(['key_hash'])
        .execute();
    },
  },
  '0061-key-detailed-limits': {
    async up(db) {
      await addDetailedLimits(db, 'keys', ['budget_limits', 'model_rpm_limit', 'model_tpm_limit']);
    },
  },
  '0064-key-budgets': {
    async up(db) {
      await db.schema
        .alterTable('keys')
        .addColumn('budget_id', 'text', (column) => column.references('budgets.budget_id'))
        .execute();
      await sql`create index keys_by_budget on keys (budget_id) where budget_id is not null`.execute(db);
    },
  },
  '0103-key-expiry-index': {
    async up(db) {
      await db.schema.createIndex('keys_by_expiry').on('keys').columns(['expires_at', 'key_hash']).execute();
    },
  },
  '0130-key-list-indexes': {
    async up(db) {
      // What lists are read by. Each ends with what its condition asks, so that SQLite sees that it need not read the row.
      for (const by of ['creation', 'user', 'team', 'expiry', 'budget_reset', 'organization']) {
        await db.schema.dropIndex(`keys_by_${by}`).execute();
      }
      await sql`create index keys_by_creation on keys (created_at, key_hash, expires_at, blocked_at, deleted_at)
        where deleted_at is null`.execute(db);
      await sql`create index keys_by_update on keys (updated_at, key_hash, deleted_at)
        where deleted_at is null`.execute(db);
      await sql`create index keys_by_spend on keys (spend_nano_usd, key_hash, deleted_at)
        where deleted_at is null`.execute(db);
      await sql`create index keys_by_max_budget on keys (max_budget_nano_usd, key_hash, deleted_at)
        where deleted_at is null and max_budget_nano_usd is not null`.execute(db);
      // By hash; and those that lack what a list is ordered by, which come last.
      await sql`create index keys_by_hash on keys (key_hash, max_budget_nano_usd, key_alias, deleted_at)
        where deleted_at is null`.execute(db);
      await sql`create index keys_by_deletion on keys (created_at, key_hash, deleted_at)
        where deleted_at is not null`.execute(db);
      await sql`create index keys_by_expiry on keys (expires_at, key_hash, deleted_at)
        where deleted_at is null and expires_at is not null`.execute(db);
      // What is counted.
      await sql`create index keys_by_state on keys (blocked_at, expires_at, deleted_at)
        where deleted_at is null`.execute(db);
      await sql`create index keys_by_user on keys (user_id, created_at, key_hash, deleted_at)`.execute(db);
      await sql`create index keys_by_team on keys (team_id, created_at, key_hash, user_id, deleted_at)`.execute(db);
      await sql`create index keys_by_creator on keys (created_by, created_at, key_hash, deleted_at)`.execute(db);
      await sql`create index keys_by_budget_reset on keys (budget_reset_at)
        where budget_reset_at is not null`.execute(db);
      await sql`create index keys_by_organization on keys (organization_id, created_at, key_hash)
        where organization_id is not null`.execute(db);
    },
  },
  '0131-key-search': { up: createKeySearch },
  '0135-blocked-keys': {
    async up(db) {
      await sql`create index keys_by_block on keys (created_at, key_hash, blocked_at, expires_at, deleted_at)
        where deleted_at is null and blocked_at is not null`.execute(db);
    },
  },
  '0161-key-estimated-output-tokens': {
    async up(db) {
      await db.schema.alterTable('keys').addColumn('default_estimated_output_tokens', 'bigint').execute();
    },
  },
};
