import { type Expression, type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Access } from '../../access/principal.ts';
import type { RequestLogTable } from '../../ledger/ledger.table.ts';
import type { Database } from '../../storage/database.ts';
import '../keys/keys.table.ts';
import '../teams/teams.table.ts';
import { alongEachKey } from '../usage/along-each-key.ts';
import { currentHashes } from '../usage/replaced-keys.ts';
import { visibleUserId } from '../usage/usage-filter.ts';
import { findActiveStretches, type Stretch } from './active-quarters.ts';
import { countRows, countSpendLogs, isKnownToRollups, skipAhead } from './count-spend-logs.ts';
import { conditionsOf, indexedConditionsOf, type SpendLogFilter, withKeysOfAlias } from './spend-log-filter.ts';
import type { spendLogSortColumns } from './spend-logs.contract.ts';

/** A line of the request log with the names of key, team and person. */
export type NamedSpendLog = RequestLogTable & {
  key_name: string | null;
  key_alias: string | null;
  team_alias: string | null;
  user_email: string | null;
};

/** Order and place of a page. */
export interface SpendLogPage {
  readonly sortBy: (typeof spendLogSortColumns)[number];
  readonly isAscending: boolean;
  readonly limit: number;
  readonly offset: number;
}

/** A page of lines, and how many there are in all. */
export interface SpendLogsFound {
  readonly rows: readonly NamedSpendLog[];
  readonly total: number;
  /** The part of the time range that was looked through; null: all of it. Epoch milliseconds, both included. */
  readonly searched: { readonly startsAt: number; readonly lastAt: number } | null;
}

/** So many lines are looked through at once for what no index knows. */
const mostLookedThrough = 20_000;

/**
 * Finds a page of lines within the caller's reach, and counts all of them. In the order of time every line is found
 * that the rollups or an index know the filter of. For everything else (other orders; an error's text, a least spend,
 * a part of an alias) the log is looked through, no further than 20,000 requests: from the newest down, or from the
 * oldest up where those are wanted first.
 * @param mostSearched how far, in requests.
 */
export async function findSpendLogs(
  db: Kysely<Database>,
  access: Access,
  filter: SpendLogFilter,
  page: SpendLogPage,
  mostSearched: number = mostLookedThrough,
): Promise<SpendLogsFound> {
  if (page.sortBy === 'startTime' && isKnownToRollups(filter)) {
    const found = await listAlongTime(db, access, filter, page);
    if (found !== null) return { rows: found, total: await countSpendLogs(db, access, filter), searched: null };
  }
  return searchSpendLogs(db, access, filter, page, mostSearched);
}

/** Looks through the log as far as it may. */
async function searchSpendLogs(
  db: Kysely<Database>,
  access: Access,
  filter: SpendLogFilter,
  page: SpendLogPage,
  mostSearched: number,
): Promise<SpendLogsFound> {
  const oldestFirst = page.sortBy === 'startTime' && page.isAscending;
  const edge = await edgeOfSearch(db, access, filter, { oldestFirst, mostSearched });
  const searched = edge === null ? filter : { ...filter, ...(oldestFirst ? { lastAt: edge } : { startsAt: edge }) };
  const wanted = await withKeysOfAlias(db, access, searched);
  const ids = await listIds(db, linesOf(conditionsOf(access, wanted)), page);
  return {
    rows: await readLines(db, ids),
    total: await countRows(db, access, wanted),
    searched: edge === null ? null : { startsAt: searched.startsAt, lastAt: searched.lastAt },
  };
}

/** Lists the newest lines of a filter that `isKnownToRollups`, and counts nothing. */
export async function listNewestSpendLogs(
  db: Kysely<Database>,
  access: Access,
  filter: SpendLogFilter,
  limit: number,
): Promise<readonly NamedSpendLog[]> {
  const page = { sortBy: 'startTime', isAscending: false, limit, offset: 0 } as const;
  return (
    (await listAlongTime(db, access, filter, page)) ??
    (await searchSpendLogs(db, access, filter, page, mostLookedThrough)).rows
  );
}

