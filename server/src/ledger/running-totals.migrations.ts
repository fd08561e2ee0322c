import { type CreateTableBuilder, type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Database } from '../storage/database.ts';
import { engineOf } from '../storage/engine-of.ts';
import { firstRollupSums } from './rollup-grains.migrations.ts';
import { seriesLabels } from './usage-series.ts';

/**
 * Running totals of usage. They are empty at first and nothing is closed, so that an upgrade takes no time: what stands
 * in the rollups already is closed in the background, the oldest first, while every page is answered from the rollups.
 */
export const runningTotals: Migration = {
  async up(db: Kysely<Database>) {
    let series: CreateTableBuilder<string, string> = db.schema
      .createTable('usage_series')
      .addColumn('series_id', 'bigint', (column) => column.primaryKey())
      .addColumn('kind', 'text', (column) => column.notNull());
    for (const label of seriesLabels) series = series.addColumn(label, 'text', (column) => column.notNull());
    await series.execute();
    let totals: CreateTableBuilder<string, string> = db.schema
      .createTable('running_totals')
      .addColumn('series_id', 'bigint', (column) => column.notNull())
      .addColumn('quarter_hour_at', 'bigint', (column) => column.notNull());
    for (const sum of firstRollupSums) totals = totals.addColumn(sum, 'bigint', (column) => column.notNull());
    totals = totals.addPrimaryKeyConstraint('running_totals_pk', ['series_id', 'quarter_hour_at']);
    // The rows themselves in the order of the key, so that one search finds one: Postgres knows no such tables.
    await (engineOf(db) === 'sqlite' ? totals.modifyEnd(sql`without rowid`) : totals).execute();
    await db.schema
      .createTable('month_totals')
      .addColumn('series_id', 'bigint', (column) => column.notNull())
      .addColumn('month_at', 'bigint', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('model_group', 'text', (column) => column.notNull())
      .addColumn('spend_nano_usd', 'bigint', (column) => column.notNull())
      .addColumn('saved_nano_usd', 'bigint', (column) => column.notNull())
      .addColumn('requests', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('month_totals_pk', ['series_id', 'month_at'])
      .execute();
    const ranked = ['kind', 'model_group', 'month_at'];
    const indexes = [
      ['usage_series_by_user', 'usage_series', ['kind', 'user_id']],
      ['usage_series_by_team', 'usage_series', ['kind', 'team_id']],
      ['usage_series_by_organization', 'usage_series', ['kind', 'organization_id']],
      ['usage_series_by_tag', 'usage_series', ['kind', 'tag']],
      ['usage_series_by_customer', 'usage_series', ['kind', 'end_user']],
      ['usage_series_by_model_group', 'usage_series', ['kind', 'model_group']],
      ['tag_rollups_by_key', 'tag_rollups', ['key_hash', 'quarter_hour_at']],
      ['tag_rollups_by_team', 'tag_rollups', ['team_id', 'quarter_hour_at']],
      ...(['key_hash', 'user_id', 'team_id'] as const).map(
        (owner) => [`organization_rollups_by_${owner}`, 'organization_rollups', [owner, 'quarter_hour_at']] as const,
      ),
      ['customer_rollups_by_team', 'customer_rollups', ['team_id', 'quarter_hour_at']],
      ['month_totals_by_spend', 'month_totals', [...ranked, 'spend_nano_usd', 'requests', 'series_id']],
      ['month_totals_by_savings', 'month_totals', [...ranked, 'saved_nano_usd', 'requests', 'series_id']],
    ] as const;
    for (const [name, table, columns] of indexes) {
      await db.schema
        .createIndex(name)
        .on(table)
        .columns([...columns])
        .execute();
    }
    await db.schema
      .createIndex('usage_series_by_labels')
      .unique()
      .on('usage_series')
      .columns(['kind', ...seriesLabels])
      .execute();
    await db.schema
      .createTable('usage_closing')
      .addColumn('closed_until', 'bigint', (column) => column.notNull())
      .execute();
    await db.insertInto('usage_closing').values({ closed_until: 0 }).execute();
  },
};

/** The coarser grains of the rollups, which running totals stand in for: every answer had to be added to each of them. */
export const withoutRollupGrains: Migration = {
  async up(db: Kysely<Database>) {
    for (const table of ['usage_rollups_by_day', 'overall_rollups', 'overall_rollups_by_day']) {
      await db.schema.dropTable(table).execute();
    }
  },
};
