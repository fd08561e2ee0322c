import { type Kysely, sql } from 'kysely';
import type * as z from 'zod/mini';
import type { Access } from '../../access/principal.ts';
import type { Call } from '../../http/call.ts';
import { utcDayMs } from '../../ledger/add-rollups.ts';
import '../../ledger/ledger.table.ts';
import type { Database } from '../../storage/database.ts';
import type { Parts } from '../parts.ts';
import { visibleUserId } from '../usage/usage-filter.ts';
import { monthAndDay } from './get-global-activity.ts';
import type * as endpoints from './global-spend.contract.ts';
import { requiredDays } from './sum-by.ts';

type Exceptions = z.infer<(typeof endpoints.getExceptions)['result']>;

/** How often calls failed with 429, too many requests, by UTC day, in order of time. @throws ApiError 400 without dates. */
export async function getExceptions(parts: Parts, call: Call, query: endpoints.ExceptionsQuery): Promise<Exceptions> {
  return presentDays(await countRateLimits(parts.storage.db, call.access, query));
}

/** The same for each address of a provider, the one with most of them first. @throws ApiError 400 without dates. */
export async function listExceptionsOfDeployments(
  parts: Parts,
  call: Call,
  query: endpoints.ExceptionsQuery,
): Promise<({ api_base: string } & Exceptions)[]> {
  const rows = await countRateLimits(parts.storage.db, call.access, query);
  return [...Map.groupBy(rows, (row) => row.api_base)]
    .map(([address, rowsOfAddress]) => ({ api_base: address, ...presentDays(rowsOfAddress) }))
    .sort((one, other) => other.sum_num_rate_limit_exceptions - one.sum_num_rate_limit_exceptions);
}

interface RateLimits {
  /** UTC days since the epoch. */
  readonly day: number;
  readonly api_base: string;
  readonly calls: number;
}

async function countRateLimits(
  db: Kysely<Database>,
  access: Access,
  query: endpoints.ExceptionsQuery,
): Promise<RateLimits[]> {
  const { startsAt, endsAt } = requiredDays(query);
  const userId = visibleUserId(access, null);
  // Written as the index says it, which holds these calls only.
  return db
    .selectFrom('request_logs')
    .select(({ fn }) => [
      sql<number>`started_at / ${sql.lit(utcDayMs)}`.as('day'),
      'api_base',
      fn.countAll<number>().as('calls'),
    ])
    .where('http_status', '=', sql.lit(429))
    .where('started_at', '>=', startsAt)
    .where('started_at', '<', endsAt)
    .$if(Boolean(query.model_group), (rows) => rows.where('model_group', '=', query.model_group ?? ''))
    .$if(userId !== null, (rows) => rows.where('user_id', '=', userId ?? ''))
    .groupBy([sql.lit(1), 'api_base'])
    .orderBy('day')
    .execute();
}

function presentDays(rows: readonly RateLimits[]): Exceptions {
  const days = [...Map.groupBy(rows, (row) => row.day)].map(([day, rowsOfDay]) => ({
    date: monthAndDay(day * utcDayMs),
    num_rate_limit_exceptions: sumOf(rowsOfDay),
  }));
  return { daily_data: days, sum_num_rate_limit_exceptions: sumOf(rows) };
}

function sumOf(rows: readonly RateLimits[]): number {
  return rows.reduce((sum, row) => sum + row.calls, 0);
}
