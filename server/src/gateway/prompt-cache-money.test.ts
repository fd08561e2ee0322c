import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { logOf, rollupOf } from '../testing/books.ts';
import { makePersonalKey, type TestKey } from '../testing/make-key.ts';
import { startTestApp, type TestApp, testDeployment } from '../testing/start-test-app.ts';
import { chat, type FakeUpstream, type FakeUsage, startUpstream, usageOf } from '../testing/upstream.ts';

let upstream: FakeUpstream;
let app: TestApp;
let holder: TestKey;

beforeAll(async () => {
  upstream = await startUpstream();
  const listed = { prices: null, mode: 'chat' } as const;
  app = await startTestApp({
    settings: {
      models: [
        testDeployment('own', upstream.url, {
          prices: {
            input_cost_per_token: '3e-06',
            output_cost_per_token: '15e-06',
            cache_read_input_token_cost: '3e-07',
            cache_creation_input_token_cost: '3.75e-06',
            cache_creation_input_token_cost_above_1hr: '6e-06',
          },
        }),
        testDeployment('fine', upstream.url, {
          prices: {
            input_cost_per_token: '3.75e-08',
            output_cost_per_token: '1.5e-07',
            cache_read_input_token_cost: '1.25e-09',
            cache_creation_input_token_cost: '4.6875e-08',
          },
        }),
        testDeployment('gpt-4o', upstream.url, { ...listed, providerModel: 'gpt-4o' }),
        testDeployment('claude', upstream.url, {
          ...listed,
          provider: 'anthropic',
          providerModel: 'claude-sonnet-4-5',
        }),
        testDeployment('free', upstream.url, { prices: null, providerModel: 'zzz-unheard-of' }),
      ],
    },
  });
});
afterAll(async () => {
  await app.close();
  await upstream.close();
});
beforeEach(async () => {
  holder = await makePersonalKey(app);
});

const messages = [{ role: 'user', content: 'Hi' }];
const openAi: FakeUsage = {
  ...usageOf(10_001, 50),
  prompt_tokens_details: { cached_tokens: 7_003, cache_write_tokens: 2_009 },
};
const anthropic: FakeUsage = {
  ...usageOf(10_001, 50),
  cache_read_input_tokens: 7_003,
  cache_creation_input_tokens: 2_009,
};
const forAnHour: FakeUsage = { ...anthropic, cache_creation: { ephemeral_1h_input_tokens: 1_000 } };
const writtenOnly: FakeUsage = { ...usageOf(10_001, 50), prompt_tokens_details: { cache_creation_tokens: 9_001 } };

/** Rounds atto-dollars half up, as many as there are. */
const nano = (tenThousandths: bigint) => (tenThousandths + 5_000n) / 10_000n;

describe.each([
  ['a whole answer', {}],
  ['a stream', { stream: true }],
])('The books of %s', (_name, more) => {
  const call = (model: string) =>
    app.send('POST', '/v1/chat/completions', { key: holder.key, body: { model, messages, ...more } });

  test.each([
    ['own prices, OpenAI’s usage', 'own', openAi, 7_003n * 2_700n, 2_009n * 750n],
    ['own prices, Anthropic’s usage', 'own', anthropic, 7_003n * 2_700n, 2_009n * 750n],
    ['own prices, a cache only written to', 'own', writtenOnly, 0n, 9_001n * 750n],
    ['own prices, partly written for an hour', 'own', forAnHour, 7_003n * 2_700n, 1_009n * 750n + 1_000n * 3_000n],
    ['prices finer than a nano-dollar', 'fine', openAi, nano(7_003n * 362_500n), nano(2_009n * 93_750n)],
    ['the public list', 'gpt-4o', usageOf(100_003, 777, 65_536), 65_536n * 1_250n, 0n],
    ['the public list of Anthropic', 'claude', anthropic, 7_003n * 2_700n, 2_009n * 750n],
    ['no prices', 'free', openAi, 0n, 0n],
  ])('say what the prompt cache saved and cost: %s', async (_case, model, usage, saved, premium) => {
    upstream.respond(chat(['Hello'], usage));
    const answer = await call(model);
    expect(answer.status, answer.text).toBe(200);
    const [row] = await logOf(app, holder.key);
    expect(row).toMatchObject({
      prompt_cache_saved_nano_usd: Number(saved),
      prompt_cache_premium_nano_usd: Number(premium),
      unreported_input_tokens: 0,
    });
    expect(await rollupOf(app, holder.key)).toMatchObject({
      promptCacheSavedNanoUsd: Number(saved),
      promptCachePremiumNanoUsd: Number(premium),
      unreportedTokens: 0,
    });
  });

  test('add up over answers to what can be a loss', async () => {
    upstream.respond(chat(['Hello'], writtenOnly));
    await call('own');
    upstream.respond(chat(['Hello'], usageOf(10_001, 50, 100)));
    await call('own');
    const sums = await rollupOf(app, holder.key);
    expect(BigInt(sums.promptCacheSavedNanoUsd) - BigInt(sums.promptCachePremiumNanoUsd)).toBe(
      100n * 2_700n - 9_001n * 750n,
    );
  });

  test('tell input of which the provider does not say whether it was cached from input that was not', async () => {
    upstream.respond(chat(['Hello'], usageOf(10_001, 50)));
    await call('own');
    upstream.respond(chat(['Hello'], { ...usageOf(500, 50), prompt_tokens_details: { cached_tokens: 0 } }));
    await call('own');
    const rows = (await logOf(app, holder.key)).map((row) => [row.prompt_tokens, row.unreported_input_tokens]);
    expect(rows.toSorted()).toEqual([
      [10_001, 10_001],
      [500, 0],
    ]);
    expect(await rollupOf(app, holder.key)).toMatchObject({ promptTokens: 10_501, unreportedTokens: 10_001 });
  });
});
