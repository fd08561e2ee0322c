import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { CacheSettings } from '../config/settings.ts';
import { logOf, rollupOf, spendOf } from '../testing/books.ts';
import { errorOf } from '../testing/make-caller.ts';
import { makePersonalKey, makeTeamKey, post, type TestKey } from '../testing/make-key.ts';
import { eventsOf, textOf } from '../testing/open-stream.ts';
import { startTestApp, type TestAnswer, type TestApp, testDeployment } from '../testing/start-test-app.ts';
import { chat, type FakeUpstream, sendJson, startUpstream, usageOf } from '../testing/upstream.ts';

let upstream: FakeUpstream;
let clock = Date.UTC(2026, 10, 23, 9);
const settings: CacheSettings = {
  enabled: true,
  mode: 'default_on',
  ttlMs: null,
  maxBytes: 1024 * 1024,
  namespace: null,
  callTypes: ['acompletion', 'aembedding'],
};

async function startCaching(cache: Partial<CacheSettings> = {}): Promise<TestApp> {
  return startTestApp({
    settings: {
      models: ['gpt', 'other'].map((name) => testDeployment(name, upstream.url)),
      cache: { ...settings, ...cache },
    },
    now: () => clock,
  });
}

let app: TestApp;
let holder: TestKey;
beforeAll(async () => {
  upstream = await startUpstream();
  app = await startCaching();
});
afterAll(async () => {
  await app.close();
  await upstream.close();
});
beforeEach(async () => {
  upstream.respond(chat(['Hel', 'lo'], usageOf(1_000, 300)));
  holder = await makePersonalKey(app);
});

const messages = [{ role: 'user', content: 'Hi' }];
const cost = 1_000 * 1_500 + 300 * 2_000;

function call(more: Record<string, unknown> = {}, key = holder.key, on = app): Promise<TestAnswer> {
  // So that the log has an order.
  clock += 1;
  return on.send('POST', '/v1/chat/completions', { key, body: { model: 'gpt', messages, ...more } });
}

/** How many of the calls went to the provider. */
async function providerCalls(...calls: (() => Promise<TestAnswer>)[]): Promise<number> {
  const before = upstream.seen.length;
  for (const each of calls) {
    const answer = await each();
    expect(answer.status, answer.text).toBe(200);
  }
  return upstream.seen.length - before;
}

describe('The same request again', () => {
  test('is answered byte for byte without a provider, costs nothing, and the books say what it saved', async () => {
    const first = await call();
    const second = await call();
    expect(second.text).toBe(first.text);
    expect(first.headers.get('x-litellm-response-cost')).toBe('0.0021');
    expect(second.headers.get('x-litellm-response-cost')).toBe('0');
    expect(second.headers.get('x-litellm-cache-key')).toBe(first.headers.get('x-litellm-cache-key'));
    const [miss, hit] = await logOf(app, holder.key);
    expect(miss).toMatchObject({ cache_status: 'miss', spend_nano_usd: cost, saved_nano_usd: 0 });
    expect(hit).toMatchObject({
      cache_status: 'hit',
      spend_nano_usd: 0,
      saved_nano_usd: cost,
      prompt_tokens: 1_000,
      completion_tokens: 300,
      usage_source: 'cache',
      attempts: 0,
    });
    expect(await rollupOf(app, holder.key)).toMatchObject({
      requests: 2,
      hits: 1,
      misses: 1,
      spendNanoUsd: cost,
      savedNanoUsd: cost,
    });
    expect(await spendOf(app, holder.key)).toMatchObject({ key: cost, user: cost });
  });

  test('is answered for every key of the same person, and for every member of the same team', async () => {
    const second = String((await post(app, '/key/generate', { user_id: holder.userId }))['key']);
    expect(
      await providerCalls(
        () => call(),
        () => call({}, second),
      ),
    ).toBe(1);
    const team = await makeTeamKey(app);
    const other = String((await post(app, '/key/generate', { team_id: team.teamId }))['key']);
    expect(
      await providerCalls(
        () => call({}, team.key),
        () => call({}, other),
      ),
    ).toBe(1);
  });

  test('is never answered with what another person, another team or a team of the same person was answered', async () => {
    const [other, team, otherTeam] = [await makePersonalKey(app), await makeTeamKey(app), await makeTeamKey(app)];
    const ownTeamKey = String((await post(app, '/team/new', { team_id: `of-${holder.userId}` }))['team_id']);
    await post(app, '/team/member_add', { team_id: ownTeamKey, member: { role: 'user', user_id: holder.userId } });
    const inTeam = String((await post(app, '/key/generate', { user_id: holder.userId, team_id: ownTeamKey }))['key']);
    const keys = [holder.key, other.key, team.key, otherTeam.key, inTeam];
    expect(await providerCalls(...keys.map((key) => () => call({}, key)))).toBe(keys.length);
  });

  test('still needs a budget and a right to the model', async () => {
    const { key } = await makePersonalKey(app, { key: { max_budget: 0.0021 } });
    expect(await providerCalls(() => call({}, key))).toBe(1);
    expect((await call({}, key)).status).toBe(422);
    await post(app, '/key/update', { key, max_budget: 1, models: ['other'] });
    expect((await call({}, key)).status).toBe(403);
  });

  test.each([
    ['messages', { messages: [{ role: 'user', content: 'Hi!' }] }],
    ['model', { model: 'other' }],
    ['temperature', { temperature: 0.5 }],
    ['max_tokens', { max_tokens: 5 }],
    ['tools', { tools: [] }],
    ['stream', { stream: true }],
    ['a field nobody knows', { something_new: 1 }],
    ['namespace', { cache: { namespace: 'mine' } }],
  ])('is another request with another %s', async (_name, more) => {
    expect(
      await providerCalls(
        () => call(),
        () => call(more),
        () => call(more),
      ),
    ).toBe(2);
  });

  test('is the same request with another customer, tag or bookkeeping', async () => {
    expect(
      await providerCalls(
        () => call(),
        () => call({ user: 'customer', tags: ['a'], metadata: { a: 1 }, num_retries: 1 }),
      ),
    ).toBe(1);
  });
});

