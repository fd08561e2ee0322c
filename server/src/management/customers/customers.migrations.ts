import type { Migrations } from '../../storage/open-storage.ts';

/** The table of customers. */
export const customerMigrations: Migrations = {
  '0024-customers': {
    async up(db) {
      await db.schema
        .createTable('customers')
        .addColumn('user_id', 'text', (column) => column.primaryKey())
        .addColumn('alias', 'text')
        .addColumn('spend_nano_usd', 'bigint', (column) => column.notNull().defaultTo(0))
        .addColumn('allowed_model_region', 'text')
        .addColumn('default_model', 'text')
        .addColumn('budget_id', 'text', (column) => column.references('budgets.budget_id'))
        .addColumn('blocked_at', 'bigint')
        .addColumn('last_used_at', 'bigint')
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('updated_at', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema.createIndex('customers_by_budget').on('customers').columns(['budget_id']).execute();
    },
  },
};
