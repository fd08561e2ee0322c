import type { Migrations } from '../../storage/open-storage.ts';
import { addDetailedLimits } from '../budgets/detailed-limits.migrations.ts';

/** Organizations, their members, and what belongs to them. */
export const organizationMigrations: Migrations = {
  '0050-organizations': {
    async up(db) {
      await db.schema
        .createTable('organizations')
        .addColumn('organization_id', 'text', (column) => column.primaryKey())
        .addColumn('organization_alias', 'text', (column) => column.notNull())
        .addColumn('models', 'text', (column) => column.notNull())
        .addColumn('metadata', 'text', (column) => column.notNull())
        .addColumn('budget_id', 'text', (column) => column.notNull().references('budgets.budget_id'))
        .addColumn('spend_nano_usd', 'bigint', (column) => column.notNull().defaultTo(0))
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('created_by', 'text', (column) => column.notNull())
        .addColumn('updated_at', 'bigint', (column) => column.notNull())
        .addColumn('updated_by', 'text', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('organization_members')
        .addColumn('organization_id', 'text', (column) =>
          column.notNull().references('organizations.organization_id').onDelete('cascade'),
        )
        .addColumn('user_id', 'text', (column) => column.notNull().references('users.user_id').onDelete('cascade'))
        .addColumn('role', 'text', (column) => column.notNull())
        .addColumn('max_budget_nano_usd', 'bigint')
        .addColumn('spend_nano_usd', 'bigint', (column) => column.notNull().defaultTo(0))
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('updated_at', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('organization_members_pk', ['organization_id', 'user_id'])
        .execute();
      await db.schema
        .alterTable('teams')
        .addColumn('organization_id', 'text', (column) => column.references('organizations.organization_id'))
        .execute();
      await db.schema
        .alterTable('users')
        .addColumn('organization_id', 'text', (column) =>
          column.references('organizations.organization_id').onDelete('set null'),
        )
        .execute();
      // No reference: a deleted key stays readable, and outlives its organization.
      await db.schema.alterTable('keys').addColumn('organization_id', 'text').execute();
      for (const [name, table, columns] of [
        ['organizations_by_alias', 'organizations', ['organization_alias', 'organization_id']],
        ['organizations_by_budget', 'organizations', ['budget_id']],
        ['organization_members_by_user', 'organization_members', ['user_id', 'organization_id']],
        ['teams_by_organization', 'teams', ['organization_id', 'created_at', 'team_id']],
        ['keys_by_organization', 'keys', ['organization_id', 'created_at', 'key_hash']],
        ['users_by_organization', 'users', ['organization_id', 'created_at', 'user_id']],
      ] as const) {
        await db.schema
          .createIndex(name)
          .on(table)
          .columns([...columns])
          .execute();
      }
    },
  },
  '0160-model-rates-of-organizations': {
    async up(db) {
      await addDetailedLimits(db, 'organizations', ['model_rpm_limit', 'model_tpm_limit']);
    },
  },
  '0196-organization-members-in-order': {
    async up(db) {
      await db.schema
        .createIndex('organization_members_in_order')
        .on('organization_members')
        .columns(['organization_id', 'created_at', 'user_id'])
        .execute();
    },
  },
};