describe('What a hit saved', () => {
  test.each([false, true])(
    'is the time that the same answer took when its provider gave it (stream: %j)',
    async (stream) => {
      upstream.respond((request, response, incoming) => {
        clock += 750;
        return chat(['Hello'], usageOf(1_000, 300))(request, response, incoming);
      });
      await call({ stream });
      await call({ stream });
      await call({ stream });
      expect((await logOf(app, holder.key)).map((row) => [row.saved_ms, row.ended_at - row.started_at])).toEqual([
        [0, 750],
        [750, 0],
        [750, 0],
      ]);
      expect(await rollupOf(app, holder.key)).toMatchObject({ savedMs: 1_500 });
    },
  );

  test('is nothing of the provider’s prompt cache, which had no part in it', async () => {
    upstream.respond(chat(['Hello'], usageOf(1_000, 300, 400)));
    await call();
    await call();
    expect(
      (await logOf(app, holder.key)).map((row) => [row.cache_read_input_tokens, row.unreported_input_tokens]),
    ).toEqual([
      [400, 0],
      [0, 0],
    ]);
  });
});

describe('A stream', () => {
  test('is replayed as a stream, with the usage event for those who ask for it and without for all others', async () => {
    const asked = { stream: true, stream_options: { include_usage: true } };
    for (const first of [{ stream: true }, asked]) {
      holder = await makePersonalKey(app);
      const original = await call(first);
      const before = upstream.seen.length;
      const plain = await call({ stream: true });
      const withUsage = await call(asked);
      expect(upstream.seen.length).toBe(before);
      expect(plain.headers.get('content-type')).toContain('text/event-stream');
      expect([textOf(original.text), textOf(plain.text), textOf(withUsage.text)]).toEqual(['Hello', 'Hello', 'Hello']);
      expect(plain.text).not.toContain('"usage"');
      expect(eventsOf(withUsage.text).at(-1)).toMatchObject({
        choices: [],
        usage: { prompt_tokens: 1_000, completion_tokens: 300 },
      });
      for (const replay of [plain, withUsage]) expect(replay.text.endsWith('data: [DONE]\n\n')).toBe(true);
    }
  });

  test('that broke off is not kept, nor is an error', async () => {
    upstream.respond(
      (_request, response) =>
        void response
          .writeHead(200, { 'content-type': 'text/event-stream' })
          .write('data: {"id":"c","choices":[]}\n\n', () => response.destroy()),
    );
    await call({ stream: true });
    upstream.respond((_request, response) => sendJson(response, 400, { error: { message: 'no' } }));
    await call();
    upstream.respond(chat(['Hello'], usageOf(1, 1)));
    expect(
      await providerCalls(
        () => call({ stream: true }),
        () => call(),
      ),
    ).toBe(2);
  });
});

