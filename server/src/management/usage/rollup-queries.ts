import { type Expression, expressionBuilder, type Kysely, type SqlBool, sql } from 'kysely';
import type { Access } from '../../access/principal.ts';
import { ApiError } from '../../http/api-error.ts';
import '../../ledger/ledger.table.ts';
import type { Database } from '../../storage/database.ts';
import { type BucketRange, evenRuns } from './time-buckets.ts';

/** The sums that the rollups hold. Counts, tokens, nano-dollars and milliseconds. */
export const rollupSums = [
  'requests',
  'failed_requests',
  'prompt_tokens',
  'completion_tokens',
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
  'spend_nano_usd',
  'cache_hits',
  'cache_misses',
  'cached_prompt_tokens',
  'cached_completion_tokens',
  'saved_nano_usd',
  'duration_ms',
] as const;

/** All sums of some usage. */
export type UsageSums = Record<(typeof rollupSums)[number], number>;

/** What usage can be told apart by; a missing id is the empty string. */
export type UsageDimension = 'key_hash' | 'user_id' | 'team_id' | 'model' | 'model_group' | 'provider' | 'endpoint';

/** Narrows usage to one of each; null: not narrowed. */
export interface UsageFilter {
  readonly userId: string | null;
  readonly teamId: string | null;
  readonly keyHash: string | null;
  readonly modelGroup: string | null;
}

/** No narrowing beyond the reach. */
export const everythingWithinReach: UsageFilter = { userId: null, teamId: null, keyHash: null, modelGroup: null };

/** The sums of one combination of dimensions in one bucket. */
export type BucketSums<Dimension extends UsageDimension> = UsageSums & { bucket: number } & Record<Dimension, string>;

/** A sum of nothing. */
export function noUsage(): UsageSums {
  return Object.fromEntries(rollupSums.map((name) => [name, 0])) as UsageSums;
}

/** Adds one sum to another, in place. Exact: every part is an integer. */
export function addUsage(total: UsageSums, part: UsageSums): void {
  for (const name of rollupSums) total[name] += part[name];
}

/**
 * Sums the rollups within the caller's reach by bucket and by the given dimensions, in one pass over an index.
 * Everything that a page shows is added up from these rows, so that its parts agree.
 * @returns rows in no order; `bucket` is the place in `range.buckets`.
 */
export async function sumByBucket<Dimension extends UsageDimension>(
  db: Kysely<Database>,
  access: Access,
  filter: UsageFilter,
  range: BucketRange,
  dimensions: readonly Dimension[],
): Promise<BucketSums<Dimension>[]> {
  const rows = await db
    .selectFrom('usage_rollups')
    .select([bucketOf(range).as('bucket'), ...rollupSums.map((name) => sumOf(name).as(name))])
    .select(dimensions)
    .where(within(access, filter))
    .where('quarter_hour_at', '>=', range.startsAt)
    .where('quarter_hour_at', '<', range.endsAt)
    .groupBy(['bucket', ...dimensions])
    .execute();
  // The compiler cannot see that a list of columns chosen at run time is all there.
  return rows as unknown as BucketSums<Dimension>[];
}

/** Sums the rollups within the caller's reach between two instants, the second not included. */
export async function sumBetween(
  db: Kysely<Database>,
  access: Access,
  filter: UsageFilter,
  startsAt: number,
  endsAt: number,
): Promise<UsageSums> {
  const row = await db
    .selectFrom('usage_rollups')
    .select(rollupSums.map((name) => sumOf(name).as(name)))
    .where(within(access, filter))
    .where('quarter_hour_at', '>=', startsAt)
    .where('quarter_hour_at', '<', endsAt)
    .executeTakeFirstOrThrow();
  return row;
}

/** The start of the last quarter of an hour in which something was recorded; null: never. Epoch milliseconds. */
export async function lastActiveQuarterHour(
  db: Kysely<Database>,
  access: Access,
  filter: UsageFilter,
): Promise<number | null> {
  const row = await db
    .selectFrom('usage_rollups')
    .select('quarter_hour_at')
    .where(within(access, filter))
    .orderBy('quarter_hour_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.quarter_hour_at ?? null;
}

/**
 * The user whose usage a caller may see; null: everybody's. Filters narrow this, and never widen it.
 * @throws ApiError 403 for keys that belong to no user, and for other people's usage.
 */
export function visibleUserId(access: Access, wantedUserId: string | null): string | null {
  switch (access.reach) {
    case 'all':
      return wantedUserId;
    case 'team':
    case 'own': {
      const own = access.principal.userId;
      if (!own) {
        throw refuse(
          'Service-account keys cannot query user analytics. Use a key that belongs to a user, or ask an admin.',
        );
      }
      if (wantedUserId !== null && wantedUserId !== own) {
        throw refuse('Non-admin users can only view their own spend data.');
      }
      return own;
    }
    case 'none':
      throw refuse('This role cannot see usage. Ask an admin for another role.');
  }
}

function refuse(message: string): ApiError {
  return new ApiError(403, message, { type: 'auth_error', param: 'user_id' });
}

function within(access: Access, filter: UsageFilter): Expression<SqlBool> {
  const is = expressionBuilder<Database, 'usage_rollups'>();
  const userId = visibleUserId(access, filter.userId);
  const conditions: Expression<SqlBool>[] = [];
  if (userId !== null) conditions.push(is('user_id', '=', userId));
  if (filter.teamId !== null) conditions.push(is('team_id', '=', filter.teamId));
  if (filter.keyHash !== null) conditions.push(is('key_hash', '=', filter.keyHash));
  if (filter.modelGroup !== null) conditions.push(is('model_group', '=', filter.modelGroup));
  return is.and(conditions);
}

/** Sums of 64-bit integers are decimals in Postgres unless they are cast back. */
function sumOf(name: (typeof rollupSums)[number]) {
  return sql<number>`cast(coalesce(sum(${sql.ref(name)}), 0) as bigint)`;
}

/**
 * The place of a row's bucket. Literals, not parameters: a number that a driver sends as a floating-point value
 * would turn the integer division into another one.
 */
function bucketOf(range: BucketRange) {
  const branches = evenRuns(range.buckets).map(
    (run) =>
      sql`when quarter_hour_at < ${sql.lit(run.endsAt)} then ${sql.lit(run.firstIndex)} + (quarter_hour_at - ${sql.lit(run.startsAt)}) / ${sql.lit(run.bucketMs)}`,
  );
  // A range of nothing but a day that its zone left out has no instants.
  return branches.length === 0 ? sql<number>`0` : sql<number>`case ${sql.join(branches, sql` `)} end`;
}
