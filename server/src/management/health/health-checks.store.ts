import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Database } from '../../storage/database.ts';
import type { HealthCheckTable } from './health-checks.table.ts';

/** What came of asking a deployment. */
export type HealthCheck = Omit<HealthCheckTable, 'check_id'>;

const keptMs = 7 * 24 * 3_600_000;

/** Keeps what came of asking a deployment. */
export async function insertHealthCheck(db: Kysely<Database>, check: HealthCheck): Promise<void> {
  const row = { ...check, check_id: randomUUID() };
  await db.transaction().execute(async (tx) => {
    await tx.insertInto('health_checks').values(row).execute();
    await tx
      .insertInto('latest_health_checks')
      .values(row)
      .onConflict((conflict) =>
        conflict.column('model_id').doUpdateSet(row).where('latest_health_checks.checked_at', '<=', row.checked_at),
      )
      .execute();
  });
}

/** Forgets what is too old. */
export async function deleteOldHealthChecks(db: Kysely<Database>, nowMs: number): Promise<void> {
  for (const table of ['health_checks', 'latest_health_checks'] as const) {
    await db
      .deleteFrom(table)
      .where('checked_at', '<', nowMs - keptMs)
      .execute();
  }
}

/** Which checks are wanted. */
export interface HealthCheckFilter {
  readonly modelName: string | null;
  readonly status: string | null;
  /** Null: those of every deployment. */
  readonly modelIds: readonly string[] | null;
}

/** A page of the checks, the newest first, and how many there are. */
export async function pageHealthChecks(
  db: Kysely<Database>,
  filter: HealthCheckFilter,
  page: { readonly limit: number; readonly offset: number },
): Promise<{ rows: HealthCheckTable[]; count: number }> {
  if (filter.modelIds?.length === 0) return { rows: [], count: 0 };
  const wanted = db
    .selectFrom('health_checks')
    .$if(filter.modelName !== null, (query) => query.where('model_name', '=', filter.modelName ?? ''))
    .$if(filter.status !== null, (query) => query.where('status', '=', filter.status ?? ''))
    .$if(filter.modelIds !== null, (query) => query.where('model_id', 'in', [...(filter.modelIds ?? [])]));
  const { count } = await wanted.select((is) => is.fn.countAll<number>().as('count')).executeTakeFirstOrThrow();
  const rows = await wanted
    .selectAll()
    .orderBy('checked_at', 'desc')
    .orderBy('check_id', 'desc')
    .limit(page.limit)
    .offset(page.offset)
    .execute();
  return { rows, count: Number(count) };
}

/** The last check of every deployment that was asked within the last week. */
export function readLatestHealthChecks(db: Kysely<Database>): Promise<HealthCheckTable[]> {
  return db.selectFrom('latest_health_checks').selectAll().orderBy('model_id').execute();
}

/** Takes the next turn of checks in the background, if it is due. @returns false when another instance has it. */
export async function takeTurn(db: Kysely<Database>, nowMs: number, intervalMs: number): Promise<boolean> {
  const isDue = nowMs - intervalMs;
  const due = await db
    .selectFrom('health_check_turns')
    .select('turn')
    .where('began_at', '<=', isDue)
    .executeTakeFirst();
  if (!due) return false;
  const { numUpdatedRows } = await db
    .updateTable('health_check_turns')
    .set({ began_at: nowMs })
    .where('began_at', '<=', isDue)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}
