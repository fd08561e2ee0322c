import { randomBytes } from 'node:crypto';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, inject } from 'vitest';
import { migrations } from '../migrations.ts';
import { openStorage, type Storage } from '../storage/open-storage.ts';
import { createDatabase, dropDatabase } from './postgres-database.ts';

/** The two engines that Latchkey runs on. */
export type Engine = Storage['engine'];

/** Opens a new, empty, migrated database; it is closed and deleted when the suite ends. */
export type OpenTestStorage = () => Promise<Storage>;

/**
 * Runs a suite twice: on SQLite in a temporary file and on PostgreSQL in a database of its own. With
 * `LATCHKEY_TEST_ENGINES=sqlite`, as in `npm run check`, on SQLite only.
 * @param suite Registers the tests. Every call of `openTestStorage` gives another database.
 */
export function describeOnEachEngine(
  name: string,
  suite: (openTestStorage: OpenTestStorage, engine: Engine) => void,
): void {
  describe.each<Engine>(inject('engines'))(`${name} (%s)`, (engine) => {
    const cleanUps: (() => Promise<void>)[] = [];
    afterAll(async () => {
      for (const cleanUp of cleanUps.reverse()) await cleanUp();
    });
    suite(async () => {
      const database = await createTestDatabase(engine);
      cleanUps.push(database.drop);
      const storage = await openStorage({ url: database.url, migrations });
      cleanUps.push(() => storage.close());
      return storage;
    }, engine);
  });
}

/** A migrated, empty database for one test. Whoever asks for it drops it. */
export async function createTestDatabase(engine: Engine): Promise<TestDatabase> {
  return engine === 'sqlite'
    ? createSqliteDatabase(inject('sqliteTemplate'))
    : createPostgresDatabase(inject('postgresTemplate'));
}

/** A database without any tables for one test, to be migrated by it. Whoever asks for it drops it. */
export async function createEmptyDatabase(engine: Engine): Promise<TestDatabase> {
  return engine === 'sqlite' ? createSqliteDatabase(null) : createPostgresDatabase('template1');
}

interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** @param template a file to copy; null: none. */
async function createSqliteDatabase(template: string | null): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-sqlite-'));
  const file = join(folder, 'latchkey.db');
  if (template !== null) await copyFile(template, file);
  return { url: `sqlite:${file}`, drop: () => rm(folder, { recursive: true, force: true }) };
}

async function createPostgresDatabase(template: string): Promise<TestDatabase> {
  const server = inject('postgresUrl');
  const name = `test_${randomBytes(8).toString('hex')}`;
  const url = await createDatabase(server, name, template);
  return { url, drop: () => dropDatabase(server, name) };
}
