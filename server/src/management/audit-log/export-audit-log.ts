import type * as z from 'zod/mini';
import type { Call } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import type { exportAuditLog as endpoint } from './audit-log.contract.ts';
import { type AuditFilter, type NamedAuditRow, readAuditRowsAfter } from './audit-log.store.ts';
import { type PresentedAuditEntry, presentAuditEntry } from './present-audit-entry.ts';
import { readAuditFilter } from './read-audit-filter.ts';

type Input = z.infer<NonNullable<(typeof endpoint)['input']>>;

const rowsAtATime = 500;

/**
 * Sends everything that the filters show, the newest first, as CSV (unless told otherwise) or as one JSON object a
 * line. The file is written while it is read, so its size does not matter.
 * @throws ApiError 400 for a date that does not exist.
 */
export async function exportAuditLog(parts: Parts, call: Call, input: Input): Promise<undefined> {
  const filter = readAuditFilter(input);
  const isCsv = input.format !== 'jsonl';
  call.sendFile({
    name: `audit-log.${isCsv ? 'csv' : 'jsonl'}`,
    contentType: isCsv ? 'text/csv; charset=utf-8' : 'application/jsonl; charset=utf-8',
    chunks: writeFile(parts, call, filter, isCsv),
  });
}

async function* writeFile(parts: Parts, { access }: Call, filter: AuditFilter, isCsv: boolean): AsyncGenerator<string> {
  if (isCsv) yield `${columns.join(',')}\r\n`;
  let last: NamedAuditRow | null = null;
  for (;;) {
    const rows: NamedAuditRow[] = await readAuditRowsAfter(parts.storage.db, access, filter, last, rowsAtATime);
    last = rows.at(-1) ?? null;
    const entries = rows.map((row) => presentAuditEntry(row, access));
    if (entries.length > 0) yield entries.map(isCsv ? csvLine : jsonLine).join('');
    if (rows.length < rowsAtATime) return;
  }
}

const columns = [
  'updated_at',
  'changed_by',
  'changed_by_api_key',
  'action',
  'table_name',
  'object_id',
  'before_value',
  'updated_values',
  'id',
  'changed_by_email',
  'ip',
  'user_agent',
  'request_id',
] as const satisfies readonly (keyof PresentedAuditEntry)[];

function jsonLine(entry: PresentedAuditEntry): string {
  return `${JSON.stringify(entry)}\n`;
}

function csvLine(entry: PresentedAuditEntry): string {
  return `${columns.map((column) => csvCell(entry[column])).join(',')}\r\n`;
}

/** What spreadsheets take for the beginning of a formula. */
const formulaStart = /^[=+\-@\t\r]/;

/** A cell that no spreadsheet carries out: a text that could be a formula begins with an apostrophe. */
function csvCell(value: string | Record<string, unknown> | null): string {
  const text = value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);
  const inert = formulaStart.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}
