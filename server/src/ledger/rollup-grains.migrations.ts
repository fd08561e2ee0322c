import { type CreateTableBuilder, type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Database } from '../storage/database.ts';
import { addSparseRollups, rollupSums, utcDayMs } from './add-rollups.ts';
import './ledger.table.ts';

const owners = ['key_hash', 'user_id', 'team_id'] as const;
const subjects = ['model', 'model_group', 'provider', 'endpoint'] as const;

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
  for (const sum of rollupSums) creation = creation.addColumn(sum, 'bigint', (column) => column.notNull());
  await creation.addPrimaryKeyConstraint(`${table}_pk`, [time, ...ids]).execute();
}

/** Fills a new table from `usage_rollups`. Days are whole numbers of milliseconds, so both engines divide alike. */
async function addUp(db: Kysely<Database>, table: string, time: string, ids: readonly string[]): Promise<void> {
  const from =
    time === 'day_at' ? sql`(quarter_hour_at / ${sql.lit(utcDayMs)}) * ${sql.lit(utcDayMs)}` : sql`quarter_hour_at`;
  const columns = ids.map((id) => sql.ref(id));
  const sums = rollupSums.map((sum) => sql`cast(sum(${sql.ref(sum)}) as bigint)`);
  await sql`insert into ${sql.table(table)} (${sql.join([sql.ref(time), ...columns, ...rollupSums.map((sum) => sql.ref(sum))])})
    select ${sql.join([from, ...columns, ...sums])} from usage_rollups
    group by ${sql.join([from, ...columns])}`.execute(db);
}

const entriesAtATime = 500;

async function addUpSparse(db: Kysely<Database>): Promise<void> {
  for (let after = ''; ; ) {
    const entries = await db
      .selectFrom('request_logs')
      .selectAll()
      .where('request_id', '>', after)
      .where((is) => is.or([is('tags', '<>', '[]'), is('end_user', '<>', '')]))
      .orderBy('request_id')
      .limit(entriesAtATime)
      .execute();
    await addSparseRollups(db, entries);
    const last = entries.at(-1);
    if (!last || entries.length < entriesAtATime) return;
    after = last.request_id;
  }
}
