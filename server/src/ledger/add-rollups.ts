import { CompiledQuery, type Kysely, sql } from 'kysely';
import type { Database } from '../storage/database.ts';
import type { JournalEntry } from './journal.ts';
import type { UsageRollupTable } from './ledger.table.ts';

/** A quarter of an hour: the grain of the rollups, so that the days of every time zone can be summed exactly. */
export const quarterHourMs = 15 * 60 * 1000;

/** A UTC day. */
export const utcDayMs = 24 * 60 * 60 * 1000;

/** The sums that the rollups hold. Counts, tokens, nano-dollars and milliseconds; a new one needs a migration. */
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
  'stale_cache_misses',
  'cache_bypasses',
  'uncacheable_requests',
  'saved_ms',
  'unreported_input_tokens',
  'prompt_cache_saved_nano_usd',
  'prompt_cache_premium_nano_usd',
] as const satisfies readonly (keyof UsageRollupTable)[];

const owners = ['key_hash', 'user_id', 'team_id'] as const;
const subjects = ['model', 'model_group', 'provider', 'endpoint'] as const;

/** Adds sums of quarters of an hour to the rollups. Call it inside a transaction. */
export async function addRollups(db: Kysely<Database>, rows: readonly UsageRollupTable[]): Promise<void> {
  await addSums(db, 'usage_rollups', ['quarter_hour_at', ...owners, ...subjects], rows);
}

/** Adds answers that carry tags, were given to a named customer, or paid by an organization, to the rollups of those. */
export async function addSparseRollups(db: Kysely<Database>, entries: readonly JournalEntry[]): Promise<void> {
  const time = 'quarter_hour_at';
  const customers = entries.filter((entry) => entry.end_user !== '');
  await addSums(
    db,
    'customer_rollups',
    [time, 'end_user', ...owners, ...subjects],
    customers.map((entry) => ({ ...rollupOf(entry), end_user: entry.end_user })),
  );
  const tagged = entries.flatMap((entry) => tagsOf(entry).map((tag) => ({ ...rollupOf(entry), tag })));
  await addSums(db, 'tag_rollups', [time, 'tag', ...owners, ...subjects], tagged);
  const paid = entries.filter((entry) => entry.organization_id !== '');
  await addSums(
    db,
    'organization_rollups',
    [time, 'organization_id', ...owners, ...subjects],
    paid.map((entry) => ({ ...rollupOf(entry), organization_id: entry.organization_id })),
  );
}

/** When the quarter of an hour began in which a call began: the one that it counts in. Epoch milliseconds. */
export function quarterHourOf(entry: JournalEntry): number {
  return Math.floor(entry.started_at / quarterHourMs) * quarterHourMs;
}

/** The sums of one answer. */
export function rollupOf(entry: JournalEntry): UsageRollupTable {
  const { cache_status: cache } = entry;
  const hit = cache === 'hit';
  return {
    quarter_hour_at: quarterHourOf(entry),
    key_hash: entry.key_hash,
    user_id: entry.user_id,
    team_id: entry.team_id,
    model: entry.model,
    model_group: entry.model_group,
    provider: entry.provider,
    endpoint: entry.endpoint,
    requests: 1,
    failed_requests: entry.status === 'failure' ? 1 : 0,
    prompt_tokens: entry.prompt_tokens,
    completion_tokens: entry.completion_tokens,
    cache_read_input_tokens: entry.cache_read_input_tokens,
    cache_creation_input_tokens: entry.cache_creation_input_tokens,
    spend_nano_usd: entry.spend_nano_usd,
    cache_hits: hit ? 1 : 0,
    cache_misses: cache === 'miss' || cache === 'stale' ? 1 : 0,
    stale_cache_misses: cache === 'stale' ? 1 : 0,
    cache_bypasses: cache === 'bypass' ? 1 : 0,
    uncacheable_requests: cache === 'not_cacheable' ? 1 : 0,
    cached_prompt_tokens: hit ? entry.prompt_tokens : 0,
    cached_completion_tokens: hit ? entry.completion_tokens : 0,
    saved_nano_usd: entry.saved_nano_usd,
    saved_ms: entry.saved_ms,
    unreported_input_tokens: entry.unreported_input_tokens,
    prompt_cache_saved_nano_usd: entry.prompt_cache_saved_nano_usd,
    prompt_cache_premium_nano_usd: entry.prompt_cache_premium_nano_usd,
    duration_ms: entry.ended_at - entry.started_at,
  };
}

function tagsOf(entry: JournalEntry): string[] {
  if (entry.tags === '[]') return [];
  const tags: unknown = JSON.parse(entry.tags);
  return Array.isArray(tags) ? [...new Set(tags.filter((tag) => typeof tag === 'string'))] : [];
}

type Sums = Record<(typeof rollupSums)[number], number>;

const rowsPerStatement = 500;

/** Adds rows up by their key and then to what the table holds. */
async function addSums<Row extends Sums>(
  db: Kysely<Database>,
  table: string,
  key: readonly ColumnOf<Row>[],
  rows: readonly Row[],
): Promise<void> {
  const sorted = sumsBy(key, rows);
  for (let start = 0; start < sorted.length; start += rowsPerStatement) {
    const part = sorted.slice(start, start + rowsPerStatement);
    const values = part.flatMap((row) => [...key, ...rollupSums].map((column) => row[column]));
    await db.executeQuery(CompiledQuery.raw(addingStatement(db, table, key, part.length), values));
  }
}

/** Texts of statements by engine: building one takes longer than running it, and folds need the same few. */
const statementsByEngine = new WeakMap<object, Map<string, string>>();
const rowsOfRemembered = 16;

/** The statement that adds so many rows to what a table holds. */
function addingStatement(db: Kysely<Database>, table: string, key: readonly string[], rows: number): string {
  const { adapter } = db.getExecutor();
  const statements = statementsByEngine.get(adapter) ?? new Map<string, string>();
  statementsByEngine.set(adapter, statements);
  const name = `${table} ${rows}`;
  const known = statements.get(name);
  if (known !== undefined) return known;
  const columns = [...key, ...rollupSums];
  const values = Array.from({ length: rows }, () => sql`(${sql.join(columns.map(() => sql.val(0)))})`);
  const added = rollupSums.map(
    (sum) => sql`${sql.ref(sum)} = ${sql.ref(`${table}.${sum}`)} + ${sql.ref(`excluded.${sum}`)}`,
  );
  const text = sql`insert into ${sql.table(table)} (${sql.join(columns.map((column) => sql.ref(column)))})
    values ${sql.join(values)}
    on conflict (${sql.join(key.map((column) => sql.ref(column)))}) do update set ${sql.join(added)}`.compile(db).sql;
  if (rows <= rowsOfRemembered) statements.set(name, text);
  return text;
}

type ColumnOf<Row> = keyof Row & string;

/** One row for each key, in one order for all instances, so that two of them folding at once cannot wait for each other. */
function sumsBy<Row extends Sums>(key: readonly ColumnOf<Row>[], rows: readonly Row[]): Row[] {
  const sums = new Map<string, Row>();
  for (const row of rows) {
    const name = nameOf(key, row);
    const known: Sums | undefined = sums.get(name);
    if (known) for (const sum of rollupSums) known[sum] += row[sum];
    else sums.set(name, { ...row });
  }
  return [...sums].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
}

/** The values of the key's columns in one text. Each with its length, so that no two rows with other values share it. */
function nameOf<Row>(key: readonly ColumnOf<Row>[], row: Row): string {
  let name = '';
  for (const column of key) {
    const value = String(row[column]);
    name += `${value.length}:${value}`;
  }
  return name;
}
