import type * as z from 'zod/mini';
import { ApiError } from '../../http/api-error.ts';
import type { listAuditLog } from './audit-log.contract.ts';
import type { AuditFilter } from './audit-log.store.ts';
import { objectTypeOf } from './table-names.ts';

type Input = z.infer<NonNullable<(typeof listAuditLog)['input']>>;

const dayMs = 86_400_000;

/**
 * Reads which changes somebody asks for. An empty filter is none.
 * @throws ApiError 400 for a date that does not exist and for an end before the start.
 */
export function readAuditFilter(input: Input): AuditFilter {
  const since = readInstant('start_date', input.start_date, 0);
  const until = readInstant('end_date', input.end_date, dayMs);
  if (since !== null && until !== null && until < since) {
    throw badDate('end_date', `end_date ${input.end_date} is before start_date ${input.start_date}. Swap the two.`);
  }
  return {
    actorUserId: input.changed_by || null,
    actorKeyHash: input.changed_by_api_key || null,
    action: input.action || null,
    objectType: input.table_name ? objectTypeOf(input.table_name) : null,
    objectId: input.object_id || null,
    teamId: input.object_team_id || null,
    keyHash: input.object_key_hash || null,
    since,
    until,
  };
}

/** @param dayAddsMs what a bare day adds, so that the last day of a range is part of it. */
function readInstant(name: string, text: string | undefined, dayAddsMs: number): number | null {
  if (!text) return null;
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  // An offset's plus sign that a client did not escape arrives as a blank.
  const instantMs = Date.parse(isDay ? `${text}T00:00:00Z` : text.replace(/ (\d\d:\d\d)$/, '+$1'));
  const exists = !isDay || (Number.isFinite(instantMs) && new Date(instantMs).toISOString().startsWith(text));
  if (!Number.isFinite(instantMs) || !exists || !/^\d{4}-\d{2}-\d{2}/.test(text)) {
    throw badDate(
      name,
      `${name} must be a day such as 2026-11-23, or an instant such as 2026-11-23T08:00:00Z. Received: ${text.slice(0, 40)}`,
    );
  }
  return isDay ? instantMs + dayAddsMs : instantMs;
}

function badDate(param: string, message: string): ApiError {
  return new ApiError(400, message, { type: 'bad_request_error', param });
}
