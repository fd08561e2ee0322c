import type { CreateTableBuilder } from 'kysely';
import type { Migrations } from '../../storage/open-storage.ts';

/** What health checks have found. */
export const healthCheckMigrations: Migrations = {
  '0186-health-checks': {
    async up(db) {
      const columns = <Table extends string>(table: CreateTableBuilder<Table>) =>
        table
          .addColumn('model_name', 'text', (column) => column.notNull())
          .addColumn('provider_model', 'text', (column) => column.notNull())
          .addColumn('status', 'text', (column) => column.notNull())
          .addColumn('error', 'text')
          .addColumn('response_ms', 'bigint', (column) => column.notNull())
          .addColumn('checked_at', 'bigint', (column) => column.notNull())
          .addColumn('checked_by', 'text', (column) => column.notNull());
      const history = db.schema
        .createTable('health_checks')
        .addColumn('check_id', 'text', (column) => column.primaryKey())
        .addColumn('model_id', 'text', (column) => column.notNull());
      await columns(history).execute();
      const latest = db.schema
        .createTable('latest_health_checks')
        .addColumn('model_id', 'text', (column) => column.primaryKey())
        .addColumn('check_id', 'text', (column) => column.notNull());
      await columns(latest).execute();
      const indexes = [
        ['health_checks_by_time', ['checked_at', 'check_id']],
        ['health_checks_by_model', ['model_name', 'checked_at', 'check_id']],
        ['health_checks_by_status', ['status', 'checked_at', 'check_id']],
      ] as const;
      for (const [name, by] of indexes) {
        await db.schema
          .createIndex(name)
          .on('health_checks')
          .columns([...by])
          .execute();
      }
      await db.schema
        .createTable('health_check_turns')
        .addColumn('turn', 'integer', (column) => column.primaryKey())
        .addColumn('began_at', 'bigint', (column) => column.notNull())
        .execute();
      await db.insertInto('health_check_turns').values({ turn: 1, began_at: 0 }).execute();
    },
  },
};
