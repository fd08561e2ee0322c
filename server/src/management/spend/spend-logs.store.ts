import { type Expression, type ExpressionBuilder, expressionBuilder, type Kysely, type SqlBool, sql } from 'kysely';
import type { Access } from '../../access/principal.ts';
import { quarterHourMs } from '../../ledger/add-rollups.ts';
import type { RequestLogTable } from '../../ledger/ledger.table.ts';
import type { Database } from '../../storage/database.ts';
import '../keys/keys.table.ts';
import '../teams/teams.table.ts';
import { sumBetween } from '../usage/rollup-queries.ts';
import { everythingWithinReach, visibleUserId } from '../usage/usage-filter.ts';
import type { spendLogSortColumns } from './spend-logs.contract.ts';

/** A line of the request log with the names of key and team. */
export type NamedSpendLog = RequestLogTable & { key_alias: string | null; team_alias: string | null };

/** Which lines are wanted. Filters narrow what the reach allows, and never widen it. */
export interface SpendLogFilter {
  readonly userId: string | null;
  readonly keyHash: string | null;
  readonly teamId: string | null;
  /** First and last millisecond, both included; null: no limit. */
  readonly startsAt: number | null;
  readonly lastAt: number | null;
  /** Everything else, if there is anything. */
  readonly details: SpendLogDetails | null;
}

/** Filters that no index serves: they are tried on what the others leave. */
export interface SpendLogDetails {
  readonly requestId: string | null;
  readonly model: string | null;
  readonly modelId: string | null;
  readonly modelGroup: string | null;
  readonly endUser: string | null;
  readonly keyAliasContains: string | null;
  readonly status: 'success' | 'failure' | null;
  readonly httpStatus: number | null;
  readonly errorContains: string | null;
  readonly minSpendNanoUsd: number | null;
  readonly maxSpendNanoUsd: number | null;
}

/** Order and place of a page. */
export interface SpendLogPage {
  readonly sortBy: (typeof spendLogSortColumns)[number];
  readonly ascending: boolean;
  readonly limit: number;
  readonly offset: number;
}

/** Reads a page of lines within the caller's reach. */
export function listSpendLogRows(
  db: Kysely<Database>,
  access: Access,
  filter: SpendLogFilter,
  page: SpendLogPage,
): Promise<NamedSpendLog[]> {
  const direction = page.ascending ? 'asc' : 'desc';
  return namedLogs(db)
    .where(conditionsOf(access, filter))
    .orderBy(sortColumns[page.sortBy], direction)
    .orderBy('request_logs.request_id', direction)
    .limit(page.limit)
    .offset(page.offset)
    .execute();
}

const sortColumns = {
  startTime: 'request_logs.started_at',
  endTime: 'request_logs.ended_at',
  spend: 'request_logs.spend_nano_usd',
  total_tokens: sql<number>`request_logs.prompt_tokens + request_logs.completion_tokens`,
} as const;

/**
 * How many lines there are, exactly. Whole quarters of an hour come from the rollups, in which every line counts
 * once, so that millions of lines are not counted one by one; only filters that the rollups do not know are.
 */
export async function countSpendLogs(db: Kysely<Database>, access: Access, filter: SpendLogFilter): Promise<number> {
  const { startsAt, lastAt } = filter;
  if (filter.details !== null || startsAt === null || lastAt === null) return countRows(db, access, filter);
  const firstWhole = Math.ceil(startsAt / quarterHourMs) * quarterHourMs;
  const endOfWhole = Math.floor((lastAt + 1) / quarterHourMs) * quarterHourMs;
  if (endOfWhole <= firstWhole) return countRows(db, access, filter);
  const usageFilter = {
    ...everythingWithinReach,
    userId: filter.userId,
    teamId: filter.teamId,
    keyHashes: filter.keyHash === null ? null : [filter.keyHash],
  };
  const whole = await sumBetween(db, access, usageFilter, firstWhole, endOfWhole);
  const before = await countRows(db, access, { ...filter, lastAt: firstWhole - 1 });
  const after = await countRows(db, access, { ...filter, startsAt: endOfWhole });
  return before + whole.requests + after;
}

