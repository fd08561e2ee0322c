import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RequestLogTable } from '../ledger/ledger.table.ts';
import { logOf, rollupOf, spendOf } from '../testing/books.ts';
import { makePersonalKey, type TestKey } from '../testing/make-key.ts';
import { eventsOf, eventually, openStream, textOf } from '../testing/open-stream.ts';
import { startTestApp, type TestApp, testDeployment } from '../testing/start-test-app.ts';
import {
  chatCompletion,
  chatEvents,
  type FakeUpstream,
  sendJson,
  startUpstream,
  type UpstreamScript,
  usageOf,
} from '../testing/upstream.ts';

let upstream: FakeUpstream;
let app: TestApp;
let holder: TestKey;

beforeAll(async () => {
  upstream = await startUpstream();
  app = await startTestApp({
    settings: {
      router: {
        numRetries: 0,
        cooldownMs: 60_000,
        allowedFails: 0,
        timeoutMs: 30_000,
        streamTimeoutMs: null,
        tagFiltering: 'off',
        maxParallelRequests: null,
      },
      models: [
        testDeployment('gpt', upstream.url),
        testDeployment('pair', upstream.url, { id: 'preferred', weight: 1e9 }),
        testDeployment('pair', upstream.url, { id: 'other' }),
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

const messages = [
  { role: 'system', content: 'Answer in German, with umlauts.' },
  { role: 'user', content: 'Why is the sky blue? 🌌' },
];
const pieces = [
  'Weil ',
  'das Licht ',
  'der Sonne ',
  'an der Luft ',
  'gestreut ',
  'wird — ',
  'blaues ',
  'am ',
  'meisten.',
];

/** OpenAI's published rule: three per message, its role and content, and three for the answer's start. */
const promptTokens = messages.reduce((sum, { role, content }) => sum + 3 + countTokens(role) + countTokens(content), 3);
const costOf = (text: string) => Number(BigInt(promptTokens) * 1_500n + BigInt(countTokens(text)) * 2_000n);

async function onlyLog(): Promise<RequestLogTable> {
  await eventually(async () => (await logOf(app, holder.key)).length > 0, 'the request stands in the log');
  const rows = await logOf(app, holder.key);
  expect(rows).toHaveLength(1);
  return rows[0] as RequestLogTable;
}

/** The books say that what was received was paid, and nothing else. */
async function expectPaidFor(text: string, how: Partial<RequestLogTable>): Promise<void> {
  expect(await onlyLog()).toMatchObject({
    usage_source: 'counted',
    prompt_tokens: promptTokens,
    completion_tokens: countTokens(text),
    spend_nano_usd: costOf(text),
    ...how,
  });
  expect(await spendOf(app, holder.key)).toMatchObject({ key: costOf(text), user: costOf(text) });
  expect(await rollupOf(app, holder.key)).toMatchObject({ requests: 1, spendNanoUsd: costOf(text) });
}

/** A provider that sends the head and `count` pieces, and then does what it is told. */
function afterPieces(count: number, then: (response: Parameters<UpstreamScript>[1]) => void): UpstreamScript {
  return (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(
      chatEvents(pieces, null)
        .slice(0, count + 1)
        .join(''),
      () => setTimeout(() => then(response), 20),
    );
  };
}

describe('A stream that the client gives up', () => {
  test.each([0, 1, 4, 9])('after %i pieces is charged for exactly what was received', async (count) => {
    upstream.respond(afterPieces(count, () => undefined));
    const stream = await openStream(app, holder.key, { model: 'gpt', messages });
    const received = textOf(await stream.readUntil(count === 0 ? '"role"' : (pieces[count - 1] ?? '')));
    stream.abort();
    expect(received).toBe(pieces.slice(0, count).join(''));
    await expectPaidFor(received, { status: 'success', aborted: 1, http_status: 499, streamed: 1 });
  });

  test('is given up at the provider too', async () => {
    upstream.respond(afterPieces(2, () => undefined));
    const stream = await openStream(app, holder.key, { model: 'gpt', messages });
    await stream.readUntil('Licht');
    stream.abort();
    await eventually(() => upstream.seen.at(-1)?.aborted === true, 'the provider sees that the call is given up');
  });

  test('before the first byte costs nothing, is not tried again, and says so in the log', async () => {
    const callsBefore = upstream.seen.length;
    upstream.respond(() => undefined);
    const controller = new AbortController();
    const pending = fetch(`${app.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${holder.key}` },
      body: JSON.stringify({ model: 'gpt', messages, stream: true }),
      signal: controller.signal,
    });
    await eventually(() => upstream.seen.length > callsBefore, 'the provider has the request');
    controller.abort();
    await expect(pending).rejects.toThrow();
    expect(await onlyLog()).toMatchObject({
      aborted: 1,
      spend_nano_usd: 0,
      http_status: 499,
      attempts: 1,
      error_message: expect.stringContaining('client went away'),
    });
    await eventually(() => upstream.seen.at(-1)?.aborted === true, 'the provider sees that the call is given up');
    expect(upstream.seen.length).toBe(callsBefore + 1);
  });

  test('says nothing about the provider, which is asked again the next time', async () => {
    const callsBefore = upstream.seen.length;
    upstream.respond(() => undefined);
    const controller = new AbortController();
    const pending = fetch(`${app.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${holder.key}` },
      body: JSON.stringify({ model: 'pair', messages, stream: true }),
      signal: controller.signal,
    });
    await eventually(() => upstream.seen.length > callsBefore, 'the provider has the request');
    controller.abort();
    await expect(pending).rejects.toThrow();
    await onlyLog();
    upstream.respond(chatCompletion('Hello', usageOf(1, 1)));
    const answer = await app.send('POST', '/v1/chat/completions', {
      key: holder.key,
      body: { model: 'pair', messages },
    });
    expect(answer.headers.get('x-litellm-model-id')).toBe('preferred');
  });

  test('with control tokens in its text is charged all the same', async () => {
    const odd = '<|endoftext|><|im_start|>';
    upstream.respond((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chatEvents([odd, 'end'], null).slice(0, 3).join(''));
    });
    const stream = await openStream(app, holder.key, { model: 'gpt', messages: [{ role: 'user', content: odd }] });
    await stream.readUntil('end');
    stream.abort();
    const tokens = (text: string) => countTokens(text, { disallowedSpecial: new Set() });
    expect(await onlyLog()).toMatchObject({
      prompt_tokens: 3 + 1 + tokens(odd) + 3,
      completion_tokens: tokens(`${odd}end`),
    });
  });
});

describe('A whole answer whose client went away', () => {
  test('is waited for and charged, since the provider bills it', async () => {
    const callsBefore = upstream.seen.length;
    upstream.respond((request, response, incoming) => {
      setTimeout(() => void chatCompletion('Hello', usageOf(100, 10))(request, response, incoming), 100);
    });
    const controller = new AbortController();
    const pending = fetch(`${app.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${holder.key}` },
      body: JSON.stringify({ model: 'gpt', messages }),
      signal: controller.signal,
    });
    await eventually(() => upstream.seen.length > callsBefore, 'the provider has the request');
    controller.abort();
    await expect(pending).rejects.toThrow();
    expect(await onlyLog()).toMatchObject({ aborted: 1, spend_nano_usd: 170_000, usage_source: 'provider' });
  });
});

