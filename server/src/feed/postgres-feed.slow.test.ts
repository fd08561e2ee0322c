import { sql } from 'kysely';
import { afterEach, expect, test } from 'vitest';
import type { ChangedObject } from '../audit/change.ts';
import type { SpendTotal } from '../counters/counters.ts';
import { migrations } from '../migrations.ts';
import { openStorage, type Storage } from '../storage/open-storage.ts';
import { createTestDatabase } from '../testing/each-engine.ts';
import { eventually } from '../testing/start-instances.ts';
import { startProxy, type TestProxy } from '../testing/start-proxy.ts';
import { type Feed, openFeed } from './feed.ts';
import { postgresChannel } from './postgres-channel.ts';

const cleanUps: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

interface Listener {
  readonly feed: Feed;
  readonly heard: ChangedObject[];
  readonly totals: SpendTotal[];
  readonly outages: unknown[];
  missed: number;
}

/** Opens a feed that a test listens on. Times are short, so that outages are noticed within a test. */
function listen(url: string): Listener {
  const listener = { heard: [] as ChangedObject[], totals: [] as SpendTotal[], outages: [] as unknown[], missed: 0 };
  const feed = openFeed(
    [postgresChannel(url, 'latchkey_test')],
    {
      changes: (objects) => listener.heard.push(...objects),
      spend: (totals) => listener.totals.push(...totals),
      missed: () => {
        listener.missed += 1;
      },
    },
    {
      onLost: (error) => listener.outages.push(error),
      onConnected: () => undefined,
      times: { beatEveryMs: 100, answerWithinMs: 1_000, retryAfterMs: 20, retryAtMostEveryMs: 100 },
    },
  );
  cleanUps.push(() => feed.close());
  return Object.assign(listener, { feed });
}

const connected = (listener: Listener) => eventually(async () => listener.feed.state === 'connected');
const key = (id: string): ChangedObject => ({ type: 'key', id });

async function prepare(): Promise<{ storage: Storage; url: string; proxy: TestProxy }> {
  const database = await createTestDatabase('postgres');
  cleanUps.push(() => database.drop());
  const storage = await openStorage({ url: database.url, migrations, poolSize: 5 });
  cleanUps.push(() => storage.close());
  const proxy = await startProxy(database.url);
  cleanUps.push(() => proxy.close());
  return { storage, url: database.url, proxy };
}

/** Tells of a change as a write does. */
async function tell(storage: Storage, from: Listener, objects: readonly ChangedObject[]): Promise<void> {
  const sent = await storage.db.transaction().execute((tx) => from.feed.tellChanges(tx, objects));
  sent();
}

test('a change is heard by the others once it is committed, in the order of commits, and never when it is taken back', async () => {
  const { storage, url } = await prepare();
  const [speaker, hearer] = [listen(url), listen(url)];
  await Promise.all([connected(speaker), connected(hearer)]);
  await expect(
    storage.db.transaction().execute(async (tx) => {
      await speaker.feed.tellChanges(tx, [key('taken back')]);
      throw new Error('taken back');
    }),
  ).rejects.toThrow('taken back');
  for (const id of ['a', 'b', 'c']) await tell(storage, speaker, [key(id)]);
  await storage.db.transaction().execute((tx) => speaker.feed.tellSpend(tx, [{ subject: 'key:a', spendNanoUsd: 7 }]));
  await eventually(async () => hearer.totals.length > 0, 2_000);
  expect(hearer.heard).toEqual([key('a'), key('b'), key('c')]);
  expect(hearer.totals).toEqual([{ subject: 'key:a', spendNanoUsd: 7 }]);
  expect(speaker.heard).toEqual([]);
});

test.each(['cut', 'frozen'] as const)(
  'a connection that is %s is seen to be down, replaced, and what was not heard is said to be missed',
  async (how) => {
    const { storage, url, proxy } = await prepare();
    const [speaker, hearer] = [listen(url), listen(proxy.url)];
    await Promise.all([connected(speaker), connected(hearer)]);
    expect(hearer.missed).toBe(1);
    if (how === 'cut') proxy.cut();
    else proxy.freeze();
    await eventually(async () => hearer.feed.state === 'down');
    await tell(storage, speaker, [key('while nobody listens')]);
    expect(hearer.outages).toHaveLength(1);
    // Connections that were frozen stay dead; new ones come through.
    if (how === 'frozen') proxy.cut();
    proxy.mend();
    await connected(hearer);
    expect(hearer.missed).toBe(2);
    await tell(storage, speaker, [key('after')]);
    await eventually(async () => hearer.heard.length > 0, 2_000);
    expect(hearer.heard).toEqual([key('after')]);
    expect(hearer.outages).toHaveLength(1);
  },
);

test('a connection that the server ends is replaced', async () => {
  const { storage, url } = await prepare();
  const hearer = listen(url);
  await connected(hearer);
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'latchkey feed'`.execute(
    storage.db,
  );
  await eventually(async () => hearer.missed === 2);
  expect(hearer.feed.state).toBe('connected');
});

test('a feed that was never connected says so once, and closes', async () => {
  const { proxy } = await prepare();
  proxy.cut();
  const hearer = listen(proxy.url);
  await eventually(async () => hearer.outages.length > 0);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(hearer.outages).toHaveLength(1);
  expect([hearer.feed.state, hearer.missed]).toEqual(['down', 0]);
  await hearer.feed.close();
});
