import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { readUsageFilter } from './get-usage.ts';
import { presentActivity } from './present-activity.ts';
import { type Activity, type ActivityEntity, type ActivitySource, readActivity } from './read-activity.ts';
import { readBucketRange } from './time-buckets.ts';
import type { DailyActivity, DailyActivityDates, DailyActivityQuery } from './usage.contract.ts';

/**
 * Days with activity of users, newest first, in LiteLLM's shape.
 * @throws ApiError 400 without dates, 403 for somebody else's activity.
 */
export async function getDailyActivity(parts: Parts, call: Call, query: DailyActivityQuery): Promise<DailyActivity> {
  return sumDailyActivity(parts, query, 'user_id', [{ access: call.access, filter: readUsageFilter(query) }]);
}

/**
 * Days with activity, newest first. One answer holds the whole range, so the totals are those of the range and there
 * is one page; further pages are empty, so that a client that adds up pages stays right.
 * @param entity what the breakdown `entities` goes by.
 * @param sources must not overlap: what stands in two of them counts twice.
 * @throws ApiError 400 without dates.
 */
export async function sumDailyActivity(
  parts: Parts,
  query: DailyActivityDates,
  entity: ActivityEntity,
  sources: readonly ActivitySource[],
): Promise<DailyActivity> {
  if (!query.start_date || !query.end_date) throw new ApiError(400, 'Please provide start_date and end_date');
  const { db } = parts.storage;
  const range = readBucketRange(query.start_date, query.end_date, readZone(query.timezone), 'day');
  const page = query.page ?? 1;
  const activities: Activity[] = [];
  for (const source of page <= 1 ? sources : []) activities.push(await readActivity(db, source, range, entity));
  const activity = {
    rows: activities.flatMap(({ rows }) => rows),
    keys: activities.flatMap(({ keys }) => keys),
    entities: activities.flatMap(({ entities }) => entities),
  };
  const { results, totals } = await presentActivity(db, activity, range);
  return { results, metadata: { ...totals, page, total_pages: 1, has_more: false } };
}

/** LiteLLM sends how many minutes UTC is ahead (480 in California), as browsers count; we also take IANA names. */
function readZone(timezone: string | undefined): string {
  if (!timezone) return 'UTC';
  if (!/^-?\d{1,3}$/.test(timezone)) return timezone;
  const minutes = -Number(timezone);
  return `${minutes < 0 ? '-' : '+'}${new Date(Math.abs(minutes) * 60_000).toISOString().slice(11, 16)}`;
}
