import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { nanoUsdToUsd } from '../../money/money.ts';
import { toKeyHash } from '../keys/index.ts';
import type { Parts } from '../parts.ts';
import { otherId } from '../usage/read-activity.ts';
import { hashesOfKeys } from '../usage/replaced-keys.ts';
import { atOneMoment } from '../usage/series-queries.ts';
import { sumTopGroups, type TopGroups } from '../usage/sum-top-groups.ts';
import { readBucketRange } from '../usage/time-buckets.ts';
import { everythingWithinReach, visibleUserId } from '../usage/usage-filter.ts';
import { presentSpendLog } from './present-spend-log.ts';
import { everyRequest } from './spend-log-filter.ts';
import type { PresentedSpendLog, SpendDay, SpendLogsQuery } from './spend-logs.contract.ts';
import { findSpendLog, listNewestSpendLogs, type NamedSpendLog } from './spend-logs.store.ts';

const dayMs = 86_400_000;
const mostRows = 1_000;

/**
 * The older form of the logs. Of several filters the first of key, request and user counts. With both dates the
 * last day is not part of the range, as ever in this endpoint: sums by the day, or rows with `summarize=false`.
 * @throws ApiError 400 for dates that are none, 403 for somebody else's logs.
 */
export async function listSpendLogs(
  parts: Parts,
  call: Call,
  query: SpendLogsQuery,
): Promise<PresentedSpendLog[] | SpendDay[]> {
  const { db } = parts.storage;
  // Told before anything is read, whatever the other filters are.
  visibleUserId(call.access, query.user_id || null);
  const keyHash = query.api_key ? toKeyHash(query.api_key) : null;
  const requestId = keyHash === null ? query.request_id || null : null;
  const userId = keyHash === null && requestId === null ? query.user_id || null : null;
  const dates = readDates(query);
  if (dates && (query.summarize ?? true)) return summarize(parts, call, { keyHash, requestId, userId }, dates);
  if (requestId !== null) {
    const row = await findSpendLog(db, call.access, requestId);
    const isInRange = row && (!dates || (row.started_at >= dates.startsAt && row.started_at <= dates.endsAt));
    return isInRange ? [presentSpendLog(row)] : [];
  }
  const filter = {
    ...everyRequest,
    userId,
    keyHashes: keyHash === null ? null : await hashesOfKeys(db, [keyHash]),
    ...(dates ? { startsAt: dates.startsAt, lastAt: dates.endsAt } : {}),
  };
  const rows = await listNewestSpendLogs(db, call.access, filter, mostRows);
  return rows.map(presentSpendLog);
}

/** Midnights of UTC. */
interface Dates {
  readonly startsAt: number;
  readonly endsAt: number;
}

function readDates(query: SpendLogsQuery): Dates | null {
  if (!query.start_date || !query.end_date) return null;
  return { startsAt: readDay('start_date', query.start_date), endsAt: readDay('end_date', query.end_date) };
}

function readDay(name: string, text: string): number {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(at) || dayOf(at) !== text) {
    throw new ApiError(
      400,
      `${name} '${text.slice(0, 40)}' is not a day. Write it as YYYY-MM-DD, such as 2026-11-23.`,
      {
        type: 'bad_request_error',
        param: name,
      },
    );
  }
  return at;
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

async function summarize(
  parts: Parts,
  call: Call,
  filter: { keyHash: string | null; requestId: string | null; userId: string | null },
  dates: Dates,
): Promise<SpendDay[]> {
  const { db } = parts.storage;
  if (dates.endsAt <= dates.startsAt) return [];
  // First of all, since it refuses ranges that are too long to be shown by the day.
  const range = readBucketRange(dayOf(dates.startsAt), dayOf(dates.endsAt - dayMs), 'UTC', 'day');
  if (filter.requestId !== null) {
    const row = await findSpendLog(db, call.access, filter.requestId);
    const isInRange = row && row.started_at >= dates.startsAt && row.started_at < dates.endsAt;
    return presentDays(isInRange ? [dayOfRequest(row)] : [], dates.endsAt);
  }
  const { keyHash, userId } = filter;
  const usageFilter = { ...everythingWithinReach, keyHashes: keyHash === null ? null : [keyHash], userId };
  const days = await atOneMoment(db, async (moment) => {
    const sumsBy = async (dimension: 'key_hash' | 'user_id' | 'model') =>
      spendByDay(await sumTopGroups(moment, call.access, usageFilter, range, dimension));
    const [keys, users, models] = [await sumsBy('key_hash'), await sumsBy('user_id'), await sumsBy('model')];
    return range.buckets.flatMap((bucket, index) => {
      const spend = models.totals.get(index);
      if (spend === undefined) return [];
      return [
        {
          day: bucket.label,
          spend,
          keys: keys.parts.get(index) ?? {},
          users: users.parts.get(index) ?? {},
          models: models.parts.get(index) ?? {},
        },
      ];
    });
  });
  return presentDays(days, dates.endsAt);
}

/** What was spent on a day, in nano-dollars, by the ids of three dimensions. */
interface SummedDay {
  readonly day: string;
  readonly spend: number;
  readonly keys: Readonly<Record<string, number>>;
  readonly users: Readonly<Record<string, number>>;
  readonly models: Readonly<Record<string, number>>;
}

function dayOfRequest(row: NamedSpendLog): SummedDay {
  const spend = row.spend_nano_usd;
  return {
    day: dayOf(row.started_at),
    spend,
    keys: { [row.key_hash]: spend },
    users: { [row.user_id]: spend },
    models: { [row.model]: spend },
  };
}

/** For each day with requests: what was spent, and by whom; all but the largest together as `other`. */
function spendByDay({ buckets, groups, rest }: TopGroups) {
  const totals = new Map<number, number>();
  for (const [bucket, sums] of buckets.entries()) if (sums.requests > 0) totals.set(bucket, sums.spend_nano_usd);
  const parts = new Map<number, Record<string, number>>();
  for (const { id, byBucket } of [...groups, ...(rest === null ? [] : [{ ...rest, id: otherId }])]) {
    for (const [bucket, sums] of byBucket) {
      const part = parts.get(bucket) ?? {};
      parts.set(bucket, part);
      part[id] = (part[id] ?? 0) + sums.spend_nano_usd;
    }
  }
  return { totals, parts };
}

/** Days with requests, oldest first; days after the last of them are filled up with nothing, gaps are not. */
function presentDays(summed: readonly SummedDay[], endsAt: number): SpendDay[] {
  const days = summed.map((day): SpendDay => {
    const keys = inUsd(day.keys);
    delete keys[''];
    return {
      ...keys,
      startTime: day.day,
      spend: nanoUsdToUsd(day.spend),
      users: inUsd(day.users),
      models: inUsd(day.models),
    };
  });
  const last = days.at(-1);
  if (!last) return [];
  for (let at = Date.parse(`${last.startTime}T00:00:00Z`) + dayMs; at <= endsAt; at += dayMs) {
    days.push({ startTime: dayOf(at), spend: 0, users: {}, models: {} });
  }
  return days;
}

function inUsd(nanoUsd: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(nanoUsd).map(([id, amount]) => [id, nanoUsdToUsd(amount)]));
}
