import BetterSqlite3 from 'better-sqlite3';
import { Kysely, PostgresDialect, SqliteDialect, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { LRUCache } from 'lru-cache';
import pg from 'pg';
import type { Database } from './database.ts';
import { type InsertNewRows, insertNewRowsIntoPostgres, insertNewRowsIntoSqlite } from './insert-new-rows.ts';

/** An open database of either engine, migrated to the newest version. */
export interface Storage {
  readonly db: Kysely<Database>;
  /**
   * The same database, by a connection that no request ever uses: for a job that must write down what it has done the
   * moment it is done, however many requests wait for a connection. No transaction may stay open on it. SQLite has one
   * connection for all.
   */
  readonly reservedDb: Kysely<Database>;
  readonly engine: 'sqlite' | 'postgres';
  readonly insertNewRows: InsertNewRows;
  /** Where a connection of one's own to PostgreSQL can be opened, with the password; null for SQLite. */
  readonly postgresUrl: string | null;
  close(): Promise<void>;
}

/** Migrations by name; names sort in the order of running. */
export type Migrations = Readonly<Record<string, Migration>>;

// Postgres returns 64-bit integers and sums of them as text. Amounts above 2^53 nano-dollars (nine million
// dollars in one number) are rounded to the nearest double when read; the database itself stays exact.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);
pg.types.setTypeParser(pg.types.builtins.NUMERIC, Number);

/**
 * Opens the database and runs the outstanding migrations under the engine's lock.
 * @param url `sqlite:<path>` (or `sqlite::memory:`), or a `postgres://` address.
 * @throws Error with the address (without password) when the database cannot be reached or migrated.
 */
export async function openStorage(options: {
  url: string;
  migrations: Migrations;
  poolSize?: number;
}): Promise<Storage> {
  const storage = options.url.startsWith('sqlite:')
    ? openSqlite(options.url.slice('sqlite:'.length))
    : openPostgres(options.url, options.poolSize ?? 10);
  try {
    await migrate(storage.db, options.migrations);
  } catch (cause) {
    await storage.close();
    throw new Error(`The database ${withoutPassword(options.url)} could not be opened or migrated: ${reason(cause)}`, {
      cause,
    });
  }
  return storage;
}

function openSqlite(path: string): Storage {
  const database = new BetterSqlite3(path);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = NORMAL');
  database.pragma('foreign_keys = ON');
  database.pragma('busy_timeout = 5000');
  const prepare = rememberStatements(database);
  const dialect = new SqliteDialect({ database: { prepare, close: () => database.close() } });
  const db = new Kysely<Database>({ dialect });
  const insertNewRows = insertNewRowsIntoSqlite(prepare);
  return { db, reservedDb: db, engine: 'sqlite', insertNewRows, postgresUrl: null, close: () => db.destroy() };
}

const statementsInMemory = 300;

/** Prepares a statement once for all its runs: for short ones, preparing costs more than running. */
function rememberStatements(database: BetterSqlite3.Database): (text: string) => BetterSqlite3.Statement {
  const statements = new LRUCache<string, BetterSqlite3.Statement>({ max: statementsInMemory });
  return (text) => {
    const known = statements.get(text);
    if (known) return known;
    const statement = database.prepare(text);
    statements.set(text, statement);
    return statement;
  };
}

function openPostgres(connectionString: string, max: number): Storage {
  const db = openPool(connectionString, max);
  const reservedDb = openPool(connectionString, 1);
  return {
    db,
    reservedDb,
    engine: 'postgres',
    insertNewRows: insertNewRowsIntoPostgres,
    postgresUrl: connectionString,
    async close() {
      await Promise.all([db.destroy(), reservedDb.destroy()]);
    },
  };
}

/** Connections are opened when they are needed, and closed when nobody has needed them for ten seconds. */
function openPool(connectionString: string, max: number): Kysely<Database> {
  const pool = new pg.Pool({ connectionString, max, connectionTimeoutMillis: 5_000 });
  // A broken idle connection is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined);
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
}

async function migrate(db: Kysely<Database>, migrations: Migrations): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } });
  const { error, results } = await migrator.migrateToLatest();
  if (error) {
    const failed = results?.find((result) => result.status === 'Error');
    throw new Error(`${failed ? `migration ${failed.migrationName} failed: ` : ''}${reason(error)}`, { cause: error });
  }
}

/** Resolves when the database answers; rejects otherwise. */
export async function pingStorage(storage: Storage): Promise<void> {
  await sql`select 1`.execute(storage.db);
}

/** True for the error that both engines raise when a unique index refuses a row. */
export function isUniqueViolation(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return code === '23505' || code === 'SQLITE_CONSTRAINT_UNIQUE' || code === 'SQLITE_CONSTRAINT_PRIMARYKEY';
}

/** True for the error by which a database ends one of several transactions that wait for each other. */
export function isDeadlock(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === '40P01';
}

/**
 * True for an error by which a database refuses what it was given: text it cannot store, a number out of range, a
 * broken constraint, a key too long for an index. Trying the same again cannot help; for every other error it may.
 */
export function isRefusedContent(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return /^(22|23|54)[0-9A-Z]{3}$/.test(code) || /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG)/.test(code);
}

function withoutPassword(url: string): string {
  return url.replace(/(:\/\/[^:/@]*):[^@]*@/, '$1:***@');
}

function reason(error: unknown): string {
  return error instanceof Error
    ? error.message || String((error as { code?: unknown }).code ?? error.name)
    : String(error);
}
