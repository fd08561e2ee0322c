import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { logOf, rollupOf, spendOf } from '../testing/books.ts';
import { type BreakableStorage, breakable } from '../testing/breakable-storage.ts';
import { describeOnEachEngine } from '../testing/each-engine.ts';
import { errorOf } from '../testing/make-caller.ts';
import { makePersonalKey, post } from '../testing/make-key.ts';
import { startTestApp, type TestAnswer, type TestApp, testDeployment } from '../testing/start-test-app.ts';
import { chat, type FakeUpstream, startUpstream, usageOf } from '../testing/upstream.ts';

describeOnEachEngine('When something gives way', (openTestStorage) => {
  let upstream: FakeUpstream;
  let storage: BreakableStorage;
  let app: TestApp;
  let clock = Date.UTC(2026, 10, 23, 9);

  beforeAll(async () => {
    upstream = await startUpstream();
    upstream.respond(chat(['Hello'], usageOf(10, 2)));
    storage = breakable(await openTestStorage());
    const models = [
      testDeployment('gpt', upstream.url),
      testDeployment('*', upstream.url, { id: 'any', providerModel: '*' }),
    ];
    // Each engine's database is closed by who opened it.
    app = await startTestApp({
      settings: { models },
      now: () => clock,
      storage: Object.defineProperty({ ...withoutDb(storage), close: async () => undefined }, 'db', {
        get: () => storage.db,
        enumerable: true,
      }) as BreakableStorage,
    });
  });
  afterAll(async () => {
    storage.mend();
    await app.close();
    await upstream.close();
  });

  function call(key: string, more: Record<string, unknown> = {}): Promise<TestAnswer> {
    return app.send('POST', '/v1/chat/completions', {
      key,
      body: { model: 'gpt', messages: [{ role: 'user', content: 'Hi' }], ...more },
    });
  }

  test('a known key goes on being served without the database, for as long as that takes, and the books are complete afterwards', async () => {
    const { key } = await makePersonalKey(app);
    expect((await call(key)).status).toBe(200);
    storage.break();
    for (let n = 0; n < 5; n += 1) {
      clock += 11_000;
      expect((await call(key, { stream: n % 2 === 0 })).status).toBe(200);
    }
    storage.mend();
    expect(await logOf(app, key)).toHaveLength(6);
    expect(await rollupOf(app, key)).toMatchObject({ requests: 6, spendNanoUsd: 6 * 19_000 });
    expect(await spendOf(app, key)).toMatchObject({ key: 6 * 19_000, user: 6 * 19_000 });
  });

  test('budgets bind all the same without the database', async () => {
    const { key } = await makePersonalKey(app, { key: { max_budget: 0.000038, budget_duration: '1h' } });
    expect((await call(key)).status).toBe(200);
    storage.break();
    clock += 11_000;
    expect((await call(key)).status).toBe(200);
    expect((await call(key)).status).toBe(422);
    clock += 3_600_000;
    expect((await call(key)).status).toBe(422);
    storage.mend();
    expect((await call(key)).status).toBe(200);
  });

  test('a key that only the database knows is refused with 503, and never let in unchecked', async () => {
    const { key } = await makePersonalKey(app);
    storage.break();
    expect(errorOf(await call(key))).toMatchObject({
      status: 503,
      type: 'no_db_connection',
      message: expect.stringContaining('Nothing was charged'),
    });
    expect((await call('sk-unknown-0123456789')).status).toBe(503);
    expect((await app.send('GET', '/key/list')).status).toBeGreaterThanOrEqual(500);
    expect((await app.send('GET', '/health/readiness', { key: null })).status).toBe(503);
    expect((await app.send('GET', '/health/liveliness', { key: null })).status).toBe(200);
    storage.mend();
    expect((await call(key)).status).toBe(200);
  });

  test('a key that is blocked while it is being read is refused from then on', async () => {
    const { key } = await makePersonalKey(app);
    const release = storage.holdNextAnswer();
    const early = call(key);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await post(app, '/key/block', { key });
    const late = await call(key);
    expect(late.status).toBe(401);
    release();
    await early;
    expect((await call(key)).status).toBe(401);
  });

  test('no text from outside keeps the books from being written', async () => {
    const { key } = await makePersonalKey(app);
    upstream.respond((request, response, incoming) => {
      if (request.body['stream'] === true) return chat(['Hello'], usageOf(10, 2))(request, response, incoming);
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ id: 'nul\0id', choices: [], usage: { prompt_tokens: 1e300, completion_tokens: -5 } }),
      );
    });
    const nasty = ['nul\0', '\ud800', "'; DROP TABLE request_logs; --", '😀'.repeat(60)];
    for (const text of nasty) {
      const answer = await call(key, { model: `m${text}`, user: text, tags: [text], stream: text === '\ud800' });
      expect(answer.status, answer.text).toBe(200);
    }
    expect((await call(key, { model: 'x'.repeat(5_000) })).status).toBe(400);
    upstream.respond((_request, response) => void response.writeHead(400).end('broken \0 \ud800'));
    expect((await call(key)).status).toBe(400);
    upstream.respond(chat(['Hello'], usageOf(10, 2)));
    expect(await logOf(app, key)).toHaveLength(nasty.length + 1);
    const { key: other } = await makePersonalKey(app);
    await call(other);
    expect(await logOf(app, other)).toHaveLength(1);
  });

  test('an answer that cannot be written down is not handed out and not charged', async () => {
    const { key } = await makePersonalKey(app);
    await app.flush();
    const journal = join(app.app.parts.settings.dataDir, 'journal');
    rmSync(journal, { recursive: true });
    const failed = await call(key);
    expect(failed.status).toBe(500);
    expect(failed.text).not.toContain('Hello');
    mkdirSync(journal);
    expect((await call(key)).headers.get('x-litellm-key-spend')).toBe('0.000019');
    expect(await spendOf(app, key)).toMatchObject({ key: 19_000 });
  });
});

function withoutDb({ db: _, ...rest }: BreakableStorage): Omit<BreakableStorage, 'db'> {
  return rest;
}
