import type { Migrations } from '../storage/open-storage.ts';
import { cacheSums } from './cache-sums.migrations.ts';
import { logMetadata } from './log-metadata.migrations.ts';
import { organizationRollups } from './organization-rollups.migrations.ts';
import { requestLogFilters } from './request-log-filters.migrations.ts';
import { rollupGrains } from './rollup-grains.migrations.ts';
import { runningTotals, withoutRollupGrains } from './running-totals.migrations.ts';

/** The request log and the rollups. */
export const ledgerMigrations: Migrations = {
  '0007-ledger': {
    async up(db) {
      await db.schema
        .createTable('request_logs')
        .addColumn('request_id', 'text', (column) => column.primaryKey())
        .addColumn('response_id', 'text')
        .addColumn('call_type', 'text', (column) => column.notNull())
        .addColumn('endpoint', 'text', (column) => column.notNull())
        .addColumn('key_hash', 'text', (column) => column.notNull())
        .addColumn('user_id', 'text', (column) => column.notNull())
        .addColumn('team_id', 'text', (column) => column.notNull())
        .addColumn('end_user', 'text', (column) => column.notNull())
        .addColumn('model_group', 'text', (column) => column.notNull())
        .addColumn('model', 'text', (column) => column.notNull())
        .addColumn('provider', 'text', (column) => column.notNull())
        .addColumn('deployment_id', 'text', (column) => column.notNull())
        .addColumn('api_base', 'text', (column) => column.notNull())
        .addColumn('status', 'text', (column) => column.notNull())
        .addColumn('http_status', 'integer', (column) => column.notNull())
        .addColumn('error_message', 'text')
        .addColumn('prompt_tokens', 'bigint', (column) => column.notNull())
        .addColumn('completion_tokens', 'bigint', (column) => column.notNull())
        .addColumn('cache_read_input_tokens', 'bigint', (column) => column.notNull())
        .addColumn('cache_creation_input_tokens', 'bigint', (column) => column.notNull())
        .addColumn('reasoning_tokens', 'bigint', (column) => column.notNull())
        .addColumn('usage_source', 'text', (column) => column.notNull())
        .addColumn('spend_nano_usd', 'bigint', (column) => column.notNull())
        .addColumn('cache_status', 'text', (column) => column.notNull())
        .addColumn('saved_nano_usd', 'bigint', (column) => column.notNull())
        .addColumn('streamed', 'integer', (column) => column.notNull())
        .addColumn('aborted', 'integer', (column) => column.notNull())
        .addColumn('attempts', 'integer', (column) => column.notNull())
        .addColumn('started_at', 'bigint', (column) => column.notNull())
        .addColumn('first_token_at', 'bigint')
        .addColumn('ended_at', 'bigint', (column) => column.notNull())
        .addColumn('ip', 'text', (column) => column.notNull())
        .addColumn('tags', 'text', (column) => column.notNull())
        .execute();
      await db.schema
        .createIndex('request_logs_by_time')
        .on('request_logs')
        .columns(['started_at', 'request_id'])
        .execute();
      await db.schema
        .createIndex('request_logs_by_user')
        .on('request_logs')
        .columns(['user_id', 'started_at', 'request_id'])
        .execute();
      await db.schema
        .createIndex('request_logs_by_key')
        .on('request_logs')
        .columns(['key_hash', 'started_at', 'request_id'])
        .execute();
      await db.schema
        .createTable('usage_rollups')
        .addColumn('quarter_hour_at', 'bigint', (column) => column.notNull())
        .addColumn('key_hash', 'text', (column) => column.notNull())
        .addColumn('user_id', 'text', (column) => column.notNull())
        .addColumn('team_id', 'text', (column) => column.notNull())
        .addColumn('model', 'text', (column) => column.notNull())
        .addColumn('model_group', 'text', (column) => column.notNull())
        .addColumn('provider', 'text', (column) => column.notNull())
        .addColumn('endpoint', 'text', (column) => column.notNull())
        .addColumn('requests', 'bigint', (column) => column.notNull())
        .addColumn('failed_requests', 'bigint', (column) => column.notNull())
        .addColumn('prompt_tokens', 'bigint', (column) => column.notNull())
        .addColumn('completion_tokens', 'bigint', (column) => column.notNull())
        .addColumn('cache_read_input_tokens', 'bigint', (column) => column.notNull())
        .addColumn('cache_creation_input_tokens', 'bigint', (column) => column.notNull())
        .addColumn('spend_nano_usd', 'bigint', (column) => column.notNull())
        .addColumn('cache_hits', 'bigint', (column) => column.notNull())
        .addColumn('cache_misses', 'bigint', (column) => column.notNull())
        .addColumn('cached_prompt_tokens', 'bigint', (column) => column.notNull())
        .addColumn('cached_completion_tokens', 'bigint', (column) => column.notNull())
        .addColumn('saved_nano_usd', 'bigint', (column) => column.notNull())
        .addColumn('duration_ms', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('usage_rollups_pk', [
          'quarter_hour_at',
          'key_hash',
          'user_id',
          'team_id',
          'model',
          'model_group',
          'provider',
          'endpoint',
        ])
        .execute();
      await db.schema
        .createIndex('usage_rollups_by_user')
        .on('usage_rollups')
        .columns(['user_id', 'quarter_hour_at'])
        .execute();
      await db.schema
        .createIndex('usage_rollups_by_key')
        .on('usage_rollups')
        .columns(['key_hash', 'quarter_hour_at'])
        .execute();
      await db.schema
        .createIndex('usage_rollups_by_team')
        .on('usage_rollups')
        .columns(['team_id', 'quarter_hour_at'])
        .execute();
    },
  },
  '0010-rollup-grains': rollupGrains,
  '0051-organization-rollups': organizationRollups,
  '0080-running-totals': runningTotals,
  '0081-without-rollup-grains': withoutRollupGrains,
  '0140-request-log-filters': requestLogFilters,
  '0175-cache-sums': cacheSums,
  '0180-log-metadata': logMetadata,
};
