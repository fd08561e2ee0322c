import type { Migrations } from '../../storage/open-storage.ts';

/** The models that are added through the API. */
export const modelMigrations: Migrations = {
  '0040-models': {
    async up(db) {
      await db.schema
        .createTable('models')
        .addColumn('model_id', 'text', (column) => column.primaryKey())
        .addColumn('model_name', 'text', (column) => column.notNull())
        .addColumn('sealed_params', 'text', (column) => column.notNull())
        .addColumn('model_info', 'text', (column) => column.notNull())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('created_by', 'text', (column) => column.notNull())
        .addColumn('updated_at', 'bigint', (column) => column.notNull())
        .addColumn('updated_by', 'text', (column) => column.notNull())
        .execute();
    },
  },
  '0151-models-of-teams': {
    async up(db) {
      await db.schema.alterTable('models').addColumn('team_id', 'text').execute();
      await db.schema.createIndex('models_by_team').on('models').columns(['team_id']).execute();
    },
  },
  '0185-blocked-models': {
    async up(db) {
      await db.schema
        .createTable('blocked_models')
        .addColumn('model_id', 'text', (column) => column.primaryKey())
        .addColumn('blocked_at', 'bigint', (column) => column.notNull())
        .addColumn('blocked_by', 'text', (column) => column.notNull())
        .execute();
    },
  },
};