describe('What a request says about the cache', () => {
  test('ttl: the answer is kept so long and no longer; 0 keeps nothing', async () => {
    expect(
      await providerCalls(
        () => call({ cache: { ttl: 60 } }),
        () => call(),
      ),
    ).toBe(1);
    clock += 59_900;
    expect(await providerCalls(() => call())).toBe(0);
    clock += 100;
    expect(await providerCalls(() => call({ cache: { ttl: 0 } }))).toBe(1);
    expect(await providerCalls(() => call())).toBe(1);
    // What was kept for no time at all was too old, and so was what a minute was over for.
    expect((await logOf(app, holder.key)).map((row) => row.cache_status)).toEqual([
      ...['miss', 'hit', 'hit', 'stale', 'stale'],
    ]);
    expect(await rollupOf(app, holder.key)).toMatchObject({ requests: 5, hits: 2, misses: 3, stale: 2 });
  });

  test('s-maxage: only a younger answer is taken', async () => {
    await call();
    clock += 9_900;
    expect(await providerCalls(() => call({ cache: { 's-maxage': 10 } }))).toBe(0);
    expect(await providerCalls(() => call({ cache: { 's-max-age': 9 } }))).toBe(1);
    expect(await providerCalls(() => call({ cache: { 's-maxage': 9 } }))).toBe(0);
    expect((await logOf(app, holder.key)).map((row) => row.cache_status)).toEqual(['miss', 'hit', 'stale', 'hit']);
  });

  test('no-cache: the provider is asked, and its answer is kept; the books say bypass', async () => {
    await call();
    upstream.respond(chat(['New'], usageOf(1, 1)));
    expect(await providerCalls(() => call({ cache: { 'no-cache': true } }))).toBe(1);
    expect((await call()).text).toContain('New');
    expect((await logOf(app, holder.key)).map((row) => row.cache_status)).toEqual(['miss', 'bypass', 'hit']);
    expect(await rollupOf(app, holder.key)).toMatchObject({ requests: 3, hits: 1, misses: 1, bypasses: 1 });
  });

  test('no-store: what is there is taken, and nothing is kept', async () => {
    expect(
      await providerCalls(
        () => call({ cache: { 'no-store': true } }),
        () => call({ cache: { 'no-store': true } }),
      ),
    ).toBe(2);
    await call();
    expect(await providerCalls(() => call({ cache: { 'no-store': true } }))).toBe(0);
  });

  test('is never sent to the provider', async () => {
    await call({ cache: { namespace: 'mine' } });
    expect(upstream.seen.at(-1)?.body).not.toHaveProperty('cache');
  });

  test('is refused with 403 when the key may not say it', async () => {
    const { key } = await makePersonalKey(app, { key: { allowed_cache_controls: ['no-cache'] } });
    expect((await call({ cache: { 'no-cache': true } }, key)).status).toBe(200);
    expect(errorOf(await call({ cache: { ttl: 5 } }, key))).toMatchObject({
      status: 403,
      message: 'Not allowed to set ttl as a cache control. Contact admin to change permissions.',
    });
  });

  test.each(['yes', 5, [], true, { ttl: 'long' }, { ttl: -1 }, { 's-maxage': {} }])(
    'is refused with 400 when it makes no sense: %j',
    async (cache) => {
      expect(errorOf(await call({ cache }))).toMatchObject({ status: 400, param: 'cache' });
    },
  );
});

describe('The cache', () => {
  test('that is off by default is used by those who ask for it', async () => {
    const opened = await startCaching({ mode: 'default_off' });
    const { key } = await makePersonalKey(opened);
    const again = (more: Record<string, unknown>) => () => call(more, key, opened);
    expect(await providerCalls(again({}), again({}))).toBe(2);
    const asked = { cache: { 'use-cache': true } };
    expect(await providerCalls(again(asked), again(asked), again({}))).toBe(2);
    expect((await logOf(opened, key)).map((row) => row.cache_status)).toEqual(['off', 'off', 'miss', 'hit', 'off']);
    await opened.close();
  });

  test.each([
    ['that is switched off', { enabled: false }, 'off'],
    ['of embeddings only', { callTypes: ['aembedding'] }, 'not_cacheable'],
  ])('%s keeps no chats', async (_name, cache, status) => {
    const opened = await startCaching(cache);
    const { key } = await makePersonalKey(opened);
    expect(
      await providerCalls(
        () => call({}, key, opened),
        () => call({}, key, opened),
      ),
    ).toBe(2);
    expect((await logOf(opened, key)).map((row) => row.cache_status)).toEqual([status, status]);
    const uncacheable = status === 'not_cacheable' ? 2 : 0;
    expect(await rollupOf(opened, key)).toMatchObject({ requests: 2, hits: 0, misses: 0, uncacheable });
    await opened.close();
  });

  test('forgets what was used longest ago when it is full', async () => {
    const opened = await startCaching({ maxBytes: 2_500 });
    const { key } = await makePersonalKey(opened);
    for (let n = 0; n < 10; n += 1) await call({ seed: n }, key, opened);
    expect(await providerCalls(() => call({ seed: 9 }, key, opened))).toBe(0);
    expect(await providerCalls(() => call({ seed: 0 }, key, opened))).toBe(1);
    await opened.close();
  });
});
