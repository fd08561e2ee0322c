import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { nanoUsdToUsd } from '../../money/money.ts';
import { toKeyHash } from '../keys/index.ts';
import type { Parts } from '../parts.ts';
import { everythingWithinReach, sumByBucket, visibleUserId } from '../usage/rollup-queries.ts';
import { readBucketRange } from '../usage/time-buckets.ts';
import { presentSpendLog } from './present-spend-log.ts';
import type { PresentedSpendLog, SpendDay, SpendLogsQuery } from './spend-logs.contract.ts';
import { findSpendLog, listSpendLogRows } from './spend-logs.store.ts';

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
  const rows = await listSpendLogRows(
    db,
    call.access,
    { userId, keyHash, teamId: null, startsAt: dates?.startsAt ?? null, lastAt: dates?.endsAt ?? null, details: null },
    { sortBy: 'startTime', ascending: false, limit: mostRows, offset: 0 },
  );
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

interface Part {
  readonly day: string;
  readonly keyHash: string;
  readonly userId: string;
  readonly model: string;
  readonly spendNanoUsd: number;
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
    const part = isInRange && {
      day: dayOf(row.started_at),
      keyHash: row.key_hash,
      userId: row.user_id,
      model: row.model,
      spendNanoUsd: row.spend_nano_usd,
    };
    return presentDays(part ? [part] : [], dates.endsAt);
  }
  const rows = await sumByBucket(
    db,
    call.access,
    { ...everythingWithinReach, keyHash: filter.keyHash, userId: filter.userId },
    range,
    ['key_hash', 'user_id', 'model'],
  );
  const found = rows.map((row) => ({
    day: range.buckets[row.bucket]?.label ?? '',
    keyHash: row.key_hash,
    userId: row.user_id,
    model: row.model,
    spendNanoUsd: row.spend_nano_usd,
  }));
  return presentDays(found, dates.endsAt);
}

/** Days with requests, oldest first; days after the last of them are filled up with nothing, gaps are not. */
function presentDays(found: readonly Part[], endsAt: number): SpendDay[] {
  const byDay = new Map([...Map.groupBy(found, (part) => part.day)].sort(([one], [other]) => (one < other ? -1 : 1)));
  const days = [...byDay].map(([day, partsOfDay]): SpendDay => {
    const keys = sumsBy(partsOfDay, (part) => part.keyHash);
    delete keys[''];
    return {
      ...keys,
      startTime: day,
      spend: nanoUsdToUsd(partsOfDay.reduce((sum, part) => sum + part.spendNanoUsd, 0)),
      users: sumsBy(partsOfDay, (part) => part.userId),
      models: sumsBy(partsOfDay, (part) => part.model),
    };
  });
  const last = days.at(-1);
  if (!last) return [];
  for (let at = Date.parse(`${last.startTime}T00:00:00Z`) + dayMs; at <= endsAt; at += dayMs) {
    days.push({ startTime: dayOf(at), spend: 0, users: {}, models: {} });
  }
  return days;
}

function sumsBy(found: readonly Part[], idOf: (part: Part) => string): Record<string, number> {
  const sums = new Map<string, number>();
  for (const part of found) sums.set(idOf(part), (sums.get(idOf(part)) ?? 0) + part.spendNanoUsd);
  return Object.fromEntries([...sums].map(([id, nanoUsd]) => [id, nanoUsdToUsd(nanoUsd)]));
}