/** @returns null: neither an index nor the running totals know where the lines are. */
async function listAlongTime(
  db: Kysely<Database>,
  access: Access,
  filter: SpendLogFilter,
  page: SpendLogPage,
): Promise<NamedSpendLog[] | null> {
  const place = await skipAhead(db, access, { filter, offset: page.offset }, page.isAscending);
  const near = { ...page, offset: place.offset };
  if (isKnownToOneIndex(access, filter)) {
    const most = { ...near, limit: near.offset + near.limit, offset: 0 };
    const lines = alongEachKey(place.filter.keyHashes, (keyHashes) =>
      inOrder(linesOf(conditionsOf(access, { ...place.filter, keyHashes })), most),
    );
    return readLines(db, await listIds(db, lines, near));
  }
  const count = near.offset + near.limit;
  const stretches = await findActiveStretches(db, access, place.filter, { isAscending: page.isAscending, count });
  if (stretches === null) return null;
  if (stretches.length === 0) return [];
  return readLines(db, await listIds(db, linesWithin(stretches, conditionsOf(access, place.filter)), near));
}

/** Whether one index holds what is asked for and nothing else, in the order of time. */
function isKnownToOneIndex(access: Access, filter: SpendLogFilter): boolean {
  const userId = visibleUserId(access, filter.userId);
  const { keyHashes, teamId, model, modelGroup, status, endUser } = filter;
  const asked = [userId, keyHashes, teamId, model, modelGroup, status, endUser].filter((one) => one !== null).length;
  return asked === 0 || (asked === 1 && model === null && modelGroup === null && status !== 'success');
}

const columns = sql`request_logs.request_id, request_logs.started_at, request_logs.ended_at,
  request_logs.spend_nano_usd, request_logs.prompt_tokens + request_logs.completion_tokens as total_tokens`;

function linesOf(conditions: Expression<SqlBool>): RawBuilder<unknown> {
  return sql`select ${columns} from request_logs where ${conditions}`;
}

function linesWithin(stretches: readonly Stretch[], conditions: Expression<SqlBool>): RawBuilder<unknown> {
  const rows = stretches.map(
    ({ startsAt, endsAt }) => sql`(cast(${sql.lit(startsAt)} as bigint), cast(${sql.lit(endsAt)} as bigint))`,
  );
  // A cross join, so that the stretches are gone through and not the log.
  return sql`select ${columns} from (with stretches(starts_at, ends_at) as (values ${sql.join(rows)}) select * from stretches) as stretches
    cross join request_logs
    where request_logs.started_at >= stretches.starts_at and request_logs.started_at < stretches.ends_at and ${conditions}`;
}

const sortColumns = {
  startTime: 'started_at',
  endTime: 'ended_at',
  spend: 'spend_nano_usd',
  total_tokens: 'total_tokens',
} as const;

function inOrder(lines: RawBuilder<unknown>, page: SpendLogPage): RawBuilder<unknown> {
  const direction = page.isAscending ? sql`asc` : sql`desc`;
  return sql`${lines} order by ${sql.ref(sortColumns[page.sortBy])} ${direction}, request_id ${direction}
    limit ${page.limit} offset ${page.offset}`;
}

/** The ids come first and the lines after: what is sorted or skipped need not be read as a whole. */
async function listIds(db: Kysely<Database>, lines: RawBuilder<unknown>, page: SpendLogPage): Promise<string[]> {
  const { rows } = await sql<{ request_id: string }>`${inOrder(lines, page)}`.execute(db);
  return rows.map((row) => row.request_id);
}

