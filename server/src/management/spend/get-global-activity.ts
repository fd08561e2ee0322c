import type * as z from 'zod/mini';
import type { Call } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { sumByBucket } from '../usage/rollup-queries.ts';
import type { BucketRange } from '../usage/time-buckets.ts';
import { everythingWithinReach } from '../usage/usage-filter.ts';
import { addUsage, noUsage, type UsageSums } from '../usage/usage-sums.ts';
import type * as endpoints from './global-spend.contract.ts';
import { requiredDays, sumBy } from './sum-by.ts';

type Activity = z.infer<(typeof endpoints.getGlobalActivity)['result']>;

const busiestCount = 10;

/** Requests and tokens by UTC day, in order of time; days without any are left out. @throws ApiError 400 without dates. */
export async function getGlobalActivity(parts: Parts, call: Call, query: endpoints.DatesQuery): Promise<Activity> {
  const range = requiredDays(query);
  const rows = await sumByBucket(parts.storage.db, call.access, everythingWithinReach, range, []);
  return presentActivity(range, new Map(rows.map((row) => [row.bucket, row])));
}

/** The same for each of the busiest models. @throws ApiError 400 without dates. */
export async function listModelActivity(
  parts: Parts,
  call: Call,
  query: endpoints.DatesQuery,
): Promise<({ model: string } & Activity)[]> {
  const range = requiredDays(query);
  const models = await sumBy(parts.storage.db, call.access, everythingWithinReach, range, 'model_group');
  return models
    .sort((one, other) => other.sums.requests - one.sums.requests)
    .slice(0, busiestCount)
    .map((model) => ({ model: model.id, ...presentActivity(range, model.byBucket) }));
}

function presentActivity(range: BucketRange, byBucket: ReadonlyMap<number, UsageSums>): Activity {
  const total = noUsage();
  const days: Activity['daily_data'] = [];
  for (const [index, bucket] of range.buckets.entries()) {
    const sums = byBucket.get(index);
    if (!sums) continue;
    addUsage(total, sums);
    days.push({ date: monthAndDay(bucket.startsAt), api_requests: sums.requests, total_tokens: tokensOf(sums) });
  }
  return { daily_data: days, sum_api_requests: total.requests, sum_total_tokens: tokensOf(total) };
}

function tokensOf(sums: UsageSums): number {
  return sums.prompt_tokens + sums.completion_tokens;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** `Jan 22`. */
export function monthAndDay(at: number): string {
  const date = new Date(at);
  return `${months[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2, '0')}`;
}
