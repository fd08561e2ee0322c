import type { Migrations } from '../../storage/open-storage.ts';

/** The tables of lists of people that are being added. */
export const userImportMigrations: Migrations = {
  '0022-user-imports': {
    async up(db) {
      await db.schema
        .createTable('user_imports')
        .addColumn('import_id', 'text', (column) => column.primaryKey())
        .addColumn('idempotency_key', 'text', (column) => column.notNull())
        .addColumn('content_hash', 'text', (column) => column.notNull())
        .addColumn('invites', 'integer', (column) => column.notNull())
        .addColumn('row_count', 'integer', (column) => column.notNull())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('created_by', 'text', (column) => column.notNull())
        .addColumn('ip', 'text', (column) => column.notNull())
        .addColumn('user_agent', 'text', (column) => column.notNull())
        .addColumn('finished_at', 'bigint')
        .execute();
      await db.schema
        .createIndex('user_imports_by_idempotency_key')
        .unique()
        .on('user_imports')
        .columns(['created_by', 'idempotency_key'])
        .execute();
      await db.schema.createIndex('user_imports_by_end').on('user_imports').columns(['finished_at']).execute();
      await db.schema
        .createTable('user_import_rows')
        .addColumn('import_id', 'text', (column) =>
          column.notNull().references('user_imports.import_id').onDelete('cascade'),
        )
        .addColumn('row_number', 'integer', (column) => column.notNull())
        .addColumn('input_json', 'text', (column) => column.notNull())
        .addColumn('status', 'text', (column) => column.notNull())
        .addColumn('user_email', 'text')
        .addColumn('user_id', 'text')
        .addColumn('invitation_id', 'text')
        .addColumn('error', 'text')
        .addColumn('finished_at', 'bigint')
        .addPrimaryKeyConstraint('user_import_rows_key', ['import_id', 'row_number'])
        .execute();
      await db.schema
        .createIndex('user_import_rows_by_status')
        .on('user_import_rows')
        .columns(['import_id', 'status', 'row_number'])
        .execute();
    },
  },
  '0102-user-import-base-url': {
    async up(db) {
      await db.schema
        .alterTable('user_imports')
        .addColumn('base_url', 'text', (column) => column.notNull().defaultTo(''))
        .execute();
    },
  },
};
