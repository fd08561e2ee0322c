import type { Migrations } from '../../storage/open-storage.ts';

/** What was warned of, each once. */
export const raisedAlertMigrations: Migrations = {
  '0104-raised-alerts': {
    async up(db) {
      await db.schema
        .createTable('raised_alerts')
        .addColumn('alert_key', 'text', (column) => column.primaryKey())
        .addColumn('raised_at', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema.createIndex('raised_alerts_by_time').on('raised_alerts').columns(['raised_at']).execute();
    },
  },
};
