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
  '0020-audit-log-readers': {
    async up(db) {
      // What the log is filtered by; time and id last, which is the order of every page.
      for (const [name, column] of [
        ['audit_log_by_actor', 'actor_user_id'],
        ['audit_log_by_actor_key', 'actor_key_hash'],
        ['audit_log_by_action', 'action'],
        ['audit_log_by_object_id', 'object_id'],
      ] as const) {
        await db.schema.createIndex(name).on('audit_log').columns([column, 'happened_at', 'audit_id']).execute();
      }
    },
  },
  '0134-audit-log-by-type': {
    async up(db) {
      await db.schema
        .createIndex('audit_log_by_type')
        .on('audit_log')
        .columns(['object_type', 'happened_at', 'audit_id'])
        .execute();
    },
  },
};
