import {
  type Expression,
  type ExpressionBuilder,
  expressionBuilder,
  type Kysely,
  type SelectQueryBuilder,
  type SqlBool,
} from 'kysely';
import type { Access } from '../../access/principal.ts';
import type { Database } from '../../storage/database.ts';
import { hasStatus, type KeyFilter, narrowing, ofOrganizations, ofStatus, waysWithin } from './key-filter.ts';
import { aliasContains, matches, type SearchWay, waysToFind, wayToAlias } from './key-search.ts';
import { type NamedKeyRow, namedKeys } from './keys.store.ts';

/** How many keys a search counts: nobody turns the pages behind them. All other counts are exact. */
export const mostFound = 5_000;

/** Up to so many are fetched and sorted; of more, one reads along an index in the order of the page. */
const mostSorted = 5_000;

const is = expressionBuilder<Database, 'keys'>();

/** Reads a page of keys within the caller's reach, and how many there are in all (see `mostFound`). */
export async function listKeyRows(
  db: Kysely<Database>,
  access: Access,
  filter: KeyFilter,
): Promise<{ rows: NamedKeyRow[]; total: number }> {
  const { hashes, total } = await pageOf(db, await wantedKeys(db, access, filter), filter);
  if (hashes.length === 0) return { rows: [], total };
  const rows = await namedKeys(db).where('keys.key_hash', 'in', hashes).execute();
  return { rows: inOrder(rows, hashes), total };
}

/** Reads a page of the aliases within the caller's reach, sorted, with those of teams they administer. */
export async function listAliasesWithin(
  db: Kysely<Database>,
  access: Access,
  filter: { search: string | null; teamId: string | null; limit: number; offset: number },
): Promise<{ aliases: string[]; total: number }> {
  const { search, teamId } = filter;
  const scope = await waysWithin(db, access, { userId: null, includeCreatedBy: false, includeTeamKeys: true });
  const conditions = [
    ...ofStatus(null, 0),
    is('keys.key_alias', 'is not', null),
    ...narrowing({ teamId, keyHash: null, keyAlias: null }),
  ];
  const isFoundByText = search !== null && scope === null && teamId === null;
  if (search !== null && !isFoundByText) conditions.push(aliasContains(search));
  const { hashes, total } = await pageOf(
    db,
    {
      ways: isFoundByText ? [wayToAlias(db, search)] : scope,
      conditions,
      conditionsByRow: isFoundByText ? [...conditions, aliasContains(search)] : conditions,
      mostCounted: isFoundByText ? mostFound : null,
      walksAlways: scope === null && search === null && teamId === null,
    },
    { ...filter, sortBy: 'key_alias', ascending: true, status: null },
  );
  if (hashes.length === 0) return { aliases: [], total };
  const rows = await db.selectFrom('keys').select(['key_hash', 'key_alias']).where('key_hash', 'in', hashes).execute();
  return { aliases: inOrder(rows, hashes).map((row) => row.key_alias ?? ''), total };
}

type Way = Expression<SqlBool> | SearchWay;

/** Which keys are wanted, in the two forms in which they can be read. */
interface Wanted {
  /** To find them, each way by an index. */
  readonly ways: readonly Way[] | null;
  readonly conditions: readonly Expression<SqlBool>[];
  /** To know one when one reads along all of them. */
  readonly conditionsByRow: readonly Expression<SqlBool>[];
  readonly mostCounted: number | null;
  /** Nothing narrows them: whoever sorted them would sort all there are. */
  readonly walksAlways: boolean;
}

type Order = Pick<KeyFilter, 'sortBy' | 'ascending' | 'status' | 'limit' | 'offset'>;

async function wantedKeys(db: Kysely<Database>, access: Access, filter: KeyFilter): Promise<Wanted> {
  const { search, organizationId, status, now } = filter;
  let ways = await waysWithin(db, access, filter);
  const shared = narrowing(filter);
  if (organizationId !== null) {
    const ofOrganization = await ofOrganizations(db, [organizationId]);
    if (ways === null) ways = ofOrganization;
    else shared.push(is.or(ofOrganization));
  }
  const isFoundByText = search !== null && ways === null && shared.length === 0;
  const scope = ways === null ? [] : [is.or(ways)];
  const matching = search === null ? [] : [matches(search)];
  return {
    ways: isFoundByText ? waysToFind(db, search) : ways,
    conditions: [...ofStatus(status, now), ...shared, ...(isFoundByText ? [] : matching)],
    conditionsByRow: [...hasStatus(status, now), ...shared, ...scope, ...matching],
    mostCounted: isFoundByText ? mostFound : null,
    walksAlways: status === null && ways === null && shared.length === 0 && search === null,
  };
}

/** The hashes of a page in their order, and how many keys there are on all pages. */
async function pageOf(
  db: Kysely<Database>,
  wanted: Wanted,
  order: Order,
): Promise<{ hashes: string[]; total: number }> {
  const total = await count(db, wanted);
  if (order.offset >= total) return { hashes: [], total };
  // Only what is not deleted has an index for each order.
  const hasIndex = order.status !== 'deleted' || order.sortBy === 'created_at';
  const walks = hasIndex && (wanted.walksAlways || total >= mostSorted);
  return { hashes: walks ? await walk(db, wanted, order) : await sort(db, wanted, order), total };
}

