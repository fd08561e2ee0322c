import type { Settings } from '../config/settings.ts';
import { migrations } from '../migrations.ts';
import { openStorage } from '../storage/open-storage.ts';
import { createTestDatabase } from './each-engine.ts';
import { startTestApp, type TestApp } from './start-test-app.ts';

/** Two gateways on one PostgreSQL database, each with a data folder of its own. */
export interface Instances {
  readonly one: TestApp;
  readonly other: TestApp;
  /** The address of their database. */
  readonly databaseUrl: string;
  close(): Promise<void>;
}

/** Starts two gateways on a new database, and waits until they hear each other, if their settings let them. */
export async function startInstances(settings: Partial<Settings>, now?: () => number): Promise<Instances> {
  const database = await createTestDatabase('postgres');
  const start = async () =>
    startTestApp({
      storage: await openStorage({ url: database.url, migrations }),
      settings,
      ...(now ? { now } : {}),
    });
  const [one, other] = await Promise.all([start(), start()]);
  for (const instance of [one, other]) await untilItHears(instance);
  return {
    one,
    other,
    databaseUrl: database.url,
    async close() {
      await Promise.all([one.close(), other.close()]);
      await database.drop();
    },
  };
}

/** Waits until an instance hears the others, and counts with them, where its settings let it. */
async function untilItHears(instance: TestApp): Promise<void> {
  await eventually(async () => {
    const { change_feed, counters } = (await instance.send('GET', '/health/readiness')).json();
    return change_feed !== 'down' && counters !== 'alone';
  });
}

/** Waits until something is so. @throws Error when it is not in time. */
export async function eventually(isSo: () => Promise<boolean>, withinMs = 15_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`It was not so within ${withinMs} ms.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
