import type { TestProject } from 'vitest/node';
import { startRedis } from './start-redis.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The address of the test run's Redis server; null where suites run without other servers. */
    redisUrl: string | null;
  }
}

/** Starts one Redis server for the whole test run; not when `LATCHKEY_TEST_ENGINES` names SQLite alone. */
export default async function provideRedis(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (process.env['LATCHKEY_TEST_ENGINES'] === 'sqlite') {
    project.provide('redisUrl', null);
    return undefined;
  }
  const redis = await startRedis();
  project.provide('redisUrl', redis.url);
  return () => redis.stop();
}
