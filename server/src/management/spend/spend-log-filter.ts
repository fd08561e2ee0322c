import { type Expression, expressionBuilder, type Kysely, type SqlBool, sql } from 'kysely';
import type { Access } from '../../access/principal.ts';
import '../../ledger/ledger.table.ts';
import type { Database } from '../../storage/database.ts';
import '../keys/keys.table.ts';
import { visibleUserId } from '../usage/usage-filter.ts';

/** Which lines of the request log are wanted. Filters narrow what the reach allows, and never widen it. */
export interface SpendLogFilter {
  readonly userId: string | null;
  /** Every hash that the wanted keys have and had; null: all keys. */
  readonly keyHashes: readonly string[] | null;
  readonly teamId: string | null;
  /** First and last millisecond, both included. */
  readonly startsAt: number;
  readonly lastAt: number;
  /** The name that people call a model by, or that the provider does. */
  readonly model: string | null;
  readonly modelGroup: string | null;
  readonly status: 'success' | 'failure' | null;
  readonly endUser: string | null;
  readonly sessionId: string | null;
  /** The gateway's id of a call, or the id inside its answer. */
  readonly requestId: string | null;
  /** Everything else, if there is anything. */
  readonly details: SpendLogDetails | null;
}

/** What neither an index nor the rollups know: it is tried on what the others leave. */
export interface SpendLogDetails {
  readonly modelId: string | null;
  /** No line knows the alias of its key: whoever reads lines finds the keys first, with `withKeysOfAlias`. */
  readonly keyAliasContains: string | null;
  readonly httpStatus: number | null;
  readonly errorContains: string | null;
  readonly minSpendNanoUsd: number | null;
  readonly maxSpendNanoUsd: number | null;
}

/** All requests within reach. */
export const everyRequest: SpendLogFilter = {
  userId: null,
  keyHashes: null,
  teamId: null,
  startsAt: 0,
  lastAt: Number.MAX_SAFE_INTEGER,
  model: null,
  modelGroup: null,
  status: null,
  endUser: null,
  sessionId: null,
  requestId: null,
  details: null,
};

const is = expressionBuilder<Database, 'request_logs'>();

/** Every query of the request log is narrowed here, so none can forget the reach. */
export function conditionsOf(access: Access, filter: SpendLogFilter): Expression<SqlBool> {
  return is.and([...ownersOf(access, filter), ...timeOf(filter), ...traitsOf(filter), ...detailsOf(filter.details)]);
}

/**
 * The conditions that one index knows, for walking along it: whatever else is asked for, the entries that they leave
 * need not be fetched to be counted.
 */
export function indexedConditionsOf(access: Access, filter: SpendLogFilter): Expression<SqlBool> {
  const [owner] = ownersOf(access, filter);
  const [trait] = traitsOf({ ...filter, model: null, modelGroup: null });
  // A trait that few requests have, before an owner, who may have most of them.
  const first = filter.sessionId !== null || filter.endUser !== null ? (trait ?? owner) : (owner ?? trait);
  return is.and([...(first ? [first] : []), ...timeOf(filter)]);
}

function ownersOf(access: Access, filter: SpendLogFilter): Expression<SqlBool>[] {
  const { keyHashes, teamId } = filter;
  const userId = visibleUserId(access, filter.userId);
  const conditions: Expression<SqlBool>[] = [];
  if (keyHashes !== null) {
    const [only = ''] = keyHashes;
    conditions.push(
      keyHashes.length <= 1 ? is('request_logs.key_hash', '=', only) : is('request_logs.key_hash', 'in', keyHashes),
    );
  }
  if (userId !== null) conditions.push(is('request_logs.user_id', '=', userId));
  if (teamId !== null) conditions.push(is('request_logs.team_id', '=', teamId));
  return conditions;
}

function timeOf(filter: SpendLogFilter): Expression<SqlBool>[] {
  // The one request is found by its id: with `+`, which changes nothing, no engine walks along time instead.
  const time =
    filter.requestId === null ? sql.ref<number>('request_logs.started_at') : sql<number>`+request_logs.started_at`;
  return [is(time, '>=', filter.startsAt), is(time, '<=', filter.lastAt)];
}

