import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { usdToNanoUsd } from '../../money/money.ts';
import { toKeyHash } from '../keys/index.ts';
import type { Parts } from '../parts.ts';
import { accessToTeam } from '../usage/access-team.ts';
import { presentSpendLog } from './present-spend-log.ts';
import type { PresentedSpendLog, SpendLogsPageQuery } from './spend-logs.contract.ts';
import {
  countSpendLogs,
  findSpendLog,
  listSpendLogRows,
  type SpendLogDetails,
  type SpendLogFilter,
} from './spend-logs.store.ts';

/**
 * A page of requests, newest first unless said otherwise. Users see their own, and with `team_id` everything in a
 * team that they administer.
 * @throws ApiError 400 without dates or with wrong ones, 403 for somebody else's or a team's logs.
 */
export async function pageSpendLogs(
  parts: Parts,
  call: Call,
  query: SpendLogsPageQuery,
): Promise<{ data: PresentedSpendLog[]; total: number; page: number; page_size: number; total_pages: number }> {
  const { db } = parts.storage;
  const page = query.page ?? 1;
  const pageSize = query.page_size ?? 50;
  const filter = readFilter(query);
  const access = await accessFor(parts, call, filter);
  // No call of this gateway belongs to a session.
  if (query.session_id) return { data: [], total: 0, page, page_size: pageSize, total_pages: 0 };
  const rows = await listSpendLogRows(db, access, filter, {
    sortBy: query.sort_by ?? 'startTime',
    ascending: query.sort_order === 'asc',
    limit: pageSize,
    offset: (page - 1) * pageSize,
  });
  const total = await countSpendLogs(db, access, filter);
  return {
    data: rows.map(presentSpendLog),
    total,
    page,
    page_size: pageSize,
    total_pages: Math.ceil(total / pageSize),
  };
}

/**
 * One request.
 * @throws ApiError 404 for one that does not exist, or is none of the caller's.
 */
export async function getSpendLog(parts: Parts, call: Call, query: { request_id: string }): Promise<PresentedSpendLog> {
  const row = await findSpendLog(parts.storage.db, call.access, query.request_id);
  if (!row) {
    throw new ApiError(
      404,
      `There is no request '${query.request_id.slice(0, 100)}' among those that you may see. It takes its place in the log within a second after its answer.`,
      { type: 'not_found_error', param: 'request_id' },
    );
  }
  return presentSpendLog(row);
}

async function accessFor(parts: Parts, call: Call, filter: SpendLogFilter) {
  if (filter.teamId === null || call.access.reach === 'all') return call.access;
  const { access, relation } = await accessToTeam(parts.storage.db, call.access, filter.teamId);
  if (relation !== 'everything') {
    throw new ApiError(403, `Not authorized to view team spend for team_id=${filter.teamId}`, {
      type: 'auth_error',
      param: 'team_id',
    });
  }
  return access;
}

function readFilter(query: SpendLogsPageQuery): SpendLogFilter {
  if (!query.start_date || !query.end_date) {
    throw new ApiError(400, 'Start date and end date are required', { type: 'bad_request', param: 'None' });
  }
  return {
    userId: query.user_id || null,
    keyHash: query.api_key ? toKeyHash(query.api_key) : null,
    teamId: query.team_id || null,
    startsAt: readInstant(query.start_date, 0),
    lastAt: readInstant(query.end_date, 86_399_000) + 999,
    details: readDetails(query),
  };
}

/** @param withoutTimeMs what is added to a bare day: nothing to the first, all but its last second to the last. */
function readInstant(text: string, withoutTimeMs: number): number {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}:\d{2})Z?)?$/.exec(text);
  const iso = match && `${match[1]}T${match[2] ?? '00:00:00'}.000Z`;
  const at = iso ? Date.parse(iso) : Number.NaN;
  if (!match || Number.isNaN(at) || new Date(at).toISOString() !== iso) {
    throw new ApiError(400, `Invalid date format: ${text.slice(0, 40)}. Expected: YYYY-MM-DD or YYYY-MM-DD HH:MM:SS`, {
      type: 'bad_request',
      param: 'None',
    });
  }
  return match[2] === undefined ? at + withoutTimeMs : at;
}

function readDetails(query: SpendLogsPageQuery): SpendLogDetails | null {
  const details = {
    requestId: query.request_id || null,
    model: query.model || null,
    modelId: query.model_id || null,
    modelGroup: query.model_group || null,
    endUser: query.end_user || null,
    keyAliasContains: query.key_alias || null,
    status: query.status_filter ?? null,
    // Codes that are no status belong to no request.
    httpStatus: query.error_code ? (/^\d{3}$/.test(query.error_code) ? Number(query.error_code) : -1) : null,
    errorContains: query.error_message || null,
    minSpendNanoUsd: query.min_spend === undefined ? null : boundary(query.min_spend),
    maxSpendNanoUsd: query.max_spend === undefined ? null : boundary(query.max_spend),
  };
  return Object.values(details).some((detail) => detail !== null) ? details : null;
}

const mostUsd = 9_000_000_000;

/** Nano-dollars to compare with. No request costs more than a 64-bit count of them holds. */
function boundary(usd: number): number {
  return usdToNanoUsd(Math.max(-mostUsd, Math.min(mostUsd, usd)));
}
