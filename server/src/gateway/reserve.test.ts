import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spendOf } from '../testing/books.ts';
import { describeOnEachEngine } from '../testing/each-engine.ts';
import { makeCaller } from '../testing/make-caller.ts';
import { makePersonalKey, post } from '../testing/make-key.ts';
import { startTestApp, type TestAnswer, type TestApp, testDeployment } from '../testing/start-test-app.ts';
import { chatCompletion, type FakeUpstream, holdAnswers, startUpstream, usageOf } from '../testing/upstream.ts';
import { createModelCatalog } from './model-catalog.ts';
import { type CallSize, reserveOf } from './reserve.ts';

/** A thousandth of a dollar for a thousand tokens of output; input costs nothing. */
const prices = { input_cost_per_token: '0', output_cost_per_token: '0.000001' };
const nanoUsdPerToken = 1_000;

describe('What is set aside for a call', () => {
  const reserve = (more: Parameters<typeof testDeployment>[2], size: Partial<CallSize> = {}): number => {
    const deployment = testDeployment('any', 'http://127.0.0.1/v1', { prices, ...more });
    const full = { promptTokens: 0, outputLimit: null, choices: 1, estimatedOutputTokens: null, ...size };
    return reserveOf(createModelCatalog([deployment]).all, full) / nanoUsdPerToken;
  };

  it.each<[string, Parameters<typeof testDeployment>[2], Partial<CallSize>, number]>([
    ['the caller’s own limit', {}, { outputLimit: 500 }, 500],
    ['the caller’s own limit, not more than the model gives', { maxOutputTokens: 2_000 }, { outputLimit: 1e12 }, 2_000],
    ['the longest answer of the model', { maxOutputTokens: 2_000 }, {}, 2_000],
    ['the longest answer for each choice', { maxOutputTokens: 2_000 }, { choices: 3 }, 6_000],
    ['a guess for a model of which nothing is known', {}, {}, 16_384],
    ['not longer than the context that the price list knows', { baseModel: 'openai/gpt-4' }, {}, 8_192],
    [
      'as long beside input that may turn out to be short',
      { baseModel: 'openai/gpt-4' },
      { promptTokens: 8_000 },
      8_192,
    ],
    ['what the configuration says', { maxOutputTokens: 2_000 }, { estimatedOutputTokens: 300 }, 300],
    ['the caller’s limit before what the configuration says', {}, { outputLimit: 9, estimatedOutputTokens: 300 }, 9],
    ['no output for embeddings', { mode: 'embedding' }, { outputLimit: 500 }, 0],
    ['nothing for a model without prices', { prices: null, providerModel: 'nobody-prices-this' }, {}, 0],
    ['no more than can be counted', {}, { outputLimit: 1e300, choices: 1e300 }, 1e9],
  ])('is %s', (_name, deployment, size, tokens) => {
    expect(reserve(deployment, size)).toBe(tokens);
  });

  it('is for no more input than fits into the context beside the answer', () => {
    const dear = { input_cost_per_token: '0.000001', output_cost_per_token: '0.000004' };
    const model = { baseModel: 'openai/gpt-4', prices: dear };
    expect(reserve(model, { promptTokens: 1e7, outputLimit: 192 })).toBe(8_000 + 4 * 192);
    expect(reserve(model, { promptTokens: 5_000, outputLimit: 192 })).toBe(5_000 + 4 * 192);
    expect(reserve({ ...model, mode: 'embedding' }, { promptTokens: 1e7 })).toBe(8_192);
  });

  it('is that of the dearest deployment which may be chosen', () => {
    const at = (price: string) =>
      testDeployment('any', 'http://127.0.0.1/v1', { id: price, prices: { ...prices, output_cost_per_token: price } });
    const catalog = createModelCatalog([at('0.000001'), at('0.000009'), at('0.000002')]);
    const size = { promptTokens: 0, outputLimit: 100, choices: 1, estimatedOutputTokens: null };
    expect(reserveOf(catalog.all, size)).toBe(900_000);
  });
});

