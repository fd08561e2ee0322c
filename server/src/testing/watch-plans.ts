import { type CompiledQuery, type KyselyPlugin, sql } from 'kysely';
import type { Storage } from '../storage/open-storage.ts';

/** Whether no plan may read a table as a whole. */
const isBig = (table: string) =>
  /^(keys|previous_key_hashes|users|teams|team_members|request_logs|audit_log|customers|usage_.*|.*rollups.*)$/.test(
    table,
  );

/** A storage that notes every statement that passes through it. */
export interface WatchedStorage {
  readonly storage: Storage;
  /** How the engine carries out what was asked since the last time, where it reads a whole big table: the plans. */
  takeScans(): Promise<string[]>;
}

/** Watches a storage. */
export function watchStorage(storage: Storage): WatchedStorage {
  const seen = new Map<string, CompiledQuery>();
  const spy: KyselyPlugin = {
    transformQuery({ node, queryId }) {
      const query = storage.db.getExecutor().compileQuery(node, queryId);
      if (/^\s*(select|with)\b/i.test(query.sql)) seen.set(query.sql, query);
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  return {
    storage: { ...storage, db: storage.db.withPlugin(spy) },
    async takeScans() {
      const queries = [...seen.values()];
      seen.clear();
      const scans: string[] = [];
      for (const query of queries) {
        const plan = await scanIn(storage, query);
        if (plan !== null) scans.push(`${query.sql}\n${plan}`);
      }
      return scans;
    },
  };
}

/**
 * The plan of a statement that reads a whole big table; null: it reads none. To walk along an index is to read all of
 * it too, unless a limit ends the walk: lists read their pages like that.
 */
async function scanIn({ db, engine }: Storage, query: CompiledQuery): Promise<string | null> {
  const explain = engine === 'sqlite' ? 'explain query plan' : 'explain (format json)';
  const { rows } = await db.executeQuery<Record<string, unknown>>({ ...query, sql: `${explain} ${query.sql}` });
  if (engine === 'postgres') {
    const big = await namesOfBigTables(db);
    const plans = rows.flatMap((row) => row['QUERY PLAN'] as { Plan: PlanNode }[]);
    const isScan = plans.some(({ Plan }) => scansIn(Plan, big, false));
    return isScan ? JSON.stringify(plans, shownOfPlan, 1) : null;
  }
  const details = rows.map((row) => String(row['detail']));
  const isLimited = /\blimit\b/i.test(query.sql);
  const scans = details.some((detail) => {
    const [, table = '', walk] = /^SCAN (\w+)( USING)?/.exec(detail) ?? [];
    return isBig(table) && !(isLimited && walk);
  });
  return scans ? details.join('\n') : null;
}

/** A node of a plan as Postgres writes it. */
interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Plans?: readonly PlanNode[];
}

/** Tables that Postgres does well to read as a whole are left out. */
async function namesOfBigTables(db: Storage['db']): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ name: string }>`
    select relname as name from pg_class where relkind = 'r' and reltuples > ${sql.lit(fewRows)}`.execute(db);
  return new Set(rows.map((row) => row.name).filter(isBig));
}

const fewRows = 5_000;

function scansIn(node: PlanNode, big: ReadonlySet<string>, isLimited: boolean): boolean {
  const type = node['Node Type'];
  const readsWhole = type === 'Seq Scan' || (/^Index( Only)? Scan$/.test(type) && !node['Index Cond'] && !isLimited);
  if (readsWhole && big.has(node['Relation Name'] ?? '')) return true;
  // What must be read to the end before the first row comes out is not ended by a limit above it.
  const ends = type === 'Limit' || (isLimited && !/Sort|Aggregate|Hash/.test(type));
  return (node.Plans ?? []).some((child) => scansIn(child, big, ends));
}

function shownOfPlan(name: string, value: unknown): unknown {
  return /^(|\d+|Plans?|Node Type|Relation Name|Index Name|Index Cond|Filter|Plan Rows)$/.test(name)
    ? value
    : undefined;
}