/** Written as the partial indexes say it, which hold only the requests that have one. */
function traitsOf(filter: SpendLogFilter): Expression<SqlBool>[] {
  const { requestId, sessionId, endUser, status, model, modelGroup } = filter;
  const conditions: Expression<SqlBool>[] = [];
  if (requestId !== null) {
    conditions.push(sql<SqlBool>`request_logs.request_id in (
      select request_id from request_logs where request_id = ${requestId}
      union all select request_id from request_logs where response_id = ${requestId})`);
  }
  if (sessionId !== null) {
    conditions.push(sql<SqlBool>`request_logs.session_id = ${sessionId} and request_logs.session_id <> ''`);
  }
  if (endUser !== null) {
    conditions.push(sql<SqlBool>`request_logs.end_user = ${endUser} and request_logs.end_user <> ''`);
  }
  if (status !== null) conditions.push(sql<SqlBool>`request_logs.status = ${sql.lit(status)}`);
  if (model !== null) {
    conditions.push(is.or([is('request_logs.model_group', '=', model), is('request_logs.model', '=', model)]));
  }
  if (modelGroup !== null) conditions.push(is('request_logs.model_group', '=', modelGroup));
  return conditions;
}

function detailsOf(details: SpendLogDetails | null): Expression<SqlBool>[] {
  if (details === null) return [];
  const { modelId, httpStatus, minSpendNanoUsd, maxSpendNanoUsd, keyAliasContains, errorContains } = details;
  if (keyAliasContains !== null) throw new Error('Lines are found by the keys of an alias: see withKeysOfAlias.');
  const conditions: Expression<SqlBool>[] = [];
  if (modelId !== null) conditions.push(is('request_logs.deployment_id', '=', modelId));
  if (httpStatus !== null) conditions.push(is('request_logs.http_status', '=', httpStatus));
  if (minSpendNanoUsd !== null) conditions.push(is('request_logs.spend_nano_usd', '>=', minSpendNanoUsd));
  if (maxSpendNanoUsd !== null) conditions.push(is('request_logs.spend_nano_usd', '<=', maxSpendNanoUsd));
  if (errorContains !== null) conditions.push(contains(sql.ref('request_logs.error_message'), errorContains));
  return conditions;
}

/**
 * The filter with the keys whose alias contains the wanted text, among those that the lines of its time are of. Each
 * key is asked for its alias once, and not each line.
 */
export async function withKeysOfAlias(
  db: Kysely<Database>,
  access: Access,
  filter: SpendLogFilter,
): Promise<SpendLogFilter> {
  const text = filter.details?.keyAliasContains ?? null;
  if (filter.details === null || text === null) return filter;
  const others = { ...filter, details: { ...filter.details, keyAliasContains: null } };
  // With `|| ''`, which changes nothing, no engine takes the index of keys, and with it all there are, for the lines of
  // a time. The alias of each key by itself: an engine that joins would rather read all keys. In the order of the index in
  // which they are found, so that neighbours are found together.
  const alias = sql<string>`(select key_alias from keys where keys.key_hash = used.current_hash)`;
  const { rows } = await sql<{ key_hash: string }>`
    with used as materialized (
      select asked.key_hash, coalesce(previous_key_hashes.key_hash, asked.key_hash) as current_hash
      from (select distinct request_logs.key_hash || '' as key_hash from request_logs
        where ${conditionsOf(access, others)}) as asked
      left join previous_key_hashes on previous_hash = asked.key_hash
      order by current_hash)
    select key_hash from used where ${contains(alias, text)}`.execute(db);
  return { ...others, keyHashes: rows.map((row) => row.key_hash) };
}

/** A contains-search that takes `%` and `_` as they are written. */
function contains(column: Expression<string>, text: string): Expression<SqlBool> {
  const pattern = `%${text.toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`;
  return sql<SqlBool>`lower(${column}) like ${pattern} escape '\\'`;
}
