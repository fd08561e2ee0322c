import type { TestProject } from 'vitest/node';
import { migrations } from '../migrations.ts';
import { openStorage, type Storage } from '../storage/open-storage.ts';
import { createDatabase } from './postgres-database.ts';
import { startPostgres } from './start-postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The engines that suites run on. */
    engines: Storage['engine'][];
    /** The address of the test run's PostgreSQL server. */
    postgresUrl: string;
    /** The name of a migrated, empty database on it, to be used as a template. */
    postgresTemplate: string;
  }
}

/**
 * Starts one PostgreSQL server for the whole test run, with a migrated database that tests copy theirs from; not
 * when `LATCHKEY_TEST_ENGINES` names SQLite alone.
 */
export default async function providePostgres(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const engines: Storage['engine'][] =
    process.env['LATCHKEY_TEST_ENGINES'] === 'sqlite' ? ['sqlite'] : ['sqlite', 'postgres'];
  project.provide('engines', engines);
  if (!engines.includes('postgres')) return undefined;
  const postgres = await startPostgres();
  const template = 'migrated';
  try {
    const url = await createDatabase(postgres.url, template);
    const storage = await openStorage({ url, migrations, poolSize: 1 });
    await storage.close();
  } catch (error) {
    await postgres.stop();
    throw error;
  }
  project.provide('postgresUrl', postgres.url);
  project.provide('postgresTemplate', template);
  return () => postgres.stop();
}