async function countRows(db: Kysely<Database>, access: Access, filter: SpendLogFilter): Promise<number> {
  const { total } = await db
    .selectFrom('request_logs')
    .$if(filter.details?.keyAliasContains != null, (query) =>
      query.leftJoin('keys', 'keys.key_hash', 'request_logs.key_hash'),
    )
    .select(({ fn }) => fn.countAll<number>().as('total'))
    .where(conditionsOf(access, filter))
    .executeTakeFirstOrThrow();
  return Number(total);
}

/** Finds a call by the gateway's id or by the id inside the answer; the newest, should a provider repeat itself. */
export async function findSpendLog(
  db: Kysely<Database>,
  access: Access,
  requestId: string,
): Promise<NamedSpendLog | null> {
  const userId = visibleUserId(access, null);
  for (const column of ['request_logs.request_id', 'request_logs.response_id'] as const) {
    const row = await namedLogs(db)
      .where(column, '=', requestId)
      .$if(userId !== null, (query) => query.where('request_logs.user_id', '=', userId ?? ''))
      .orderBy('request_logs.started_at', 'desc')
      .limit(1)
      .executeTakeFirst();
    if (row) return row;
  }
  return null;
}

function namedLogs(db: Kysely<Database>) {
  return db
    .selectFrom('request_logs')
    .leftJoin('keys', 'keys.key_hash', 'request_logs.key_hash')
    .leftJoin('teams', 'teams.team_id', 'request_logs.team_id')
    .selectAll('request_logs')
    .select(['keys.key_alias', 'teams.team_alias']);
}

/** Every query of this store is narrowed here, so none can forget the reach. */
function conditionsOf(access: Access, filter: SpendLogFilter): Expression<SqlBool> {
  const is = expressionBuilder<Database, 'request_logs'>();
  const userId = visibleUserId(access, filter.userId);
  const conditions: Expression<SqlBool>[] = [];
  if (userId !== null) conditions.push(is('request_logs.user_id', '=', userId));
  if (filter.teamId !== null) conditions.push(is('request_logs.team_id', '=', filter.teamId));
  if (filter.keyHash !== null) conditions.push(is('request_logs.key_hash', '=', filter.keyHash));
  if (filter.startsAt !== null) conditions.push(is('request_logs.started_at', '>=', filter.startsAt));
  if (filter.lastAt !== null) conditions.push(is('request_logs.started_at', '<=', filter.lastAt));
  if (filter.details !== null) conditions.push(...conditionsOfDetails(is, filter.details));
  return conditions.length === 0 ? sql<SqlBool>`1 = 1` : is.and(conditions);
}

function conditionsOfDetails(
  is: ExpressionBuilder<Database, 'request_logs'>,
  details: SpendLogDetails,
): Expression<SqlBool>[] {
  const conditions: Expression<SqlBool>[] = [];
  const { requestId, model } = details;
  if (requestId !== null) {
    conditions.push(
      is.or([is('request_logs.request_id', '=', requestId), is('request_logs.response_id', '=', requestId)]),
    );
  }
  if (model !== null) {
    conditions.push(is.or([is('request_logs.model_group', '=', model), is('request_logs.model', '=', model)]));
  }
  if (details.modelId !== null) conditions.push(is('request_logs.deployment_id', '=', details.modelId));
  if (details.modelGroup !== null) conditions.push(is('request_logs.model_group', '=', details.modelGroup));
  if (details.endUser !== null) conditions.push(is('request_logs.end_user', '=', details.endUser));
  if (details.status !== null) conditions.push(is('request_logs.status', '=', details.status));
  if (details.httpStatus !== null) conditions.push(is('request_logs.http_status', '=', details.httpStatus));
  if (details.minSpendNanoUsd !== null) {
    conditions.push(is('request_logs.spend_nano_usd', '>=', details.minSpendNanoUsd));
  }
  if (details.maxSpendNanoUsd !== null) {
    conditions.push(is('request_logs.spend_nano_usd', '<=', details.maxSpendNanoUsd));
  }
  if (details.keyAliasContains !== null) conditions.push(contains('keys.key_alias', details.keyAliasContains));
  if (details.errorContains !== null) conditions.push(contains('request_logs.error_message', details.errorContains));
  return conditions;
}

/** A contains-search that takes `%` and `_` as they are written. */
function contains(column: 'keys.key_alias' | 'request_logs.error_message', text: string): Expression<SqlBool> {
  const pattern = `%${text.toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`;
  return sql<SqlBool>`lower(${sql.ref(column)}) like ${pattern} escape '\\'`;
}
