import type { Kysely } from 'kysely';
import type * as z from 'zod/mini';
import type { Access } from '../../access/principal.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { usdToNanoUsd } from '../../money/money.ts';
import type { Database } from '../../storage/database.ts';
import { toKeyHash } from '../keys/index.ts';
import type { Parts } from '../parts.ts';
import { accessToTeam } from '../usage/access-team.ts';
import { hashesOfKeys } from '../usage/replaced-keys.ts';
import { presentSpendLog } from './present-spend-log.ts';
import { everyRequest, type SpendLogDetails, type SpendLogFilter } from './spend-log-filter.ts';
import type {
  pageSpendLogs as endpoint,
  PresentedSpendLog,
  SessionLogsQuery,
  SpendLogsPageQuery,
} from './spend-logs.contract.ts';
import { findSpendLog, findSpendLogs, type NamedSpendLog } from './spend-logs.store.ts';

type LogsPage = z.infer<(typeof endpoint)['result']>;

/**
 * A page of requests, newest first unless said otherwise. Users see their own, and with `team_id` everything in a
 * team that they administer.
 * @throws ApiError 400 without dates or with wrong ones, 403 for somebody else's or a team's logs.
 */
export async function pageSpendLogs(parts: Parts, call: Call, query: SpendLogsPageQuery): Promise<LogsPage> {
  const filter = await readFilter(parts, query);
  const access = await accessFor(parts, call, filter);
  return presentPage(parts, access, filter, query);
}

/**
 * The requests of a session, newest first, a page at a time: all that the caller may see of them.
 * @throws ApiError 400 without a session.
 */
export async function pageSessionLogs(parts: Parts, call: Call, query: SessionLogsQuery): Promise<LogsPage> {
  if (!query.session_id)
    throw new ApiError(400, 'session_id is required', { type: 'bad_request', param: 'session_id' });
  return presentPage(parts, call.access, { ...everyRequest, sessionId: query.session_id }, query);
}

async function presentPage(
  parts: Parts,
  access: Access,
  filter: SpendLogFilter,
  query: Pick<SpendLogsPageQuery, 'page' | 'page_size' | 'sort_by' | 'sort_order'>,
): Promise<LogsPage> {
  const page = query.page ?? 1;
  const pageSize = query.page_size ?? 50;
  const { rows, total, searched } = await findSpendLogs(parts.storage.db, access, filter, {
    sortBy: query.sort_by ?? 'startTime',
    isAscending: query.sort_order === 'asc',
    limit: pageSize,
    offset: (page - 1) * pageSize,
  });
  return {
    data: rows.map(presentSpendLog),
    total,
    page,
    page_size: pageSize,
    total_pages: Math.ceil(total / pageSize),
    searched: searched && {
      from: new Date(searched.startsAt).toISOString(),
      to: new Date(searched.lastAt).toISOString(),
    },
  };
}

/**
 * One request: of one's own, or of a team that one administers.
 * @throws ApiError 404 for one that does not exist, or is none of these.
 */
export async function getSpendLog(parts: Parts, call: Call, query: { request_id: string }): Promise<PresentedSpendLog> {
  const { db } = parts.storage;
  const row =
    (await findSpendLog(db, call.access, query.request_id)) ?? (await findInTeam(db, call.access, query.request_id));
  if (!row) {
    throw new ApiError(
      404,
      `There is no request '${query.request_id.slice(0, 100)}' among those that you may see. It takes its place in the log within a second after its answer.`,
      { type: 'not_found_error', param: 'request_id' },
    );
  }
  return presentSpendLog(row);
}

/** A request in a team of which the caller sees everything. */
async function findInTeam(db: Kysely<Database>, access: Access, requestId: string): Promise<NamedSpendLog | null> {
  const { principal, reach } = access;
  if (reach === 'all' || reach === 'none' || principal.userId === null) return null;
  const row = await findSpendLog(db, { principal, reach: 'all', roleReach: 'all' }, requestId);
  if (!row?.team_id) return null;
  const { relation } = await accessToTeam(db, access, row.team_id);
  return relation === 'everything' ? row : null;
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

async function readFilter(parts: Parts, query: SpendLogsPageQuery): Promise<SpendLogFilter> {
  if (!query.start_date || !query.end_date) {
    throw new ApiError(400, 'Start date and end date are required', { type: 'bad_request', param: 'None' });
  }
  const startsAt = readInstant(query.start_date, 0);
  const lastAt = readInstant(query.end_date, 86_399_000) + 999;
  const details = readDetails(query);
  const isAboutError = details?.httpStatus != null || details?.errorContains != null;
  return {
    userId: query.user_id || null,
    // Calls stay in the log under the hash that was used: a key's earlier ones count.
    keyHashes: query.api_key ? await hashesOfKeys(parts.storage.db, [toKeyHash(query.api_key)]) : null,
    teamId: query.team_id || null,
    startsAt,
    lastAt,
    model: query.model || null,
    modelGroup: query.model_group || null,
    // Only failures have errors, and are found among themselves.
    status: query.status_filter ?? (isAboutError ? 'failure' : null),
    endUser: query.end_user || null,
    sessionId: query.session_id || null,
    requestId: query.request_id || null,
    details,
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
    modelId: query.model_id || null,
    keyAliasContains: query.key_alias || null,
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
