import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Database } from '../storage/database.ts';
import { createRollups } from './rollup-grains.migrations.ts';

/**
 * The organization of each answer, and sums by it. They cannot be had from the sums by team: a team that changes its
 * organization would take along what the one before has paid.
 */
export const organizationRollups: Migration = {
  async up(db: Kysely<Database>) {
    await db.schema
      .alterTable('request_logs')
      .addColumn('organization_id', 'text', (column) => column.notNull().defaultTo(''))
      .execute();
    await createRollups(db, 'organization_rollups', 'quarter_hour_at', [
      ...['organization_id', 'key_hash', 'user_id', 'team_id'],
      ...['model', 'model_group', 'provider', 'endpoint'],
    ]);
    await db.schema
      .createIndex('organization_rollups_by_organization')
      .on('organization_rollups')
      .columns(['organization_id', 'quarter_hour_at'])
      .execute();
  },
};
