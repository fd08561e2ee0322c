import type { Migrations } from '../../storage/open-storage.ts';

/** The tables of budgets that stand by themselves, and of what was spent in windows. */
export const budgetMigrations: Migrations = {
  '0023-budgets': {
    async up(db) {
      await db.schema
        .createTable('budgets')
        .addColumn('budget_id', 'text', (column) => column.primaryKey())
        .addColumn('max_budget_nano_usd', 'bigint')
        .addColumn('soft_budget_nano_usd', 'bigint')
        .addColumn('max_parallel_requests', 'bigint')
        .addColumn('tpm_limit', 'bigint')
        .addColumn('rpm_limit', 'bigint')
        .addColumn('model_max_budget', 'text')
        .addColumn('budget_duration', 'text')
        .addColumn('budget_reset_at', 'bigint')
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('created_by', 'text', (column) => column.notNull())
        .addColumn('updated_at', 'bigint', (column) => column.notNull())
        .addColumn('updated_by', 'text', (column) => column.notNull())
        .execute();
      await db.schema.createIndex('budgets_by_creation').on('budgets').columns(['created_at', 'budget_id']).execute();
      await db.schema.createIndex('budgets_by_reset').on('budgets').columns(['budget_reset_at']).execute();
    },
  },
  '0060-budget-windows': {
    async up(db) {
      await db.schema
        .createTable('budget_windows')
        .addColumn('owner_kind', 'text', (column) => column.notNull())
        .addColumn('owner_id', 'text', (column) => column.notNull())
        .addColumn('model', 'text', (column) => column.notNull())
        .addColumn('budget_duration', 'text', (column) => column.notNull())
        .addColumn('ends_at', 'bigint', (column) => column.notNull())
        .addColumn('spend_nano_usd', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('budget_windows_pk', ['owner_kind', 'owner_id', 'model', 'budget_duration'])
        .execute();
    },
  },
};
