import type { Migrations } from '../storage/open-storage.ts';

/** The audit log's table. */
export const auditLogMigrations: Migrations = {
  '0001-audit-log': {
    async up(db) {
      await db.schema
        .createTable('audit_log')
        .addColumn('audit_id', 'text', (column) => column.primaryKey())
        .addColumn('happened_at', 'bigint', (column) => column.notNull())
        .addColumn('actor_user_id', 'text', (column) => column.notNull())
        .addColumn('actor_key_hash', 'text', (column) => column.notNull())
        .addColumn('action', 'text', (column) => column.notNull())
        .addColumn('object_type', 'text', (column) => column.notNull())
        .addColumn('object_id', 'text', (column) => column.notNull())
        .addColumn('before_json', 'text', (column) => column.notNull())
        .addColumn('after_json', 'text', (column) => column.notNull())
        .addColumn('ip', 'text', (column) => column.notNull())
        .addColumn('user_agent', 'text', (column) => column.notNull())
        .addColumn('request_id', 'text', (column) => column.notNull())
        .execute();
      await db.schema.createIndex('audit_log_by_time').on('audit_log').columns(['happened_at', 'audit_id']).execute();
      await db.schema
        .createIndex('audit_log_by_object')
        .on('audit_log')
        .columns(['object_type', 'object_id', 'happened_at'])
        .execute();
    },
  },
};
