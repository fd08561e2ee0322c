import { type Kysely, type SqlBool, sql } from 'kysely';
import type * as z from 'zod/mini';
import { ApiError } from '../../http/api-error.ts';
import { quarterHourMs } from '../../ledger/add-rollups.ts';
import '../../ledger/running-totals.table.ts';
import type { Database } from '../../storage/database.ts';
import { readClosedUntil } from '../usage/series-queries.ts';
import { readInstant } from './get-global-spend.ts';
import type { EndUsersQuery, pageEndUsers as endpoint } from './global-spend.contract.ts';

const path = '/management/v1/spend_logs/end_users';

/**
 * A page of the customers that were named within a time, in the order of their names. Each has a series, of which one
 * total within the time is looked for; those of the last minutes stand in the rollups.
 * @throws ApiError 400 for times that are none.
 */
export async function pageEndUsers(
  db: Kysely<Database>,
  query: EndUsersQuery,
): Promise<z.infer<(typeof endpoint)['result']>> {
  const [from, to] = ['filter[startTime][gte]', 'filter[startTime][lte]'] as const;
  const startsAt = readInstant(from, query[from]);
  const lastAt = readInstant(to, query[to]);
  if (lastAt < startsAt) {
    throw new ApiError(400, `${to} lies before ${from}. Exchange the two.`, { type: 'bad_request_error', param: to });
  }
  const page = query.page ?? 1;
  const pageSize = query.page_size ?? 50;
  const names = await readNames(db, {
    startsAt: Math.floor(startsAt / quarterHourMs) * quarterHourMs,
    lastAt,
    part: query.q?.trim().toLowerCase() ?? '',
    limit: pageSize + 1,
    offset: (page - 1) * pageSize,
  });
  const hasMore = names.length > pageSize;
  const linkTo = (number: number) => {
    const sent = { [from]: query[from], [to]: query[to], ...(query.q ? { q: query.q } : {}) };
    return `${path}?${new URLSearchParams({ ...sent, page: String(number), page_size: String(pageSize) })}`;
  };
  return {
    data: names.slice(0, pageSize),
    meta: { page, page_size: pageSize, has_more: hasMore },
    links: {
      self: linkTo(page),
      prev: page > 1 ? linkTo(page - 1) : null,
      next: hasMore ? linkTo(page + 1) : null,
    },
  };
}

async function readNames(
  db: Kysely<Database>,
  wanted: { startsAt: number; lastAt: number; part: string; limit: number; offset: number },
): Promise<string[]> {
  const { startsAt, lastAt, part } = wanted;
  const closedUntil = await readClosedUntil(db);
  const isNamed =
    part === ''
      ? sql<SqlBool>`true`
      : sql<SqlBool>`lower(end_user) like ${`%${part.replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`} escape '\\'`;
  const closed = sql`select end_user from usage_series where kind = 'customer' and ${isNamed} and exists (
      select 1 from running_totals where running_totals.series_id = usage_series.series_id
        and quarter_hour_at >= ${startsAt} and quarter_hour_at <= ${lastAt})`;
  const open = sql`select end_user from customer_rollups
      where quarter_hour_at >= ${Math.max(startsAt, closedUntil)} and quarter_hour_at <= ${lastAt} and ${isNamed}`;
  // Where nothing is open, the index of the series has the order, and the page ends the reading.
  const found = lastAt < closedUntil ? closed : sql`${closed} union ${open}`;
  const { rows } = await sql<{ end_user: string }>`${found}
    order by end_user limit ${wanted.limit} offset ${wanted.offset}`.execute(db);
  return rows.map((row) => row.end_user);
}
