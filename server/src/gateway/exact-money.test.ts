import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { logOf, rollupOf, spendOf } from '../testing/books.ts';
import { makePersonalKey, makeTeamKey, type TestKey } from '../testing/make-key.ts';
import { eventsOf, textOf } from '../testing/open-stream.ts';
import { startTestApp, type TestAnswer, type TestApp, testDeployment } from '../testing/start-test-app.ts';
import {
  chat,
  chatCompletion,
  chatEvents,
  type FakeUpstream,
  sendJson,
  startUpstream,
  usageOf,
} from '../testing/upstream.ts';

let upstream: FakeUpstream;
let app: TestApp;
let holder: TestKey;

beforeAll(async () => {
  upstream = await startUpstream();
  const listed = { prices: null, mode: 'chat' } as const;
  app = await startTestApp({
    settings: {
      models: [
        testDeployment('gpt', upstream.url),
        testDeployment('fine', upstream.url, {
          prices: {
            input_cost_per_token: '3.75e-08',
            output_cost_per_token: '1.5e-07',
            cache_read_input_token_cost: '1.25e-09',
          },
        }),
        testDeployment('gpt-4o', upstream.url, { ...listed, providerModel: 'gpt-4o' }),
        testDeployment('gemini', upstream.url, { ...listed, provider: 'gemini', providerModel: 'gemini-2.5-pro' }),
        testDeployment('embed', upstream.url, {
          ...listed,
          providerModel: 'text-embedding-3-small',
          mode: 'embedding',
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

function call(model: string, more: Record<string, unknown> = {}, key = holder.key): Promise<TestAnswer> {
  return app.send('POST', '/v1/chat/completions', { key, body: { model, messages, ...more } });
}

/** Everything that tells what a call cost says the same: log, rollups, and the spend of everybody who pays. */
async function expectCharged(nanoUsd: bigint, owner = holder): Promise<void> {
  const amount = Number(nanoUsd);
  expect((await logOf(app, owner.key)).map((row) => row.spend_nano_usd)).toEqual([amount]);
  expect(await rollupOf(app, owner.key)).toMatchObject({ requests: 1, spendNanoUsd: amount });
  expect(await spendOf(app, owner.key)).toEqual(
    owner.teamId === null
      ? { key: amount, user: amount, team: null, member: null }
      : { key: amount, user: 0, team: amount, member: amount },
  );
}

/** A cost header as nano-dollars: its decimal text, exactly. */
function costIn(answer: TestAnswer): bigint {
  const [whole = '0', fraction = ''] = Number(answer.headers.get('x-litellm-response-cost')).toFixed(9).split('.');
  return BigInt(whole) * 1_000_000_000n + BigInt(fraction);
}

describe('The price of a whole answer', () => {
  test.each([
    ['own prices', 'gpt', usageOf(1_234, 567), 1_234n * 1_500n + 567n * 2_000n],
    ['own prices without a price for cached tokens', 'gpt', usageOf(1_000, 1, 400), 1_000n * 1_500n + 2_000n],
    [
      'prices finer than a nano-dollar',
      'fine',
      usageOf(1_001, 3, 101),
      (900n * 3_750n + 101n * 125n + 3n * 15_000n + 50n) / 100n,
    ],
    ['the public list', 'gpt-4o', usageOf(100_003, 777), 100_003n * 2_500n + 777n * 10_000n],
    [
      'the public list with cached tokens',
      'gpt-4o',
      usageOf(100_003, 777, 65_536),
      34_467n * 2_500n + 65_536n * 1_250n + 777n * 10_000n,
    ],
    ['a tiered list, at the step', 'gemini', usageOf(200_000, 10), 200_000n * 1_250n + 10n * 10_000n],
    ['a tiered list, above the step', 'gemini', usageOf(200_001, 10, 1), 200_000n * 2_500n + 250n + 10n * 15_000n],
    ['no list', 'free', usageOf(1_000_000, 1_000_000), 0n],
  ])(
    'by %s stands in the header, the log, the rollups and the spend of key and user',
    async (_name, model, usage, expected) => {
      upstream.respond(chatCompletion('Hello', usage));
      const answer = await call(model);
      expect(answer.status, answer.text).toBe(200);
      expect(costIn(answer)).toBe(expected);
      await expectCharged(expected);
      expect((await logOf(app, holder.key))[0]).toMatchObject({
        usage_source: 'provider',
        status: 'success',
        prompt_tokens: usage.prompt_tokens,
        completion_tokens: usage.completion_tokens,
        cache_read_input_tokens: usage.prompt_tokens_details?.cached_tokens ?? 0,
        response_id: 'chatcmpl-fake',
        streamed: 0,
        aborted: 0,
      });
    },
  );

  test('of embeddings is that of their input', async () => {
    upstream.respond((_request, response) =>
      sendJson(response, 200, {
        object: 'list',
        data: [{ object: 'embedding', index: 0, embedding: [0.5] }],
        usage: { prompt_tokens: 12_345, total_tokens: 12_345 },
      }),
    );
    const answer = await app.send('POST', '/v1/embeddings', { key: holder.key, body: { model: 'embed', input: 'Hi' } });
    expect(costIn(answer)).toBe(12_345n * 20n);
    await expectCharged(12_345n * 20n);
    expect((await logOf(app, holder.key))[0]).toMatchObject({ call_type: 'aembedding', endpoint: '/embeddings' });
  });

  test('is paid by key, team and membership for a team’s key, and never by its owner', async () => {
    const team = await makeTeamKey(app);
    upstream.respond(chatCompletion('Hello', usageOf(100, 10)));
    await call('gpt', {}, team.key);
    await expectCharged(170_000n, team);
  });

  test('is paid by nobody’s budget when the master key calls, and stands in the log', async () => {
    upstream.respond(chatCompletion('Hello', usageOf(11, 1)));
    const answer = await app.send('POST', '/chat/completions', { body: { model: 'gpt', messages } });
    expect(costIn(answer)).toBe(18_500n);
    await app.flush();
    const row = await app.storage.db
      .selectFrom('request_logs')
      .selectAll()
      .where('request_id', '=', answer.headers.get('x-litellm-call-id') ?? '')
      .executeTakeFirstOrThrow();
    expect(row).toMatchObject({
      key_hash: 'litellm_proxy_master_key',
      user_id: 'default_user_id',
      spend_nano_usd: 18_500,
    });
  });

  test('adds up over many answers at once without a nano-dollar lost', async () => {
    let n = 0;
    upstream.respond((request, response, incoming) => {
      n += 1;
      return chatCompletion('Hello', usageOf(n, 2 * n))(request, response, incoming);
    });
    const answers = await Promise.all(Array.from({ length: 60 }, () => call('fine')));
    const sum = Array.from({ length: 60 }, (_, index) => BigInt(index + 1)).reduce(
      (total, i) => total + (i * 375n + 2n * i * 1_500n + 5n) / 10n,
      0n,
    );
    expect(answers.reduce((total, answer) => total + costIn(answer), 0n)).toBe(sum);
    expect((await spendOf(app, holder.key)).key).toBe(Number(sum));
    expect(await rollupOf(app, holder.key)).toMatchObject({ requests: 60, spendNanoUsd: Number(sum) });
  });

  test('is nothing for a call that the provider refused, which is logged as a failure', async () => {
    upstream.respond((_request, response) =>
      sendJson(response, 400, { error: { message: 'no', type: 'invalid_request_error' } }),
    );
    expect((await call('gpt')).status).toBe(400);
    await expectCharged(0n);
    expect((await logOf(app, holder.key))[0]).toMatchObject({ status: 'failure', http_status: 400 });
    expect(await rollupOf(app, holder.key)).toMatchObject({ failed: 1 });
  });
});

describe('The price of a stream', () => {
  const expected = 1_000n * 1_500n + 300n * 2_000n;

  test('is the same whether or not the client asked for usage; only who asked is shown it', async () => {
    upstream.respond(chat(['Hel', 'lo'], usageOf(1_000, 300)));
    const plain = await call('gpt', { stream: true });
    await expectCharged(expected);
    expect(textOf(plain.text)).toBe('Hello');
    expect(plain.text).not.toContain('"usage"');
    expect(plain.text.endsWith('data: [DONE]\n\n')).toBe(true);

    holder = await makePersonalKey(app);
    const asked = await call('gpt', { stream: true, stream_options: { include_usage: true } });
    await expectCharged(expected);
    expect(eventsOf(asked.text).at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 1_000, completion_tokens: 300, total_tokens: 1_300 },
    });
    expect(upstream.seen.at(-1)?.body['stream_options']).toEqual({ include_usage: true });
  });

  test('is the same for a client that refuses usage: what is metered is not the caller’s choice', async () => {
    upstream.respond(chat(['Hello'], usageOf(1_000, 300)));
    const answer = await call('gpt', { stream: true, stream_options: { include_usage: false } });
    expect(answer.text).not.toContain('"usage"');
    await expectCharged(expected);
    expect((await logOf(app, holder.key))[0]).toMatchObject({
      streamed: 1,
      usage_source: 'provider',
      first_token_at: expect.any(Number),
    });
  });

  test('takes usage that the provider sends with its last piece of content', async () => {
    upstream.respond((_request, response) => {
      const events = chatEvents(['Hello'], null);
      const last = JSON.parse((events.at(-2) ?? '').slice(6)) as object;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(
        [
          ...events.slice(0, -2),
          `data: ${JSON.stringify({ ...last, usage: usageOf(1_000, 300) })}\n\n`,
          'data: [DONE]\n\n',
        ].join(''),
      );
    });
    await call('gpt', { stream: true });
    await expectCharged(expected);
  });

  test('is settled before [DONE] leaves: whoever has the whole answer finds it in the books', async () => {
    upstream.respond(chat(['Hello'], usageOf(1, 1)));
    for (let n = 1; n <= 5; n += 1) {
      await call('gpt', { stream: true });
      expect(await logOf(app, holder.key)).toHaveLength(n);
    }
  });
});
