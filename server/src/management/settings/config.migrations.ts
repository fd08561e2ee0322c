import type { Migrations } from '../../storage/open-storage.ts';

/** The table of settings that were changed through the API. */
export const configMigrations: Migrations = {
  '0021-config': {
    async up(db) {
      await db.schema
        .createTable('config')
        .addColumn('param_name', 'text', (column) => column.primaryKey())
        .addColumn('param_value', 'text', (column) => column.notNull())
        .addColumn('updated_at', 'bigint', (column) => column.notNull())
        .addColumn('updated_by', 'text', (column) => column.notNull())
        .execute();
    },
  },
};
