import type * as z from 'zod/mini';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { auditSortColumns, type listAuditLog as endpoint } from './audit-log.contract.ts';
import { type AuditSortColumn, listAuditRows } from './audit-log.store.ts';
import { presentAuditEntry } from './present-audit-entry.ts';
import { readAuditFilter } from './read-audit-filter.ts';

type Input = z.infer<NonNullable<(typeof endpoint)['input']>>;

/**
 * One page of the audit log within the caller's reach.
 * @throws ApiError 400 for a sorting or a date that does not exist.
 */
export async function listAuditLog(
  parts: Parts,
  { access }: Call,
  input: Input,
): Promise<z.infer<(typeof endpoint)['result']>> {
  const page = input.page ?? 1;
  const pageSize = input.page_size ?? 10;
  const { rows, total } = await listAuditRows(parts.storage.db, access, readAuditFilter(input), {
    ...sortingOf(input),
    limit: pageSize,
    offset: (page - 1) * pageSize,
  });
  return {
    audit_logs: rows.map((row) => presentAuditEntry(row, access)),
    total,
    page,
    page_size: pageSize,
    total_pages: Math.ceil(total / pageSize),
  };
}

function sortingOf({ sort_by, sort_order }: Input): { sortBy: AuditSortColumn; sortOrder: 'asc' | 'desc' } {
  const sortOrder = sort_order?.toLowerCase() || 'desc';
  if (sortOrder !== 'asc' && sortOrder !== 'desc') {
    throw new ApiError(400, `Invalid sort_order '${sortOrder}'. Must be 'asc' or 'desc'.`);
  }
  const sortBy = auditSortColumns.find((column) => column === (sort_by || 'updated_at'));
  if (!sortBy) throw new ApiError(400, `Invalid sort_by '${sort_by}'. Must be one of: ${auditSortColumns.join(', ')}.`);
  return { sortBy, sortOrder };
}
