import { type CompiledQuery, type KyselyPlugin, sql } from 'kysely';
import type { Storage } from '../storage/open-storage.ts';

/** Whether no plan may read a table as a whole. */
const isBig = (table: string) =>
  /^(keys|key_search|previous_key_hashes|users|teams|team_members|request_logs|audit_log|customers|outgoing_messages|raised_alerts|organization_members|usage_series|.*_totals|.*rollups.*)$/.test(
    table,
  );

/** What may be counted as a whole, which is to read its narrowest index and none of its rows. */
const isCountable = (table: string) => /^(keys|users|teams)$/.test(table);

/** Indexes that hold a small part of their table: to read one as a whole is to read that part. */
const isOfPart = (index: string) => index === 'keys_by_deletion' || index === 'keys_by_block';

/** A storage that notes every statement that passes through it. */
export interface WatchedStorage {
  readonly storage: Storage;
  /** How the engine carries out what was asked since the last time, where it reads a whole big table: the plans. */
  takeScans(): Promise<string[]>;
  /** What was asked since then. */
  statements(): string[];
  /** How the engine carries it out. */
  plans(): Promise<string[]>;
}

/**
 * Watches a storage.
 * @param options.asIfLarge asks Postgres how it would do without reading whole tables, which is what it does with large
 *   ones: small ones are read as a whole whatever indexes they have.
 * @param options.mayRead tables that are not big enough to matter to who watches.
 */
export function watchStorage(
  storage: Storage,
  options: { asIfLarge?: boolean; mayRead?: RegExp } = {},
): WatchedStorage {
  const seen = new Map<string, CompiledQuery>();
  const spy: KyselyPlugin = {
    transformQuery({ node, queryId }) {
      const query = storage.db.getExecutor().compileQuery(node, queryId);
      if (/^\s*(select|with)\b/i.test(query.sql)) seen.set(query.sql, query);
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  const watching = {
    asIfLarge: options.asIfLarge ?? false,
    isWatched: (table: string) => isBig(table) && options.mayRead?.test(table) !== true,
  };
  return {
    storage: { ...storage, db: storage.db.withPlugin(spy) },
    statements: () => [...seen.keys()],
    async plans() {
      const plans: string[] = [];
      for (const query of seen.values()) plans.push((await explain(storage, query, watching)).text);
      return plans;
    },
    async takeScans() {
      const queries = [...seen.values()];
      seen.clear();
      const scans: string[] = [];
      for (const query of queries) {
        const plan = await explain(storage, query, watching);
        if (plan.isScan) scans.push(`${query.sql}\n${plan.text}`);
      }
      return scans;
    },
  };
}

/** How an engine carries out a statement. */
interface Plan {
  readonly text: string;
  readonly isScan: boolean;
}

/**
 * Asks for the plan of a statement, and whether it reads a whole big table. To walk along an index is to read all of
 * it too, unless a limit ends the walk: lists read their pages like that.
 */
async function explain(
  { db, engine }: Storage,
  query: CompiledQuery,
  { asIfLarge, isWatched }: { readonly asIfLarge: boolean; isWatched(table: string): boolean },
): Promise<Plan> {
  if (engine === 'postgres') {
    const plans = await db.connection().execute(async (connection) => {
      await sql`select set_config('enable_seqscan', ${asIfLarge ? 'off' : 'on'}, false)`.execute(connection);
      const { rows } = await connection.executeQuery<Record<string, unknown>>(
        explained(query, 'explain (format json)'),
      );
      await sql`select set_config('enable_seqscan', 'on', false)`.execute(connection);
      return rows.flatMap((row) => row['QUERY PLAN'] as { Plan: PlanNode }[]);
    });
    const names = await namesOfTables(db, asIfLarge ? 0 : fewRows);
    const big = new Set(names.filter(isWatched));
    const isScan = plans.some(({ Plan }) => scansIn(Plan, { big, isCount: isCount(query) }, false));
    return { text: JSON.stringify(plans, shownOfPlan, 1), isScan };
  }
  const { rows } = await db.executeQuery<Record<string, unknown>>(explained(query, 'explain query plan'));
  const details = rows.map((row) => String(row['detail']));
  const isLimited = /\blimit\b/i.test(query.sql);
  const isScan = details.some((detail) => {
    const [, table = '', walk, covering, index = ''] =
      /^SCAN (\w+)( USING)?( COVERING)?(?: INDEX (\w+))?/.exec(detail) ?? [];
    const isCounted = isOfPart(index) || (isCount(query) && isCountable(table) && covering !== undefined);
    return isWatched(table) && !(isLimited && walk) && !isCounted;
  });
  return { text: details.join('\n'), isScan };
}

/** A node of a plan as Postgres writes it. */
interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Plans?: readonly PlanNode[];
}

function explained(query: CompiledQuery, explain: string): CompiledQuery {
  return { ...query, sql: `${explain} ${query.sql}` };
}

/** Tables with fewer rows Postgres does well to read as a whole. */
const fewRows = 5_000;

/** Tables with more rows than this, by the statistics. */
async function namesOfTables(db: Storage['db'], rowCount: number): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select relname as name from pg_class where relkind = 'r' and reltuples > ${sql.lit(rowCount)}`.execute(db);
  return rows.map((row) => row.name);
}

function isCount(query: CompiledQuery): boolean {
  return /^select count\(\*\) as "?\w+"? from "?\w+"?( where |$)/i.test(query.sql);
}

function scansIn(
  node: PlanNode,
  statement: { readonly big: ReadonlySet<string>; readonly isCount: boolean },
  isLimited: boolean,
): boolean {
  const type = node['Node Type'];
  const table = node['Relation Name'] ?? '';
  if (isOfPart(node['Index Name'] ?? '')) return false;
  if (type === 'Index Only Scan' && statement.isCount && isCountable(table)) return false;
  const readsWhole = type === 'Seq Scan' || (/^Index( Only)? Scan$/.test(type) && !node['Index Cond'] && !isLimited);
  if (readsWhole && statement.big.has(table)) return true;
  // What must be read to the end before the first row comes out is not ended by a limit above it.
  const ends = type === 'Limit' || (isLimited && !/Sort|Aggregate|Hash/.test(type));
  return (node.Plans ?? []).some((child) => scansIn(child, statement, ends));
}

function shownOfPlan(name: string, value: unknown): unknown {
  return /^(|\d+|Plans?|Node Type|Relation Name|Index Name|Index Cond|Filter|Plan Rows)$/.test(name)
    ? value
    : undefined;
}
