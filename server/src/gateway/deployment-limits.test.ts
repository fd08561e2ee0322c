import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { DeploymentSettings, Settings } from '../config/settings.ts';
import { describeOnEachEngine } from '../testing/each-engine.ts';
import { errorOf, makeCaller } from '../testing/make-caller.ts';
import { makePersonalKey, post } from '../testing/make-key.ts';
import { startInstances } from '../testing/start-instances.ts';
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
const oneCallNanoUsd = 19_000;
const calls = (count: number, duration: string | null = '1d') => ({ maxNanoUsd: count * oneCallNanoUsd, duration });
const unlimited = { requestsPerMinute: null, tokensPerMinute: null, maxParallelRequests: null };

interface ShownLimit {
  readonly kind: string;
  readonly scope: string;
  readonly id: string;
  readonly used: number;
  readonly exhausted: boolean;
}

/** Sends a call of one model; without a key, of the master key. */
function callOn(
  app: TestApp,
  model: string,
  more: Record<string, unknown> = {},
  key: string | null = null,
): Promise<TestAnswer> {
  const body = { model, messages: [{ role: 'user', content: 'Hi' }], max_tokens: 1, ...more };
  return app.send('POST', '/v1/chat/completions', key === null ? { body } : { key, body });
}

/** How often each deployment answered, by its id, and how often there was none. */
function tally(answers: readonly TestAnswer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, headers } of answers) {
    const name = status === 200 ? String(headers.get('x-litellm-model-id')) : String(status);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

describeOnEachEngine('What bounds a deployment', (openStorage) => {
  let upstream: FakeUpstream;
  let app: TestApp;
  let clock: number;

  beforeAll(async () => {
    upstream = await startUpstream();
  });
  beforeEach(() => {
    clock = Date.UTC(2026, 10, 23, 15, 10, 30);
    upstream.respond(chat(['Hello'], usageOf(10, 2)));
  });
  afterEach(() => app.close());
  afterAll(() => upstream.close());

  async function start(models: readonly DeploymentSettings[], settings: Partial<Settings> = {}): Promise<void> {
    app = await startTestApp({
      settings: { models, ...settings },
      storage: await openStorage(),
      now: () => clock,
    });
  }

  const deployment = (id: string, more: Partial<DeploymentSettings> = {}) =>
    testDeployment('gpt', upstream.url, { id, ...more });
  const call = (more: Record<string, unknown> = {}, model = 'gpt') => callOn(app, model, more);

  async function callTimes(times: number): Promise<Record<string, number>> {
    const answers: TestAnswer[] = [];
    for (let n = 0; n < times; n += 1) answers.push(await call());
    return tally(answers);
  }

  async function windowSpend(): Promise<Record<string, number>> {
    await app.flush();
    const rows = await app.storage.db.selectFrom('budget_windows').selectAll().execute();
    return Object.fromEntries(rows.map((row) => [`${row.owner_kind}:${row.owner_id}`, row.spend_nano_usd]));
  }

  async function shownTo(key: string | null, of: string, query = '&model=gpt'): Promise<ShownLimit[]> {
    const asked = await app.send('GET', `/limits/effective?key=${of}${query}`, key === null ? {} : { key });
    expect(asked.status, asked.text).toBe(200);
    return asked.json<{ limits: ShownLimit[] }>().limits;
  }

  it('is its own budget: calls go to the others when it is spent, and are refused when all are', async () => {
    await start([
      deployment('one', { budget: calls(2) }),
      deployment('two', { budget: calls(3, '7d') }),
      testDeployment('other', upstream.url, { budget: calls(0) }),
    ]);
    expect(await callTimes(7)).toEqual({ one: 2, two: 3, 429: 2 });
    for (const stream of [false, true]) {
      const refused = await call({ stream });
      expect(errorOf(refused)).toEqual({
        status: 429,
        message:
          'No deployments available - crossed budget: Exceeded budget for deployment one: 0.000038 >= 0.000038, Exceeded budget for deployment two: 0.000057 >= 0.000057. The next one starts anew at 2026-11-24T00:00:00.000Z',
        type: 'None',
        param: 'None',
      });
      expect(refused.headers.get('retry-after')).toBe(null);
    }
    expect(await windowSpend()).toEqual({ 'deployment:one': 2 * oneCallNanoUsd, 'deployment:two': 3 * oneCallNanoUsd });
    clock = Date.UTC(2026, 10, 24);
    expect(await callTimes(3)).toEqual({ one: 2, 429: 1 });
    expect((await call({}, 'other')).status).toBe(429);
  });

  it('is overspent by one call at most when fifty meet its last cent, streams among them', async () => {
    await start([deployment('one', { budget: calls(2.5) })]);
    expect(await callTimes(2)).toEqual({ one: 2 });
    upstream.respond((request, response, incoming) => {
      setTimeout(() => void chat(['Hello'], usageOf(10, 2))(request, response, incoming), 60);
    });
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => call({ max_tokens: 2_000, stream: n % 2 === 0 })),
    );
    expect(tally(answers)).toEqual({ one: 1, 429: 49 });
    expect(await windowSpend()).toEqual({ 'deployment:one': 3 * oneCallNanoUsd });
  });

  it('is known after a restart, also when the budget was raised meanwhile', async () => {
    await start([deployment('one', { budget: calls(2, null) })]);
    expect(await callTimes(3)).toEqual({ one: 2, 429: 1 });
    await app.flush();
    const again = await startTestApp({
      settings: { models: [deployment('one', { budget: calls(3, null) })] },
      storage: app.storage,
      now: () => clock,
    });
    const answers = [await callOn(again, 'gpt'), await callOn(again, 'gpt')];
    await again.app.close(500);
    expect(tally(answers)).toEqual({ one: 1, 429: 1 });
  });

  it('is how many requests it takes in a minute', async () => {
    await start([
      deployment('one', { rates: { ...unlimited, requestsPerMinute: 2 } }),
      deployment('two', { rates: { ...unlimited, requestsPerMinute: 1 } }),
    ]);
    expect(await callTimes(4)).toEqual({ one: 2, two: 1, 429: 1 });
    const refused = await call();
    expect(errorOf(refused)).toEqual({
      status: 429,
      message:
        'No deployments available for selected model, Try again in 30 seconds. Passed model=gpt. Rate limit exceeded for deployment: one. Limit type: requests. Current limit: 2, Remaining: 0. Rate limit exceeded for deployment: two. Limit type: requests. Current limit: 1, Remaining: 0.',
      type: 'None',
      param: 'None',
    });
    expect(refused.headers.get('retry-after')).toBe('30');
    clock += 120_000;
    expect(await callTimes(4)).toEqual({ one: 2, two: 1, 429: 1 });
  });

  it('is how many tokens it takes in a minute, counted when an answer has ended', async () => {
    await start([
      deployment('one', { rates: { ...unlimited, tokensPerMinute: 13 } }),
      deployment('two', { rates: { ...unlimited, tokensPerMinute: 24 } }),
    ]);
    expect(await callTimes(5)).toEqual({ one: 2, two: 2, 429: 1 });
    expect(errorOf(await call()).message).toContain('deployment: two. Limit type: tokens. Current limit: 24');
    clock += 120_000;
    expect(await callTimes(1)).not.toEqual({ 429: 1 });
  });

  it('is how many calls it has at once: a place is free again when a call ends, also one that failed', async () => {
    await start([
      deployment('one', { rates: { ...unlimited, maxParallelRequests: 2 } }),
      deployment('two', { rates: { ...unlimited, maxParallelRequests: 1 } }),
    ]);
    const held = holdAnswers(chatCompletion('Hello', usageOf(10, 2)));
    upstream.respond(held.script);
    let refused = 0;
    const answers = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const answer = await call();
        if (answer.status === 429) refused += 1;
        if (refused === 7) held.release();
        return answer;
      }),
    );
    expect(tally(answers)).toEqual({ one: 2, two: 1, 429: 7 });
    upstream.respond((_request, response) => sendJson(response, 400, { error: { message: 'no' } }));
    for (let n = 0; n < 4; n += 1) expect((await call()).status).toBe(400);
    upstream.respond(chat(['Hello'], usageOf(10, 2)));
    expect((await callTimes(2))['429']).toBe(undefined);
  });

  it('holds for a wildcard as a whole, and beside the budget of its provider', async () => {
    await start([testDeployment('any/*', upstream.url, { id: 'any', providerModel: '*', budget: calls(3) })], {
      providerBudgets: { openai: calls(2) },
    });
    expect([(await call({}, 'any/a')).status, (await call({}, 'any/b')).status]).toEqual([200, 200]);
    expect(errorOf(await call({}, 'any/c')).message).toContain(
      'crossed budget for provider: Exceeded budget for provider',
    );
    expect(await windowSpend()).toEqual({
      'deployment:any': 2 * oneCallNanoUsd,
      'provider:openai': 2 * oneCallNanoUsd,
    });
  });

  it('gives back what was set aside when a call fails and another deployment answers', async () => {
    await start([
      deployment('one', { budget: calls(100), rates: { ...unlimited, maxParallelRequests: 1 } }),
      deployment('two', { budget: calls(100), apiBase: `${upstream.url}/two` }),
    ]);
    upstream.respond((request, response, incoming) =>
      request.path.includes('/two')
        ? chat(['Hello'], usageOf(10, 2))(request, response, incoming)
        : sendJson(response, 500, { error: { message: 'broken' } }),
    );
    expect(await callTimes(6)).toEqual({ two: 6 });
    const { key } = await makePersonalKey(app);
    expect((await shownTo(null, key)).map(({ kind, id, used }) => [kind, id, used])).toEqual([
      ['budget', 'one', 0],
      ['budget', 'two', 0.000114],
      ['max_parallel_requests', 'one', 0],
    ]);
    expect(await windowSpend()).toMatchObject({ 'deployment:two': 6 * oneCallNanoUsd });
  });

  it('is told to admins with where it comes from, to others once it is reached, and explained as it is met', async () => {
    await start([
      deployment('one', { budget: calls(1, '30d'), rates: { ...unlimited, requestsPerMinute: 9 } }),
      deployment('two', { rates: { ...unlimited, requestsPerMinute: 1 } }),
    ]);
    const owner = await makeCaller(app, 'internal_user');
    expect(await shownTo(owner.key, owner.key)).toEqual([]);
    expect(await shownTo(null, owner.key, '')).toMatchObject([
      {
        kind: 'budget',
        scope: 'deployment',
        id: 'one',
        limit: 0.000019,
        period: '30d',
        resets_at: '2026-12-01T00:00:00.000Z',
        set_on: { type: 'config', id: 'model_list one', field: 'max_budget' },
      },
      { kind: 'requests', id: 'one', limit: 9, set_on: { id: 'model_list one', field: 'rpm' } },
      { kind: 'requests', id: 'two', limit: 1, used: 0, exhausted: false },
    ]);
    const explain = () => post(app, '/policy/explain', { key: owner.key, model: 'gpt' });
    expect(await explain()).toMatchObject({ allowed: true, refusal: null });
    expect(await callTimes(2)).toEqual({ one: 1, two: 1 });
    const refused = errorOf(await callOn(app, 'gpt', {}, owner.key));
    expect(refused.status).toBe(429);
    const explained = await explain();
    expect(explained).toMatchObject({ allowed: false, refusal: { rule: 'deployment_budget', ...refused } });
    const ofDeployments = (explained['rules'] as { rule: string; holds: boolean }[])
      .filter(({ rule }) => rule.startsWith('deployment'))
      .map(({ rule, holds }) => [rule, holds]);
    expect(ofDeployments).toEqual([
      ['deployment_budget', false],
      ['deployment_rate', true],
      ['deployment_rate', false],
    ]);
    expect((await shownTo(owner.key, owner.key)).map(({ kind, id }) => [kind, id])).toEqual([
      ['budget', 'one'],
      ['requests', 'two'],
    ]);
    clock += 120_000;
    expect(await explain()).toMatchObject({ allowed: true });
  });

  it('of a model of the database holds from the next request on, as it is changed and until it is deleted', async () => {
    await start([]);
    const params = { model: 'openai/x', api_base: upstream.url, api_key: 'k', input_cost_per_token: 0.0000015 };
    const model = {
      model_name: 'gpt',
      litellm_params: { ...params, output_cost_per_token: 0.000002, max_budget: 0.000019, budget_duration: '1d' },
      model_info: { id: 'stored' },
    };
    const made = await post(app, '/model/new', model);
    expect(made).toMatchObject({ litellm_params: { max_budget: 0.000019, budget_duration: '1d' } });
    expect(await callTimes(2)).toEqual({ stored: 1, 429: 1 });
    const change = (litellm_params: Record<string, unknown>) =>
      post(app, '/model/update', { model_info: { id: 'stored' }, litellm_params });
    await change({ max_budget: 0.000038 });
    expect(await callTimes(2)).toEqual({ stored: 1, 429: 1 });
    await change({ max_budget: null, budget_duration: null, rpm: 4 });
    expect(await callTimes(2)).toEqual({ stored: 2 });
    const { key } = await makePersonalKey(app);
    expect(await shownTo(null, key)).toMatchObject([
      { kind: 'requests', scope: 'deployment', set_on: { type: 'model', id: 'stored', field: 'litellm_params' } },
    ]);
    expect((await app.send('GET', '/model/info')).json()).toMatchObject({
      data: [{ model_name: 'gpt', litellm_params: { rpm: 4 } }],
    });
    expect((await app.send('GET', '/model_group/info')).json()).toMatchObject({ data: [{ rpm: 4, tpm: null }] });
    expect(await windowSpend()).toEqual({ 'deployment:stored': 2 * oneCallNanoUsd });
    await post(app, '/model/delete', { id: 'stored' });
    expect(await windowSpend()).toEqual({});
    await post(app, '/model/new', model);
    expect(await callTimes(2)).toEqual({ stored: 1, 429: 1 });
    const refused = await app.send('POST', '/model/new', {
      body: { ...model, litellm_params: { ...params, budget_duration: '1d' } },
    });
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('there is no max_budget')]);
  });
});

describe('Two instances that count in Redis', () => {
  it('hold a deployment to its rates and its budget together', async () => {
    const upstream = await startUpstream();
    const models = [
      testDeployment('fast', upstream.url, { rates: { ...unlimited, requestsPerMinute: 5 } }),
      testDeployment('dear', upstream.url, { budget: calls(5) }),
    ];
    const redis = { url: inject('redisUrl') ?? '' };
    // At the beginning of a minute, so that none ends in between.
    const toNextMinute = 60_000 - (Date.now() % 60_000);
    const instances = await startInstances(
      { models, redis, recordsStaleAfterMs: 600_000 },
      () => Date.now() + toNextMinute,
    );
    try {
      for (const model of ['fast', 'dear']) {
        const answers: TestAnswer[] = [];
        for (let n = 0; n < 7; n += 1) {
          answers.push(await callOn(n % 2 === 0 ? instances.one : instances.other, model));
        }
        expect(tally(answers)).toEqual({ [`test-${model}`]: 5, 429: 2 });
      }
    } finally {
      await instances.close();
      await upstream.close();
    }
  });
});