describe('A stream that the provider does not finish', () => {
  const endings: [string, (response: Parameters<UpstreamScript>[1]) => void][] = [
    ['breaks off', (response) => response.destroy()],
    ['ends as if it were complete', (response) => response.end()],
    ['ends in the middle of an event', (response) => response.end('data: {"choices":[{"delta":{"content":"never seen')],
  ];
  test.each(endings)(
    'because it %s ends in a well-formed error, without [DONE], and is charged for what came',
    async (_name, ending) => {
      upstream.respond(afterPieces(3, ending));
      const stream = await openStream(app, holder.key, {
        model: 'gpt',
        messages,
        stream_options: { include_usage: true },
      });
      const all = await stream.readAll();
      const events = eventsOf(all);
      expect(all).not.toContain('[DONE]');
      expect(events.at(-1)).toEqual({
        error: {
          message: expect.stringMatching(
            /^litellm\.InternalServerError: openaiException - The provider broke the stream off/,
          ),
          type: 'stream_error',
          param: null,
          code: '500',
        },
      });
      await expectPaidFor(
        textOf(
          events
            .slice(0, -1)
            .map((event) => `data: ${JSON.stringify(event)}`)
            .join('\n\n'),
        ),
        { status: 'failure', http_status: 500, aborted: 0 },
      );
      expect(await rollupOf(app, holder.key)).toMatchObject({ failed: 1 });
    },
  );

  test('because it reports an error passes that error on once, without [DONE]', async () => {
    const error = { message: 'Overloaded', type: 'overloaded_error' };
    upstream.respond(
      afterPieces(2, (response) => response.end(`data: ${JSON.stringify({ error })}\n\ndata: [DONE]\n\n`)),
    );
    const all = await (await openStream(app, holder.key, { model: 'gpt', messages })).readAll();
    expect(eventsOf(all).filter((event) => 'error' in event)).toEqual([{ error }]);
    expect(all).not.toContain('[DONE]');
    await expectPaidFor(pieces.slice(0, 2).join(''), {
      status: 'failure',
      error_message: expect.stringContaining('Overloaded'),
    });
  });

  test('is never tried again once bytes have gone to the client', async () => {
    const callsBefore = upstream.seen.length;
    upstream.respond(afterPieces(1, (response) => response.destroy()));
    await (await openStream(app, holder.key, { model: 'gpt', messages })).readAll();
    expect(upstream.seen.length).toBe(callsBefore + 1);
  });
});

describe('A provider that reports no usage', () => {
  test('has its streams counted, and a client that asked for usage gets the count', async () => {
    upstream.respond((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(chatEvents(pieces, null).join(''));
    });
    const all = await (
      await openStream(app, holder.key, { model: 'gpt', messages, stream_options: { include_usage: true } })
    ).readAll();
    const text = pieces.join('');
    expect(all.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(eventsOf(all).at(-1)).toMatchObject({
      id: 'chatcmpl-fake',
      object: 'chat.completion.chunk',
      choices: [],
      usage: { prompt_tokens: promptTokens, completion_tokens: countTokens(text) },
    });
    await expectPaidFor(text, { status: 'success', aborted: 0 });
  });

  test('has its whole answers counted: text and tool calls of every choice', async () => {
    const text = pieces.join('');
    upstream.respond((_request, response) =>
      sendJson(response, 200, {
        id: 'chatcmpl-fake',
        choices: [
          { message: { role: 'assistant', content: text } },
          { message: { content: null, tool_calls: [{ function: { name: 'look', arguments: '{"at":"sky"}' } }] } },
        ],
      }),
    );
    const answer = await app.send('POST', '/v1/chat/completions', {
      key: holder.key,
      body: { model: 'gpt', messages },
    });
    const completionTokens = countTokens(text) + countTokens('look{"at":"sky"}');
    const cost = promptTokens * 1_500 + completionTokens * 2_000;
    expect(await onlyLog()).toMatchObject({
      usage_source: 'counted',
      completion_tokens: completionTokens,
      spend_nano_usd: cost,
    });
    expect(Number(answer.headers.get('x-litellm-response-cost')) * 1e9).toBeCloseTo(cost, 3);
  });
});