describeOnEachEngine('Long answers that nobody limits', (openStorage) => {
  let upstream: FakeUpstream;
  let app: TestApp;

  beforeAll(async () => {
    upstream = await startUpstream();
    app = await startTestApp({
      settings: {
        models: [
          testDeployment('known', upstream.url, { prices, maxOutputTokens: 2_000 }),
          testDeployment('unknown', upstream.url, { prices }),
          testDeployment('context', upstream.url, { prices, baseModel: 'openai/gpt-4' }),
          testDeployment('input', upstream.url, {
            prices: { input_cost_per_token: '0.000001', output_cost_per_token: '0' },
          }),
        ],
      },
      storage: await openStorage(),
    });
  });
  afterAll(async () => {
    await app.close();
    await upstream.close();
  });

  function call(key: string, model: string, more: Record<string, unknown> = {}): Promise<TestAnswer> {
    return app.send('POST', '/v1/chat/completions', {
      key,
      body: { model, messages: [{ role: 'user', content: 'Hi' }], ...more },
    });
  }

  /** How many of fifty calls at once a budget for seven and a half of them lets in. */
  async function letIn(
    usage: { readonly prompt: number; readonly completion: number },
    send: (key: string) => Promise<TestAnswer>,
  ): Promise<number> {
    const { key } = await makePersonalKey(app, {
      key: { max_budget: (7.5 * (usage.prompt + usage.completion) * nanoUsdPerToken) / 1e9 },
    });
    upstream.respond((request, response, incoming) => {
      const answer = chatCompletion('long', usageOf(usage.prompt, usage.completion));
      setTimeout(() => void answer(request, response, incoming), 100);
    });
    const answers = await Promise.all(Array.from({ length: 50 }, () => send(key)));
    return answers.filter((answer) => answer.status === 200).length;
  }

  it.each([
    ['known', 2_000],
    ['unknown', 16_384],
  ])(
    'overspend a budget by one call at most when fifty run at once: a model whose longest answer is %s',
    async (model, longest) => {
      const costNanoUsd = longest * nanoUsdPerToken;
      const budgetNanoUsd = costNanoUsd * 7.5;
      const { key } = await makePersonalKey(app, { key: { max_budget: budgetNanoUsd / 1e9 } });
      upstream.respond((request, response, incoming) => {
        setTimeout(() => void chatCompletion('long', usageOf(10, longest))(request, response, incoming), 100);
      });
      const answers = await Promise.all(Array.from({ length: 50 }, () => call(key, model)));
      expect(answers.filter((answer) => answer.status === 200)).toHaveLength(8);
      expect(answers.filter((answer) => answer.status === 422)).toHaveLength(42);
      const { key: spent } = await spendOf(app, key);
      expect(spent).toBe(8 * costNanoUsd);
      expect(Number(spent) - budgetNanoUsd).toBeLessThan(costNanoUsd);
      expect(answers.find((answer) => answer.status === 422)?.text).toContain(
        'set aside for requests that are still running',
      );
    },
  );

  it('cannot be hidden behind a long request, by a second limit, or by a number written as text', async () => {
    const padding = ' '.repeat(30_000);
    const body = `{"model": "context", "messages": [{"role": "user", "content": "Hi"}]${padding}}`;
    expect(
      await letIn({ prompt: 0, completion: 8_192 }, (key) => app.send('POST', '/v1/chat/completions', { key, body })),
    ).toBe(8);
    const limits = { max_completion_tokens: 1, max_tokens: 1_000 };
    expect(await letIn({ prompt: 0, completion: 1_000 }, (key) => call(key, 'unknown', limits))).toBe(8);
    const choices = { max_tokens: 100, n: '10' };
    expect(await letIn({ prompt: 0, completion: 1_000 }, (key) => call(key, 'unknown', choices))).toBe(8);
  });

  it('are one thing, long input is another: as many tokens as a script makes at most are set aside', async () => {
    // Three bytes and three tokens for each letter, as of scripts that a tokenizer has not learned.
    const messages = [{ role: 'user', content: '᚛'.repeat(2_000) }];
    expect(
      await letIn({ prompt: 6_000, completion: 0 }, (key) => call(key, 'input', { messages, max_tokens: 1 })),
    ).toBe(8);
  });

  it('have set aside for them what an admin says of the key, before what is known of the model', async () => {
    const oneCallUsd = (2_000 * nanoUsdPerToken) / 1e9;
    const { key } = await makePersonalKey(app, { key: { max_budget: 3 * oneCallUsd } });
    const reserveOfCall = async () =>
      (await post(app, '/policy/explain', { key, model: 'known', input_tokens: 0 }))['reserve'];
    expect(await reserveOfCall()).toBe(oneCallUsd);
    await post(app, '/key/update', { key, default_estimated_output_tokens: 500 });
    expect(await reserveOfCall()).toBe(oneCallUsd / 4);
    /** Of twenty calls, so many run at once: the provider answers when all others are refused. */
    const expectAtOnce = async (expected: number) => {
      const held = holdAnswers(chatCompletion('short', usageOf(0, 100)));
      upstream.respond(held.script);
      let refused = 0;
      const send = async () => {
        const { status } = await call(key, 'known');
        if (status === 422) refused += 1;
        if (refused === 20 - expected) held.release();
        return status;
      };
      const statuses = await Promise.all(Array.from({ length: 20 }, send));
      expect(statuses.filter((status) => status === 200)).toHaveLength(expected);
    };
    await expectAtOnce(12);
    await post(app, '/key/update', { key, default_estimated_output_tokens: null });
    await expectAtOnce(3);
  });

  it('are not estimated by those who only use a key', async () => {
    const owner = await makeCaller(app, 'internal_user');
    const { key } = await makePersonalKey(app);
    const field = { default_estimated_output_tokens: 1 };
    const words = 'Only proxy admins can set default_estimated_output_tokens';
    for (const [path, body] of [
      ['/key/generate', field],
      ['/key/update', { key: owner.key, ...field }],
      ['/key/regenerate', { key: owner.key, ...field }],
    ] as const) {
      const refused = await owner.send('POST', path, body);
      expect([path, refused.status, refused.text]).toEqual([path, 403, expect.stringContaining(words)]);
    }
    const foreign = await owner.send('POST', '/key/update', { key, ...field });
    expect(foreign.status).toBeGreaterThanOrEqual(401);
    for (const tokens of [0, -1, 1.5, 'many']) {
      const body = { key: owner.key, default_estimated_output_tokens: tokens };
      expect((await app.send('POST', '/key/update', { body })).status).toBe(422);
    }
    const { info } = (await app.send('GET', `/key/info?key=${owner.key}`)).json<{ info: Record<string, unknown> }>();
    expect(info).toMatchObject({ default_estimated_output_tokens: null });
    const made = await post(app, '/key/generate', { default_estimated_output_tokens: 7 });
    expect(made).toMatchObject({ default_estimated_output_tokens: 7 });
  });

  it('are let in one after the other by a budget that is smaller than the longest of them', async () => {
    const { key } = await makePersonalKey(app, { key: { max_budget: 0.0001 } });
    upstream.respond(chatCompletion('short', usageOf(10, 20)));
    for (let n = 0; n < 5; n += 1) {
      const answer = await call(key, 'unknown');
      expect(answer.status, answer.text).toBe(200);
    }
    expect((await call(key, 'unknown')).status).toBe(422);
    expect((await spendOf(app, key)).key).toBe(100_000);
  });
});
