import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Settings } from '../config/settings.ts';
import { describeOnEachEngine } from '../testing/each-engine.ts';
import { errorOf, makeCaller } from '../testing/make-caller.ts';
import { makePersonalKey, post } from '../testing/make-key.ts';
import { startTestApp, type TestAnswer, type TestApp, testDeployment } from '../testing/start-test-app.ts';
import {
  chat,
  chatCompletion,
  type FakeUpstream,
  holdAnswers,
  sendJson,
  startUpstream,
  usageOf,
} from '../testing/upstream.ts';

/** What one call costs here: 10 and 2 tokens. */
const oneCallUsd = 0.000019;
const oneCallNanoUsd = 19_000;
const calls = (count: number, duration: string | null) => ({ maxNanoUsd: count * oneCallNanoUsd, duration });

interface ShownLimit {
  readonly scope: string;
  readonly id: string;
  readonly used: number;
  readonly reserved: number;
}

describeOnEachEngine('A budget of the config file', (openStorage) => {
  let upstream: FakeUpstream;
  let other: FakeUpstream;
  let app: TestApp;
  let clock: number;

  beforeAll(async () => {
    upstream = await startUpstream();
    other = await startUpstream();
  });
  beforeEach(() => {
    clock = Date.UTC(2026, 10, 23, 15, 10, 30);
    for (const one of [upstream, other]) one.respond(chat(['Hello'], usageOf(10, 2)));
  });
  afterEach(() => app.close());
  afterAll(async () => {
    await upstream.close();
    await other.close();
  });

  /** Two providers serve `both`; each of them serves a model alone. */
  async function start(settings: Partial<Settings>): Promise<void> {
    app = await startTestApp({ settings: settingsWith(settings), storage: await openStorage(), now: () => clock });
  }

  const settingsWith = (settings: Partial<Settings>) => ({
    models: [
      testDeployment('both', upstream.url, { id: 'first' }),
      testDeployment('both', other.url, { id: 'second', provider: 'azure' }),
      testDeployment('first', upstream.url),
      testDeployment('second', other.url, { provider: 'azure' }),
    ],
    ...settings,
  });

  function call(key: string | undefined, model: string, more: Record<string, unknown> = {}): Promise<TestAnswer> {
    const body = { model, messages: [{ role: 'user', content: 'Hi' }], max_tokens: 1, ...more };
    return app.send('POST', '/v1/chat/completions', key === undefined ? { body } : { key, body });
  }

  async function expectServed(key: string | undefined, model: string, times = 1): Promise<void> {
    for (let n = 0; n < times; n += 1) {
      const answer = await call(key, model);
      expect(answer.status, answer.text).toBe(200);
    }
  }

  async function windowSpend(): Promise<Record<string, number>> {
    await app.flush();
    const rows = await app.storage.db.selectFrom('budget_windows').selectAll().execute();
    return Object.fromEntries(rows.map((row) => [`${row.owner_kind}:${row.owner_id}`, row.spend_nano_usd]));
  }

  async function shownTo(key: string | undefined, of: string, query = ''): Promise<ShownLimit[]> {
    const asked = await app.send('GET', `/limits/effective?key=${of}${query}`, key === undefined ? {} : { key });
    expect(asked.status, asked.text).toBe(200);
    return asked.json<{ limits: ShownLimit[] }>().limits;
  }

  /** Answers late, so that calls run at once. */
  function answerLate(): void {
    for (const one of [upstream, other]) {
      one.respond((request, response, incoming) => {
        setTimeout(() => void chatCompletion('Hello', usageOf(10, 2))(request, response, incoming), 60);
      });
    }
  }

  describe('for all calls together', () => {
    it('refuses everybody in the contract’s words when it is spent, and begins anew by itself', async () => {
      await start({ proxyBudget: calls(3, '1d') });
      const { key } = await makePersonalKey(app);
      const stranger = await makePersonalKey(app);
      await expectServed(key, 'first');
      await expectServed(stranger.key, 'second');
      await expectServed(undefined, 'first');
      for (const caller of [key, stranger.key, undefined]) {
        expect(errorOf(await call(caller, 'first'))).toEqual({
          status: 422,
          message:
            'Budget has been exceeded! Current cost: 0.000057, Max budget: 0.000057. It starts anew at 2026-11-24T00:00:00.000Z.',
          type: 'budget_exceeded',
          param: null,
        });
      }
      expect(await windowSpend()).toEqual({ 'proxy:': 3 * oneCallNanoUsd });
      clock = Date.UTC(2026, 10, 24);
      await expectServed(key, 'first', 3);
      expect((await call(key, 'first')).status).toBe(422);
      expect(await windowSpend()).toEqual({ 'proxy:': 3 * oneCallNanoUsd });
    });

    it('knows after a restart what was spent before', async () => {
      await start({ proxyBudget: calls(1, null) });
      await expectServed(undefined, 'first');
      await app.flush();
      const again = await startTestApp({
        settings: settingsWith({ proxyBudget: calls(1, null) }),
        storage: app.storage,
        now: () => clock,
      });
      const body = { model: 'first', messages: [] };
      const refused = errorOf(await again.send('POST', '/v1/chat/completions', { body }));
      await again.app.close(500);
      expect(refused).toMatchObject({
        status: 422,
        message: 'Budget has been exceeded! Current cost: 0.000019, Max budget: 0.000019.',
      });
    });

    it('is overspent by one call at most when fifty meet its last cent', async () => {
      await start({ proxyBudget: calls(2.5, '1d') });
      const keys = [await makePersonalKey(app), await makePersonalKey(app)].map(({ key }) => key);
      for (const key of keys) await expectServed(key, 'both');
      answerLate();
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, n) => call(keys[n % 3], 'both', { max_tokens: 2_000 })),
      );
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(await windowSpend()).toEqual({ 'proxy:': 3 * oneCallNanoUsd });
    });

    it('is told to admins with where it comes from, to others once it stops them, and explained as it is met', async () => {
      await start({ proxyBudget: calls(1, '30d') });
      const owner = await makeCaller(app, 'internal_user');
      expect(await shownTo(undefined, owner.key)).toMatchObject([
        {
          kind: 'budget',
          scope: 'proxy',
          limit: oneCallUsd,
          used: 0,
          period: '30d',
          resets_at: '2026-12-01T00:00:00.000Z',
          set_on: { type: 'config', id: 'litellm_settings.max_budget' },
        },
      ]);
      expect(await shownTo(owner.key, owner.key)).toEqual([]);
      const rules = async () =>
        (await owner.send('POST', '/policy/explain', { model: 'first' })).json<{ rules: { limit: unknown }[] }>();
      expect((await rules()).rules.filter(({ limit }) => limit !== null)).toEqual([]);
      await expectServed(undefined, 'first');
      expect(await shownTo(owner.key, owner.key)).toMatchObject([{ scope: 'proxy', exhausted: true }]);
      const refused = errorOf(await call(owner.key, 'first'));
      expect(await rules()).toMatchObject({ allowed: false, refusal: { rule: 'budget', ...refused } });
    });
  });

  it('is one of places beside it: no more calls run at once than the config file says, whoever makes them', async () => {
    await start({ maxParallelRequests: 3 });
    const keys = [await makePersonalKey(app), await makePersonalKey(app)].map(({ key }) => key);
    const held = holdAnswers(chatCompletion('Hello', usageOf(10, 2)));
    for (const one of [upstream, other]) one.respond(held.script);
    let refused = 0;
    const send = async (_: unknown, index: number) => {
      const answer = await call(keys[index % 3], 'both');
      if (answer.status === 429) refused += 1;
      if (refused === 9) held.release();
      return answer;
    };
    const answers = await Promise.all(Array.from({ length: 12 }, send));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
    expect(errorOf(answers.find(({ status }) => status === 429) ?? (await call(keys[0], 'both')))).toMatchObject({
      status: 429,
      message: expect.stringContaining(
        'Rate limit exceeded for proxy: all. Limit type: max_parallel_requests. Current limit: 3, Remaining: 0.',
      ),
    });
    const later = await call(keys[0], 'both');
    expect([later.status, [...later.headers.keys()].filter((name) => name.includes('ratelimit'))]).toEqual([200, []]);
    expect(await shownTo(undefined, keys[0] ?? '')).toMatchObject([
      {
        kind: 'max_parallel_requests',
        scope: 'proxy',
        limit: 3,
        used: 0,
        set_on: { type: 'config', id: 'general_settings.global_max_parallel_requests' },
      },
    ]);
  });

  it('would not hold a model without a price: such models are refused where the config file says so', async () => {
    const models = [
      testDeployment('priced', upstream.url),
      testDeployment('unpriced', upstream.url, { prices: null, providerModel: 'nobody-prices-this' }),
    ];
    await start({ models, blocksModelsWithoutPricing: true });
    const { key } = await makePersonalKey(app);
    await expectServed(key, 'priced');
    for (const caller of [key, undefined]) {
      expect(errorOf(await call(caller, 'unpriced'))).toMatchObject({
        status: 403,
        type: 'model_cost_map_missing',
        param: 'model',
        message: expect.stringContaining("The model 'unpriced' has no price"),
      });
    }
    expect(await post(app, '/policy/explain', { key, model: 'unpriced' })).toMatchObject({
      allowed: false,
      refusal: { rule: 'model_priced', ...errorOf(await call(key, 'unpriced')) },
    });
    await app.close();
    await start({ models });
    await expectServed(undefined, 'unpriced');
  });

  describe('for a provider', () => {
    const message = (names: readonly string[]) =>
      `No deployments available - crossed budget for provider: ${names
        .map((name) => `Exceeded budget for provider ${name}: 0.000038 >= 0.000038`)
        .join(', ')}. The next one starts anew at 2026-11-24T00:00:00.000Z`;

    it('sends calls to the others when it is spent, and refuses only when all of a model’s are', async () => {
      await start({ providerBudgets: { openai: calls(2, '1d'), azure: calls(2, '1d') } });
      const { key } = await makePersonalKey(app);
      await expectServed(key, 'first', 2);
      expect(errorOf(await call(key, 'first'))).toEqual({
        status: 429,
        message: message(['openai']),
        type: 'None',
        param: 'None',
      });
      await expectServed(key, 'both', 2);
      expect(await windowSpend()).toEqual({
        'provider:openai': 2 * oneCallNanoUsd,
        'provider:azure': 2 * oneCallNanoUsd,
      });
      for (const stream of [false, true]) {
        expect(errorOf(await call(key, 'both', { stream }))).toMatchObject({
          status: 429,
          message: message(['azure', 'openai']),
        });
      }
      expect(errorOf(await call(undefined, 'second'))).toMatchObject({ status: 429, message: message(['azure']) });
      clock = Date.UTC(2026, 10, 24);
      await expectServed(key, 'first', 2);
      expect((await call(key, 'first')).status).toBe(429);
    });

    it('leaves providers alone that have none', async () => {
      await start({ providerBudgets: { azure: calls(0, '1d') } });
      await expectServed(undefined, 'first', 2);
      await expectServed(undefined, 'both', 3);
      expect(await windowSpend()).toEqual({});
      expect((await call(undefined, 'second')).status).toBe(429);
    });

    it('is overspent by one call at most when fifty meet its last cent, streams among them', async () => {
      await start({ providerBudgets: { openai: calls(2.5, '1d') } });
      const { key } = await makePersonalKey(app);
      await expectServed(key, 'first', 2);
      upstream.respond((request, response, incoming) => {
        setTimeout(() => void chat(['Hello'], usageOf(10, 2))(request, response, incoming), 60);
      });
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, n) => call(key, 'first', { max_tokens: 2_000, stream: n % 2 === 0 })),
      );
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(await windowSpend()).toEqual({ 'provider:openai': 3 * oneCallNanoUsd });
      expect(answers.find(({ status }) => status === 429)?.text).toContain(
        'set aside for requests that are still running',
      );
    });

    it('pays for its own answers only, and has back what was set aside when it fails', async () => {
      await start({ providerBudgets: { openai: calls(100, '1d'), azure: calls(100, '1d') } });
      const { key } = await makePersonalKey(app);
      upstream.respond((_request, response) => sendJson(response, 500, { error: { message: 'broken' } }));
      await expectServed(key, 'both', 4);
      expect((await call(key, 'first')).status).toBe(500);
      expect(await windowSpend()).toMatchObject({ 'provider:azure': 4 * oneCallNanoUsd, 'provider:openai': 0 });
      const shown = await shownTo(undefined, key, '&model=both');
      expect(shown.map(({ scope, id, used, reserved }) => [scope, id, used, reserved])).toEqual([
        ['provider', 'openai', 0, 0],
        ['provider', 'azure', 4 * oneCallUsd, 0],
      ]);
      expect(await shownTo(undefined, key, '&model=second')).toMatchObject([
        { id: 'azure', set_on: { type: 'config', id: 'router_settings.provider_budget_config.azure' } },
      ]);
    });

    it('is explained as it is met: refused when all are spent, let in while one is left', async () => {
      await start({ providerBudgets: { openai: calls(1, '1d'), azure: calls(1, '1d') } });
      const { key } = await makePersonalKey(app);
      await expectServed(key, 'first');
      const explain = (model: string) => post(app, '/policy/explain', { key, model });
      expect(await explain('both')).toMatchObject({ allowed: true, refusal: null });
      const refused = errorOf(await call(key, 'first'));
      expect(await explain('first')).toMatchObject({
        allowed: false,
        refusal: { rule: 'provider_budget', ...refused },
      });
      await expectServed(key, 'second');
      expect(await explain('both')).toMatchObject({
        allowed: false,
        refusal: { rule: 'provider_budget', ...errorOf(await call(key, 'both')) },
      });
    });
  });
});
