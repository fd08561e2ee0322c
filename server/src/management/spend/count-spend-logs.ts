import type { Kysely } from 'kysely';
import type { Access } from '../../access/principal.ts';
import { quarterHourMs } from '../../ledger/add-rollups.ts';
import type { Database } from '../../storage/database.ts';
import { sumScope } from '../usage/rollup-queries.ts';
import { atOneMoment } from '../usage/series-queries.ts';
import type { Bucket } from '../usage/time-buckets.ts';
import { everythingWithinReach, narrowedTo, scopeOf, type UsageScope } from '../usage/usage-filter.ts';
import type { UsageSums } from '../usage/usage-sums.ts';
import { conditionsOf, type SpendLogFilter } from './spend-log-filter.ts';

/** Whether the rollups know everything that is asked for, so that they tell how many requests there are, exactly. */
export function isKnownToRollups(filter: SpendLogFilter): boolean {
  return filter.details === null && filter.sessionId === null && filter.requestId === null;
}

/**
 * How many lines there are, exactly, where the rollups know the filter. Whole quarters of an hour come from the
 * rollups, in which every line counts once, so that millions of lines are not counted one by one.
 */
export async function countSpendLogs(db: Kysely<Database>, access: Access, filter: SpendLogFilter): Promise<number> {
  const whole = wholeQuarters(filter);
  if (whole === null) return countRows(db, access, filter);
  const before = await countRows(db, access, { ...filter, lastAt: whole.startsAt - 1 });
  const after = await countRows(db, access, { ...filter, startsAt: whole.endsAt });
  const [within = 0] = await countInBuckets(db, access, filter, [{ ...whole, label: '' }]);
  return before + within + after;
}

/** Counts line by line. Only for what is small. */
export async function countRows(db: Kysely<Database>, access: Access, filter: SpendLogFilter): Promise<number> {
  if (filter.lastAt < filter.startsAt) return 0;
  const { total } = await db
    .selectFrom('request_logs')
    .select(({ fn }) => fn.countAll<number>().as('total'))
    .where(conditionsOf(access, filter))
    .executeTakeFirstOrThrow();
  return Number(total);
}

/** The quarters of an hour that lie in the range as a whole; null: none. Epoch milliseconds. */
function wholeQuarters({ startsAt, lastAt }: SpendLogFilter): { startsAt: number; endsAt: number } | null {
  const first = Math.ceil(startsAt / quarterHourMs) * quarterHourMs;
  const end = Math.floor((lastAt + 1) / quarterHourMs) * quarterHourMs;
  return end > first ? { startsAt: first, endsAt: end } : null;
}

/** A place in the log: from the beginning (or end) of a time range so many lines on. */
export interface Place {
  readonly filter: SpendLogFilter;
  readonly offset: number;
}

/** Up to so many lines are walked over. */
const fewLines = 1_000;
const bucketsAtOnce = 40;

/**
 * Skips ahead to a place far down the log: the rollups tell in which quarter of an hour it is, so that not every
 * line before it is walked over.
 * @returns a range that begins (or, for the newest first, ends) closer to the place, and how far the place is from there.
 */
export async function skipAhead(
  db: Kysely<Database>,
  access: Access,
  { filter, offset }: Place,
  isAscending: boolean,
): Promise<Place> {
  const whole = wholeQuarters(filter);
  if (offset <= fewLines || whole === null) return { filter, offset };
  const margin = isAscending ? { ...filter, lastAt: whole.startsAt - 1 } : { ...filter, startsAt: whole.endsAt };
  let left = offset - (await countRows(db, access, margin));
  if (left <= 0) return { filter, offset };
  let { startsAt, endsAt } = whole;
  while (left > fewLines && endsAt - startsAt > quarterHourMs) {
    const buckets = cut(startsAt, endsAt);
    const counts = await countInBuckets(db, access, filter, buckets);
    const order = isAscending ? [...buckets.keys()] : [...buckets.keys()].reverse();
    const found = order.find((index) => {
      const count = counts[index] ?? 0;
      if (left < count) return true;
      left -= count;
      return false;
    });
    const bucket = found === undefined ? undefined : buckets[found];
    // Everything is before the place: what is left to look at is what lies beyond the whole quarters.
    if (!bucket)
      return isAscending
        ? { filter: { ...filter, startsAt: endsAt }, offset: left }
        : { filter: { ...filter, lastAt: startsAt - 1 }, offset: left };
    startsAt = bucket.startsAt;
    endsAt = bucket.endsAt;
  }
  return isAscending
    ? { filter: { ...filter, startsAt }, offset: left }
    : { filter: { ...filter, lastAt: endsAt - 1 }, offset: left };
}

/** Cuts a range of whole quarters into a few. */
function cut(startsAt: number, endsAt: number): Bucket[] {
  const quarters = (endsAt - startsAt) / quarterHourMs;
  const step = Math.ceil(quarters / bucketsAtOnce) * quarterHourMs;
  const buckets: Bucket[] = [];
  for (let at = startsAt; at < endsAt; at += step) {
    buckets.push({ startsAt: at, endsAt: Math.min(at + step, endsAt), label: '' });
  }
  return buckets;
}

/** How many lines each bucket has; buckets follow each other and begin with quarters of an hour. */
async function countInBuckets(
  db: Kysely<Database>,
  access: Access,
  filter: SpendLogFilter,
  buckets: readonly Bucket[],
): Promise<number[]> {
  const range = { startsAt: buckets[0]?.startsAt ?? 0, endsAt: buckets.at(-1)?.endsAt ?? 0, buckets };
  return atOneMoment(db, async (moment) => {
    const counts = buckets.map(() => 0);
    const { scopes, common } = await scopesOf(moment, access, filter);
    for (const [list, sign] of [
      [scopes, 1],
      [common, -1],
    ] as const) {
      for (const scope of list) {
        for (const row of await sumScope(moment, scope, range, [])) {
          counts[row.bucket] = (counts[row.bucket] ?? 0) + sign * matchesOf(filter, row);
        }
      }
    }
    return counts;
  });
}

/** How many of some requests have the status that is asked for. */
export function matchesOf(filter: SpendLogFilter, sums: Pick<UsageSums, 'requests' | 'failed_requests'>): number {
  if (filter.status === null) return sums.requests;
  return filter.status === 'failure' ? sums.failed_requests : sums.requests - sums.failed_requests;
}

/**
 * The usage that a filter is about, but for the status: all scopes together, and what two of them have in common. A
 * model goes by two names.
 */
export async function scopesOf(
  db: Kysely<Database>,
  access: Access,
  filter: SpendLogFilter,
): Promise<{ scopes: readonly UsageScope[]; common: readonly UsageScope[] }> {
  const { userId, teamId, modelGroup, model, endUser, keyHashes } = filter;
  const usageFilter = {
    ...everythingWithinReach,
    userId,
    teamId,
    modelGroup,
    ...(endUser === null ? {} : { endUsers: [endUser] }),
  };
  const owned = await scopeOf(db, access, usageFilter, []);
  const scope = keyHashes === null ? owned : narrowedTo(owned, 'key_hash', keyHashes);
  if (model === null) return { scopes: [scope], common: [] };
  const byGroup = narrowedTo(scope, 'model_group', [model]);
  return {
    scopes: [byGroup, narrowedTo(scope, 'model', [model])],
    common: [narrowedTo(byGroup, 'model', [model])],
  };
}
