import { sql } from 'kysely';
import type { Migrations } from '../../storage/open-storage.ts';
import { addDetailedLimits } from '../budgets/detailed-limits.migrations.ts';

/** Teams and their members. */
export const teamMigrations: Migrations = {
  '0003-teams': {
    async up(db) {
      await db.schema
        .createTable('teams')
        .addColumn('team_id', 'text', (column) => column.primaryKey())
        .addColumn('team_alias', 'text')
        .addColumn('models', 'text', (column) => column.notNull().defaultTo('[]'))
        .addColumn('metadata', 'text', (column) => column.notNull().defaultTo('{}'))
        .addColumn('member_permissions', 'text')
        .addColumn('max_budget_nano_usd', 'bigint')
        .addColumn('budget_duration', 'text')
        .addColumn('budget_reset_at', 'bigint')
        .addColumn('spend_nano_usd', 'bigint', (column) => column.notNull().defaultTo(0))
        .addColumn('tpm_limit', 'bigint')
        .addColumn('rpm_limit', 'bigint')
        .addColumn('blocked_at', 'bigint')
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('created_by', 'text', (column) => column.notNull())
        .addColumn('updated_at', 'bigint', (column) => column.notNull())
        .addColumn('updated_by', 'text', (column) => column.notNull())
        .execute();
      await db.schema.createIndex('teams_by_budget_reset').on('teams').columns(['budget_reset_at']).execute();
      await db.schema
        .createTable('team_members')
        .addColumn('team_id', 'text', (column) => column.notNull().references('teams.team_id').onDelete('cascade'))
        .addColumn('user_id', 'text', (column) => column.notNull().references('users.user_id').onDelete('cascade'))
        .addColumn('role', 'text', (column) => column.notNull())
        .addColumn('max_budget_nano_usd', 'bigint')
        .addColumn('budget_duration', 'text')
        .addColumn('budget_reset_at', 'bigint')
        .addColumn('spend_nano_usd', 'bigint', (column) => column.notNull().defaultTo(0))
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('team_members_pk', ['team_id', 'user_id'])
        .execute();
      await db.schema.createIndex('team_members_by_user').on('team_members').columns(['user_id', 'team_id']).execute();
      await db.schema
        .createIndex('team_members_by_budget_reset')
        .on('team_members')
        .columns(['budget_reset_at'])
        .execute();
    },
  },
  '0012-team-member-defaults': {
    async up(db) {
      // One column at a time: SQLite adds no more in one statement.
      await db.schema.alterTable('teams').addColumn('member_max_budget_nano_usd', 'bigint').execute();
      await db.schema.alterTable('teams').addColumn('member_budget_duration', 'text').execute();
      await db.schema.createIndex('teams_by_creation').on('teams').columns(['created_at', 'team_id']).execute();
      await db.schema.createIndex('teams_by_alias').on('teams').columns(['team_alias', 'team_id']).execute();
    },
  },
  '0063-team-detailed-limits': {
    async up(db) {
      await addDetailedLimits(db, 'teams', ['model_max_budget', 'budget_limits', 'model_rpm_limit', 'model_tpm_limit']);
    },
  },
  '0065-member-rates': {
    async up(db) {
      for (const name of ['max_parallel_requests', 'soft_budget_nano_usd', 'member_tpm_limit', 'member_rpm_limit']) {
        await db.schema.alterTable('teams').addColumn(name, 'bigint').execute();
      }
      for (const name of ['tpm_limit', 'rpm_limit']) {
        await db.schema.alterTable('team_members').addColumn(name, 'bigint').execute();
      }
    },
  },
  '0153-deleted-teams': {
    async up(db) {
      await db.schema
        .createTable('deleted_teams')
        .addColumn('archive_id', 'text', (column) => column.primaryKey())
        .addColumn('team_id', 'text', (column) => column.notNull())
        .addColumn('team_alias', 'text')
        .addColumn('organization_id', 'text')
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('deleted_at', 'bigint', (column) => column.notNull())
        .addColumn('deleted_by', 'text', (column) => column.notNull())
        .addColumn('keys_count', 'bigint', (column) => column.notNull())
        .addColumn('content', 'text', (column) => column.notNull())
        .execute();
      const columns = [
        ['deleted_teams_by_creation', 'created_at'],
        ['deleted_teams_by_alias', 'team_alias'],
        ['deleted_teams_by_team', 'team_id'],
        ['deleted_teams_by_organization', 'organization_id'],
      ] as const;
      for (const [index, column] of columns) {
        await db.schema.createIndex(index).on('deleted_teams').columns([column, 'archive_id']).execute();
      }
      await db.schema
        .createTable('deleted_team_members')
        .addColumn('archive_id', 'text', (column) =>
          column.notNull().references('deleted_teams.archive_id').onDelete('cascade'),
        )
        .addColumn('user_id', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('deleted_team_members_pk', ['user_id', 'archive_id'])
        .execute();
    },
  },
  '0152-member-key-duration': {
    async up(db) {
      await db.schema.alterTable('teams').addColumn('member_key_duration', 'text').execute();
    },
  },
  '0150-team-model-aliases': {
    async up(db) {
      await db.schema
        .alterTable('teams')
        .addColumn('model_aliases', 'text', (column) => column.notNull().defaultTo('{}'))
        .execute();
    },
  },
  '0195-members-in-order': {
    async up(db) {
      // Lists of teams read who is in them from this index alone.
      await db.schema
        .createIndex('team_members_in_order')
        .on('team_members')
        .columns(['team_id', 'created_at', 'user_id', 'role'])
        .execute();
      // Written as `hasLimits` says it.
      await sql`create index team_members_with_limits on team_members (team_id, user_id)
        where max_budget_nano_usd is not null or budget_duration is not null
          or tpm_limit is not null or rpm_limit is not null`.execute(db);
    },
  },
};
