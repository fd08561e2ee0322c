import { type CreateTableBuilder, type Kysely, type RawBuilder, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Database } from '../storage/database.ts';
import { engineOf } from '../storage/engine-of.ts';
import './ledger.table.ts';

const owners = ['key_hash', 'user_id', 'team_id'] as const;
const subjects = ['model', 'model_group', 'provider', 'endpoint'] as const;
const quarterHourMs = 15 * 60 * 1000;
const utcDayMs = 24 * 60 * 60 * 1000;

/**
 * The sums that rollups had at first. Migrations keep to this list whatever is counted since, so that the schema which
 * each of them makes never changes; what came later is added by migrations of its own.
 */
export const firstRollupSums = [
  'requests',
  'failed_requests',
  'prompt_tokens',
  'completion_tokens',
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
  'spend_nano_usd',
  'cache_hits',
  'cache_misses',
  'cached_prompt_tokens',
  'cached_completion_tokens',
  'saved_nano_usd',
  'duration_ms',
] as const;

/**
 * Rollups by the day and of everybody together, so that a year is a few thousand rows; and rollups by tag and by
 * customer. What is in the books already is added up into them.
 */
export const rollupGrains: Migration = {
  async up(db: Kysely<Database>) {
    await createRollups(db, 'usage_rollups_by_day', 'day_at', [...owners, ...subjects]);
    await createRollups(db, 'overall_rollups', 'quarter_hour_at', subjects);
    await createRollups(db, 'overall_rollups_by_day', 'day_at', subjects);
    await createRollups(db, 'tag_rollups', 'quarter_hour_at', ['tag', ...owners, ...subjects]);
    await createRollups(db, 'customer_rollups', 'quarter_hour_at', ['end_user', ...owners, ...subjects]);
    const indexes = [
      ['usage_rollups_by_day_and_user', 'usage_rollups_by_day', ['user_id', 'day_at']],
      ['usage_rollups_by_day_and_key', 'usage_rollups_by_day', ['key_hash', 'day_at']],
      ['usage_rollups_by_day_and_team', 'usage_rollups_by_day', ['team_id', 'day_at']],
      ['tag_rollups_by_tag', 'tag_rollups', ['tag', 'quarter_hour_at']],
      ['tag_rollups_by_user', 'tag_rollups', ['user_id', 'quarter_hour_at']],
      ['customer_rollups_by_customer', 'customer_rollups', ['end_user', 'quarter_hour_at']],
      ['customer_rollups_by_user', 'customer_rollups', ['user_id', 'quarter_hour_at']],
      ['customer_rollups_by_key', 'customer_rollups', ['key_hash', 'quarter_hour_at']],
      ['request_logs_by_team', 'request_logs', ['team_id', 'started_at', 'request_id']],
      ['request_logs_by_response', 'request_logs', ['response_id']],
    ] as const;
    for (const [name, table, columns] of indexes) {
      await db.schema
        .createIndex(name)
        .on(table)
        .columns([...columns])
        .execute();
    }
    await addUp(db, 'usage_rollups_by_day', 'day_at', [...owners, ...subjects]);
    await addUp(db, 'overall_rollups', 'quarter_hour_at', subjects);
    await addUp(db, 'overall_rollups_by_day', 'day_at', subjects);
    await addUpSparse(db);
  },
};

/** Creates a table of sums by a time and some ids. */
export async function createRollups(
  db: Kysely<Database>,
  table: string,
  time: string,
  ids: readonly string[],
): Promise<void> {
  let creation: CreateTableBuilder<string, string> = db.schema
    .createTable(table)
    .addColumn(time, 'bigint', (column) => column.notNull());
  for (const id of ids) creation = creation.addColumn(id, 'text', (column) => column.notNull());
  for (const sum of firstRollupSums) creation = creation.addColumn(sum, 'bigint', (column) => column.notNull());
  await creation.addPrimaryKeyConstraint(`${table}_pk`, [time, ...ids]).execute();
}

/** Fills a new table from `usage_rollups`. Days are whole numbers of milliseconds, so both engines divide alike. */
async function addUp(db: Kysely<Database>, table: string, time: string, ids: readonly string[]): Promise<void> {
  const from =
    time === 'day_at' ? sql`(quarter_hour_at / ${sql.lit(utcDayMs)}) * ${sql.lit(utcDayMs)}` : sql`quarter_hour_at`;
  const columns = ids.map((id) => sql.ref(id));
  const sums = firstRollupSums.map((sum) => sql`cast(sum(${sql.ref(sum)}) as bigint)`);
  await sql`insert into ${sql.table(table)} (${sql.join([sql.ref(time), ...columns, ...firstRollupSums.map((sum) => sql.ref(sum))])})
    select ${sql.join([from, ...columns, ...sums])} from usage_rollups
    group by ${sql.join([from, ...columns])}`.execute(db);
}

/** Fills the rollups by tag and by customer from the log, which alone knows them. */
async function addUpSparse(db: Kysely<Database>): Promise<void> {
  await addUpLog(db, 'customer_rollups', 'end_user', sql`request_logs where end_user <> ''`);
  const tags =
    engineOf(db) === 'postgres'
      ? sql`select distinct request_id, item #>> '{}' as tag
          from request_logs cross join lateral jsonb_array_elements(cast(tags as jsonb)) as item
          where tags <> '[]' and jsonb_typeof(item) = 'string'`
      : sql`select distinct request_id, item.value as tag
          from request_logs cross join json_each(request_logs.tags) as item
          where tags <> '[]' and item.type = 'text'`;
  await addUpLog(db, 'tag_rollups', 'tag', sql`(${tags}) as tagged natural join request_logs`);
}

async function addUpLog(db: Kysely<Database>, table: string, label: string, rows: RawBuilder<unknown>): Promise<void> {
  const labels = [label, ...owners, ...subjects].map((id) => sql.ref(id));
  const quarter = sql`(started_at / ${sql.lit(quarterHourMs)}) * ${sql.lit(quarterHourMs)}`;
  const sums = firstRollupSums.map((sum) => sql`cast(sum(${sumOfLog(sum)}) as bigint)`);
  await sql`insert into ${sql.table(table)} (quarter_hour_at, ${sql.join([...labels, ...firstRollupSums.map((sum) => sql.ref(sum))])})
    select ${sql.join([quarter, ...labels, ...sums])} from ${rows}
    group by ${sql.join([quarter, ...labels])}`.execute(db);
}

/** What one row of the log adds to a sum. */
function sumOfLog(sum: (typeof firstRollupSums)[number]): RawBuilder<unknown> {
  switch (sum) {
    case 'requests':
      return sql`1`;
    case 'failed_requests':
      return sql`case when status = 'failure' then 1 else 0 end`;
    case 'cache_hits':
      return sql`case when cache_status = 'hit' then 1 else 0 end`;
    case 'cache_misses':
      return sql`case when cache_status = 'miss' then 1 else 0 end`;
    case 'cached_prompt_tokens':
      return sql`case when cache_status = 'hit' then prompt_tokens else 0 end`;
    case 'cached_completion_tokens':
      return sql`case when cache_status = 'hit' then completion_tokens else 0 end`;
    case 'duration_ms':
      return sql`ended_at - started_at`;
    default:
      return sql.ref(sum);
  }
}
