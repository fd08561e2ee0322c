import type * as z from 'zod/mini';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { quarterHourMs } from '../../ledger/add-rollups.ts';
import { nanoUsdToUsd } from '../../money/money.ts';
import { toKeyHash } from '../keys/index.ts';
import type { Parts } from '../parts.ts';
import { labelIds } from '../usage/label-groups.ts';
import { sumBetween, sumByBucket } from '../usage/rollup-queries.ts';
import { sumTopGroups } from '../usage/sum-top-groups.ts';
import type { BucketRange } from '../usage/time-buckets.ts';
import { everythingWithinReach } from '../usage/usage-filter.ts';
import type * as endpoints from './global-spend.contract.ts';
import { allTime, namedDays, oneBucket, recentDays, requiredDays, sumBy } from './sum-by.ts';

type Result<Name extends keyof typeof endpoints> = (typeof endpoints)[Name] extends { result: z.ZodMiniType<infer T> }
  ? T
  : never;

const usualCount = 10;

/** Recent spend within reach. There is no budget of the whole house, which LiteLLM writes as 0. */
export async function getGlobalSpend(parts: Parts, call: Call): Promise<Result<'getGlobalSpend'>> {
  const { startsAt, endsAt } = recentDays(parts.now());
  const sums = await sumBetween(parts.storage.db, call.access, everythingWithinReach, startsAt, endsAt);
  return { spend: nanoUsdToUsd(sums.spend_nano_usd), max_budget: 0 };
}

/** Recent spend by the day, oldest first; days without requests are left out. */
export async function listSpendByDay(
  parts: Parts,
  call: Call,
  query: { api_key?: string | undefined },
): Promise<Result<'listSpendByDay'>> {
  const range = recentDays(parts.now());
  const filter = { ...everythingWithinReach, keyHashes: query.api_key ? [toKeyHash(query.api_key)] : null };
  const rows = await sumByBucket(parts.storage.db, call.access, filter, range, []);
  return rows
    .sort((one, other) => one.bucket - other.bucket)
    .map((row) => ({ date: range.buckets[row.bucket]?.label ?? '', spend: nanoUsdToUsd(row.spend_nano_usd) }));
}

/** The keys with the largest recent spend. */
export async function listTopKeys(
  parts: Parts,
  call: Call,
  query: { limit?: number | undefined },
): Promise<Result<'listTopKeys'>> {
  const { db } = parts.storage;
  const range = oneBucketOf(recentDays(parts.now()));
  const count = query.limit ?? usualCount;
  const top = await sumBy(db, call.access, everythingWithinReach, range, 'key_hash', count);
  const keys = await db
    .selectFrom('keys')
    .select(['key_hash', 'key_alias', 'key_name'])
    .where('key_hash', 'in', top.length === 0 ? [''] : top.map((key) => key.id))
    .execute();
  const known = new Map(keys.map((key) => [key.key_hash, key]));
  return top.map(({ id, sums }) => ({
    api_key: id,
    key_alias: known.get(id)?.key_alias ?? null,
    key_name: known.get(id)?.key_name ?? null,
    total_spend: nanoUsdToUsd(sums.spend_nano_usd),
  }));
}

/** The models with the largest recent spend. */
export async function listTopModels(
  parts: Parts,
  call: Call,
  query: { limit?: number | undefined },
): Promise<Result<'listTopModels'>> {
  const range = oneBucketOf(recentDays(parts.now()));
  const count = query.limit ?? usualCount;
  const models = await sumBy(parts.storage.db, call.access, everythingWithinReach, range, 'model_group', count);
  return models.map(({ id, sums }) => ({
    model: id,
    total_spend: nanoUsdToUsd(sums.spend_nano_usd),
    total_tokens: sums.prompt_tokens + sums.completion_tokens,
  }));
}