/** The instant up to which `mostSearched` requests are, counted along the index that serves; null: there are fewer. */
async function edgeOfSearch(
  db: Kysely<Database>,
  access: Access,
  filter: SpendLogFilter,
  { oldestFirst, mostSearched }: { oldestFirst: boolean; mostSearched: number },
): Promise<number | null> {
  // What has an id of its own is few by itself.
  if (filter.requestId !== null) return null;
  const direction = oldestFirst ? sql`asc` : sql`desc`;
  const order = sql`order by started_at ${direction}, request_id ${direction}`;
  const entries = alongEachKey(
    filter.keyHashes,
    (keyHashes) => sql`select request_logs.started_at, request_logs.request_id from request_logs
      where ${indexedConditionsOf(access, { ...filter, keyHashes })} ${order} limit ${mostSearched}`,
  );
  const { rows } = await sql<{ started_at: number }>`
    select started_at from (${entries}) as entries ${order} limit 1 offset ${mostSearched - 1}`.execute(db);
  return rows[0]?.started_at ?? null;
}

/** Finds a call by the gateway's id or by the id inside the answer; the newest, should a provider repeat itself. */
export async function findSpendLog(
  db: Kysely<Database>,
  access: Access,
  requestId: string,
): Promise<NamedSpendLog | null> {
  const userId = visibleUserId(access, null);
  for (const column of ['request_id', 'response_id'] as const) {
    const row = await db
      .selectFrom('request_logs')
      .select('request_id')
      .where(column, '=', requestId)
      .$if(userId !== null, (query) => query.where('user_id', '=', userId ?? ''))
      // An expression, so that no engine walks along time until it comes by.
      .orderBy(sql`+started_at`, 'desc')
      .limit(1)
      .executeTakeFirst();
    if (row) return (await readLines(db, [row.request_id]))[0] ?? null;
  }
  return null;
}

const idsAtATime = 500;

/** The lines with these ids, in this order, with their names; of replaced secrets the key's of today. */
async function readLines(db: Kysely<Database>, ids: readonly string[]): Promise<NamedSpendLog[]> {
  const lines = new Map<string, RequestLogTable>();
  for (const slice of slicesOf(ids)) {
    const rows = await db.selectFrom('request_logs').selectAll().where('request_id', 'in', slice).execute();
    for (const row of rows) lines.set(row.request_id, row);
  }
  const rows = ids.flatMap((id) => lines.get(id) ?? []);
  const hashes = [...new Set(rows.map((row) => row.key_hash))];
  const current = await currentHashes(db, hashes);
  const keys = new Map<string, { key_name: string | null; key_alias: string | null }>();
  for (const slice of slicesOf(hashes.map((hash) => current.get(hash) ?? hash))) {
    const columns = ['key_hash', 'key_name', 'key_alias'] as const;
    const found = await db.selectFrom('keys').select(columns).where('key_hash', 'in', slice).execute();
    for (const key of found) keys.set(key.key_hash, key);
  }
  const teamAliases = new Map<string, string | null>();
  for (const slice of slicesOf([...new Set(rows.map((row) => row.team_id))])) {
    const teams = await db
      .selectFrom('teams')
      .select(['team_id', 'team_alias'])
      .where('team_id', 'in', slice)
      .execute();
    for (const team of teams) teamAliases.set(team.team_id, team.team_alias);
  }
  const emails = new Map<string, string | null>();
  for (const slice of slicesOf([...new Set(rows.map((row) => row.user_id))])) {
    const users = await db
      .selectFrom('users')
      .select(['user_id', 'user_email'])
      .where('user_id', 'in', slice)
      .execute();
    for (const user of users) emails.set(user.user_id, user.user_email);
  }
  return rows.map((row) => {
    const key = keys.get(current.get(row.key_hash) ?? row.key_hash);
    return {
      ...row,
      key_name: key?.key_name ?? null,
      key_alias: key?.key_alias ?? null,
      team_alias: teamAliases.get(row.team_id) ?? null,
      user_email: emails.get(row.user_id) ?? null,
    };
  });
}

/** In slices, since both engines bound the number of parameters of a statement. */
function slicesOf(ids: readonly string[]): (readonly string[])[] {
  return Array.from({ length: Math.ceil(ids.length / idsAtATime) }, (_, index) =>
    ids.slice(index * idsAtATime, (index + 1) * idsAtATime),
  );
}