async function count(db: Kysely<Database>, { ways, conditions, mostCounted }: Wanted): Promise<number> {
  if (ways === null) return countRows(db.selectFrom('keys').where(is.and([...conditions])));
  const found = findBy(db, ways, conditions, 'token', mostCounted);
  const { total } = await db
    .selectFrom(found.as('found'))
    .select(({ fn }) => fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  return Math.min(total, mostCounted ?? total);
}

async function countRows(keys: SelectQueryBuilder<Database, 'keys', object>): Promise<number> {
  return (await keys.select(({ fn }) => fn.countAll<number>().as('total')).executeTakeFirstOrThrow()).total;
}

/** Finds what is wanted, all of it, and sorts it. */
async function sort(db: Kysely<Database>, { ways, conditions }: Wanted, order: Order): Promise<string[]> {
  const direction = order.ascending ? 'asc' : 'desc';
  const rows = await db
    .with(
      (name) => name('found').materialized(),
      () => findBy(db, ways ?? [is.lit(true)], conditions, order.sortBy, null),
    )
    .selectFrom('found')
    .select('key_hash')
    .orderBy('sorted_by', (by) => (order.ascending ? by.asc() : by.desc()).nullsLast())
    .orderBy('key_hash', direction)
    .limit(order.limit)
    .offset(order.offset)
    .execute();
  return rows.map((row) => row.key_hash);
}

/** Keys that are found in one way or another, each once. */
function findBy(
  db: Kysely<Database>,
  ways: readonly Way[],
  conditions: readonly Expression<SqlBool>[],
  sortBy: KeyFilter['sortBy'],
  most: number | null,
) {
  const columns = (on: ExpressionBuilder<Database, 'keys'>) =>
    ['keys.key_hash', on.ref(sortColumns[sortBy]).as('sorted_by')] as const;
  const bound = most ?? Number.MAX_SAFE_INTEGER;
  const find = (way: Way) => {
    const found =
      'text' in way
        ? db
            .selectFrom('key_search')
            .innerJoin('keys', 'keys.key_hash', 'key_search.key_hash')
            .select(columns)
            .where(is.and([way.text, way.key, ...conditions]))
            .$if(most !== null, (keys) => keys.limit(bound))
            .as('some')
        : db
            .selectFrom('keys')
            .select(columns)
            .where(is.and([way, ...conditions]))
            .$if(most !== null, (keys) => keys.limit(bound))
            .as('some');
    return db.selectFrom(found).selectAll();
  };
  const [first, ...others] = ways.map(find);
  if (!first) return find(is.lit(false));
  return others.reduce((found, other) => found.union(other), first);
}

/** Reads along the index of the order, and takes what is wanted; what has no value comes last. */
async function walk(db: Kysely<Database>, { conditionsByRow }: Wanted, order: Order): Promise<string[]> {
  const column = sortColumns[order.sortBy];
  const direction = order.ascending ? 'asc' : 'desc';
  const wanted = db.selectFrom('keys').where(is.and([...conditionsByRow]));
  const hashes = async (rows: { execute(): Promise<{ key_hash: string }[]> }) =>
    (await rows.execute()).map((row) => row.key_hash);
  if (order.sortBy === 'token') {
    const sorted = wanted.select('keys.key_hash').orderBy('keys.key_hash', direction);
    return hashes(sorted.limit(order.limit).offset(order.offset));
  }
  const isOptional = order.sortBy === 'max_budget' || order.sortBy === 'key_alias';
  const valued = isOptional ? wanted.where(column, 'is not', null) : wanted;
  let sorted = valued.select('keys.key_hash').orderBy(column, direction);
  // No two keys that are there have the same alias.
  if (order.sortBy !== 'key_alias') sorted = sorted.orderBy('keys.key_hash', direction);
  const first = await hashes(sorted.limit(order.limit).offset(order.offset));
  if (!isOptional || first.length === order.limit) return first;
  const skipped = first.length > 0 ? 0 : order.offset - (await countRows(valued));
  const last = wanted.select('keys.key_hash').where(column, 'is', null).orderBy('keys.key_hash', direction);
  return [...first, ...(await hashes(last.limit(order.limit - first.length).offset(skipped)))];
}

const sortColumns = {
  spend: 'keys.spend_nano_usd',
  max_budget: 'keys.max_budget_nano_usd',
  created_at: 'keys.created_at',
  updated_at: 'keys.updated_at',
  token: 'keys.key_hash',
  key_alias: 'keys.key_alias',
} as const;

function inOrder<Row extends { readonly key_hash: string }>(rows: readonly Row[], hashes: readonly string[]): Row[] {
  const byHash = new Map(rows.map((row) => [row.key_hash, row]));
  return hashes.flatMap((hash) => byHash.get(hash) ?? []);
}
