import type { Kysely } from 'kysely';
import type * as z from 'zod/mini';
import { ApiError } from '../../http/api-error.ts';
import type { Database } from '../../storage/database.ts';
import type { getUserImport } from './user-imports.contract.ts';
import './user-imports.table.ts';

/** How far an import is, with one page of its people. */
export type UserImportResult = z.infer<(typeof getUserImport)['result']>;

const defaultPageSize = 100;

/**
 * Tells how far an import is, and what became of the people of one page.
 * @throws ApiError 404 for an unknown import.
 */
export async function presentUserImport(
  db: Kysely<Database>,
  importId: string,
  page = 1,
  pageSize = defaultPageSize,
): Promise<UserImportResult> {
  const job = await db.selectFrom('user_imports').selectAll().where('import_id', '=', importId).executeTakeFirst();
  if (!job) throw new ApiError(404, `There is no user import ${importId.slice(0, 80)}.`);
  const counts = await db
    .selectFrom('user_import_rows')
    .select(['status', ({ fn }) => fn.countAll<number>().as('rows')])
    .where('import_id', '=', importId)
    .groupBy('status')
    .execute();
  const countOf = (status: string) => counts.find((count) => count.status === status)?.rows ?? 0;
  const rows = await db
    .selectFrom('user_import_rows')
    .select(['row_number as row', 'status', 'user_email', 'user_id', 'invitation_id', 'error'])
    .where('import_id', '=', importId)
    .orderBy('row_number')
    .limit(pageSize)
    .offset((page - 1) * pageSize)
    .execute();
  return {
    import_id: job.import_id,
    idempotency_key: job.idempotency_key,
    status: job.finished_at === null ? 'running' : 'finished',
    created_by: job.created_by,
    created_at: new Date(job.created_at).toISOString(),
    finished_at: job.finished_at === null ? null : new Date(job.finished_at).toISOString(),
    total: job.row_count,
    pending: countOf('pending'),
    created: countOf('created'),
    skipped: countOf('skipped'),
    failed: countOf('failed'),
    page,
    page_size: pageSize,
    total_pages: Math.ceil(job.row_count / pageSize),
    rows,
  };
}