/** Recent spend by day and team, in cents as LiteLLM rounds it. Calls without a team are `Unassigned`. */
export async function listSpendOfTeams(parts: Parts, call: Call): Promise<Result<'listSpendOfTeams'>> {
  const { db } = parts.storage;
  const range = recentDays(parts.now());
  const { groups, rest } = await sumTopGroups(db, call.access, everythingWithinReach, range, 'team_id');
  const labels = await labelIds(
    db,
    'team_id',
    groups.map((team) => team.id),
  );
  const named = groups.map((team) => ({
    ...team,
    name: team.id === '' ? 'Unassigned' : (labels.get(team.id) ?? team.id),
  }));
  const cells = rest === null ? named : [...named, { ...rest, name: 'Other teams' }];
  const days = range.buckets.flatMap((bucket, index) => {
    const spends = new Map<string, number>();
    for (const team of cells) {
      const sums = team.byBucket.get(index);
      // Two teams may have the same name.
      if (sums) spends.set(team.name, (spends.get(team.name) ?? 0) + sums.spend_nano_usd);
    }
    const rounded = [...spends].map(([name, nanoUsd]) => [name, inCents(nanoUsd)] as const);
    return spends.size === 0 ? [] : [{ ...Object.fromEntries(rounded), date: bucket.label }];
  });
  return {
    daily_spend: days,
    teams: [...new Set(cells.map((team) => team.name))],
    total_spend_per_team: named
      .slice(0, usualCount)
      .map((team) => ({ team_id: team.name, total_spend: inCents(team.totals.spend_nano_usd) })),
  };
}

function inCents(nanoUsd: number): number {
  return Math.round(nanoUsd / 10_000_000) / 100;
}

/** @throws ApiError 400 without dates. */
export async function listSpendOfProviders(
  parts: Parts,
  call: Call,
  query: endpoints.DatesQuery,
): Promise<Result<'listSpendOfProviders'>> {
  const range = oneBucketOf(requiredDays(query));
  const providers = await sumBy(parts.storage.db, call.access, everythingWithinReach, range, 'provider');
  return providers.map(({ id, sums }) => ({ provider: id || 'Unknown', spend: nanoUsdToUsd(sums.spend_nano_usd) }));
}

/** Spend of some or all tags. @throws ApiError 400 for dates that are none. */
export async function listTopTags(
  parts: Parts,
  call: Call,
  query: endpoints.DatesQuery & { tags?: string | undefined },
): Promise<Result<'listTopTags'>> {
  const range = oneBucketOf(namedDays(query) ?? recentDays(parts.now()));
  const wanted = (query.tags ?? '')
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
  const filter = wanted.length === 0 ? everythingWithinReach : { ...everythingWithinReach, tags: wanted };
  const tags = await sumBy(parts.storage.db, call.access, filter, range, 'tag');
  return {
    spend_per_tag: tags.map(({ id, sums }) => ({
      name: id,
      spend: nanoUsdToUsd(sums.spend_nano_usd),
      log_count: sums.requests,
    })),
  };
}

const mostCustomers = 100;

/** The customers with the largest spend. @throws ApiError 400 for times that are none. */
export async function listSpendOfEndUsers(
  parts: Parts,
  call: Call,
  body: endpoints.EndUsersBody,
): Promise<Result<'listSpendOfEndUsers'>> {
  const recent = recentDays(parts.now());
  const startsAt = body.startTime ? readInstant('startTime', body.startTime) : recent.startsAt;
  const endsAt = body.endTime ? readInstant('endTime', body.endTime) + 1 : Math.max(recent.endsAt, startsAt);
  const range = oneBucket(Math.floor(startsAt / quarterHourMs) * quarterHourMs, Math.min(endsAt, allTime.endsAt));
  const filter = { ...everythingWithinReach, keyHashes: body.api_key ? [toKeyHash(body.api_key)] : null };
  const customers = await sumBy(parts.storage.db, call.access, filter, range, 'end_user', mostCustomers);
  return customers.map(({ id, sums }) => ({
    end_user: id,
    total_count: sums.requests,
    total_spend: nanoUsdToUsd(sums.spend_nano_usd),
  }));
}

/** Reads an instant as ISO 8601, in epoch milliseconds. @throws ApiError 400. */
export function readInstant(name: string, text: string): number {
  const at = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) {
    throw new ApiError(
      400,
      `${name} '${text.slice(0, 40)}' is not a time. Write it as ISO 8601, such as 2026-11-23T10:00:00Z.`,
      {
        type: 'bad_request_error',
        param: name,
      },
    );
  }
  return at;
}

function oneBucketOf(range: BucketRange): BucketRange {
  return oneBucket(range.startsAt, range.endsAt);
}
