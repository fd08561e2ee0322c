import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { findAuditRow } from './audit-log.store.ts';
import { type PresentedAuditEntry, presentAuditEntry } from './present-audit-entry.ts';

/**
 * One change.
 * @throws ApiError 404 for an unknown one and for one beyond the caller's reach, in the same words.
 */
export async function getAuditEntry(
  parts: Parts,
  { access }: Call,
  input: { id: string },
): Promise<PresentedAuditEntry> {
  const row = await findAuditRow(parts.storage.db, access, input.id);
  if (!row) throw new ApiError(404, `Audit log with ID ${input.id.slice(0, 80)} not found`);
  return presentAuditEntry(row, access);
}
