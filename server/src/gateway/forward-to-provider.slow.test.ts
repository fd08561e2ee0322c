import { randomBytes } from 'node:crypto';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { logOf } from '../testing/books.ts';
import { errorOf } from '../testing/make-caller.ts';
import { makePersonalKey, type TestKey } from '../testing/make-key.ts';
import { eventually } from '../testing/open-stream.ts';
import { startTestApp, type TestAnswer, type TestApp, testDeployment } from '../testing/start-test-app.ts';
import { chat, chatCompletion, type FakeUpstream, sendJson, startUpstream, usageOf } from '../testing/upstream.ts';

let first: FakeUpstream;
let second: FakeUpstream;
let app: TestApp;
let holder: TestKey;

beforeAll(async () => {
  [first, second] = [await startUpstream(), await startUpstream()];
  const preferred = { weight: 1e9 };
  app = await startTestApp({
    settings: {
      maxRequestBytes: 8 * 1024 * 1024,
      router: {
        numRetries: 2,
        cooldownMs: 60_000,
        allowedFails: 1_000,
        timeoutMs: 30_000,
        streamTimeoutMs: null,
        tagFiltering: 'off',
        maxParallelRequests: null,
      },
      models: [
        testDeployment('one', first.url),
        testDeployment('pair', first.url, { ...preferred, id: 'pair-1' }),
        testDeployment('pair', second.url, { id: 'pair-2' }),
        testDeployment('half-dead', 'http://127.0.0.1:1/v1', { ...preferred, id: 'half-dead-1' }),
        testDeployment('half-dead', second.url, { id: 'half-dead-2' }),
        testDeployment('cooling', first.url, { ...preferred, id: 'cooling-1' }),
        testDeployment('cooling', second.url, { id: 'cooling-2' }),
        testDeployment('slow', first.url, { timeoutMs: 300 }),
        testDeployment('*', first.url, {
          id: 'any',
          providerModel: '*',
          extraHeaders: { 'x-team': 'a' },
          organization: 'org-1',
        }),
      ],
    },
  });
});
afterAll(async () => {
  await app.close();
  await Promise.all([first.close(), second.close()]);
});
beforeEach(async () => {
  holder = await makePersonalKey(app);
  first.respond(chat(['Hello'], usageOf(10, 2)));
  second.respond(chat(['Second'], usageOf(10, 2)));
});

const messages = [{ role: 'user', content: 'Hi' }];

function call(model: string, more: Record<string, unknown> = {}): Promise<TestAnswer> {
  return app.send('POST', '/v1/chat/completions', { key: holder.key, body: { model, messages, ...more } });
}

describe('A provider that fails', () => {
  test.each([500, 502, 503, 504, 429, 408, 409])(
    'with %i is tried again elsewhere, and the answer is charged once',
    async (status) => {
      first.respond((_request, response) => sendJson(response, status, { error: { message: 'busy' } }));
      const answer = await call('pair');
      expect(answer.text).toContain('Second');
      expect(answer.headers.get('x-litellm-model-id')).toBe('pair-2');
      expect(await logOf(app, holder.key)).toMatchObject([
        { status: 'success', spend_nano_usd: 19_000, deployment_id: 'pair-2' },
      ]);
    },
  );

  test('by refusing or resetting the connection is tried again elsewhere', async () => {
    expect((await call('half-dead')).text).toContain('Second');
    first.respond((_request, response) => void response.destroy());
    expect((await call('pair', { stream: true })).text).toContain('Second');
  });

  test('every time is told as it failed last, and the books count the attempts', async () => {
    const before = first.seen.length;
    first.respond((_request, response) =>
      sendJson(response, 503, { error: { message: 'overloaded', type: 'server_error' } }),
    );
    expect(errorOf(await call('one'))).toMatchObject({
      status: 503,
      message: 'litellm.ServiceUnavailableError: openaiException - overloaded',
      type: 'server_error',
    });
    expect(first.seen.length - before).toBe(3);
    expect(await logOf(app, holder.key)).toMatchObject([
      { status: 'failure', attempts: 3, http_status: 503, spend_nano_usd: 0 },
    ]);
  });

  test.each([400, 404, 413, 422])('with %i, which another try would meet again, is not tried again', async (status) => {
    const before = first.seen.length;
    first.respond((_request, response) =>
      sendJson(response, status, {
        error: { message: 'your request', type: 'invalid_request_error', param: 'messages' },
      }),
    );
    expect(errorOf(await call('one'))).toMatchObject({ status, type: 'invalid_request_error', param: 'messages' });
    expect(first.seen.length - before).toBe(1);
  });

  test.each([401, 403])(
    'with %i has refused the gateway’s credentials, which the caller is told, and not what they are',
    async (status) => {
      first.respond((_request, response) =>
        sendJson(response, status, { error: { message: 'Incorrect API key provided: provider-secret' } }),
      );
      const { message } = errorOf(await call('one'));
      expect(message).toContain("refused the gateway's own credentials; your key is fine");
      expect(message).not.toContain('provider-secret');
      expect((await logOf(app, holder.key))[0]?.error_message).not.toContain('provider-secret');
    },
  );

  test('with a redirect is not followed', async () => {
    const before = second.seen.length;
    first.respond(
      (_request, response) => void response.writeHead(307, { location: `${second.url}/chat/completions` }).end(),
    );
    expect(errorOf(await call('one'))).toMatchObject({
      status: 502,
      message: expect.stringContaining('redirect (307)'),
    });
    expect(second.seen.length).toBe(before);
    expect(await logOf(app, holder.key)).toMatchObject([{ status: 'failure', spend_nano_usd: 0 }]);
  });

  test('to answer in time is told as 408', async () => {
    first.respond(() => undefined);
    expect(errorOf(await call('slow'))).toMatchObject({
      status: 408,
      message: expect.stringContaining('did not answer within 0.3 s'),
    });
  });

  test('at once rests, and others are asked in the meantime', async () => {
    first.respond((_request, response) => sendJson(response, 429, { error: { message: 'slow down' } }));
    await call('cooling');
    const before = first.seen.length;
    first.respond(chat(['Hello'], usageOf(10, 2)));
    for (let n = 0; n < 5; n += 1) expect((await call('cooling')).text).toContain('Second');
    expect(first.seen.length).toBe(before);
  });
});

describe('What reaches the provider', () => {
  test('is the gateway’s credential and nothing of the caller’s', async () => {
    const headers = {
      cookie: 'a=b',
      'x-litellm-tags': 'x',
      'openai-organization': 'evil',
      'x-forwarded-for': '1.2.3.4',
      'x-custom': '1',
    };
    await app.send('POST', '/v1/chat/completions', { key: holder.key, body: { model: 'named', messages }, headers });
    const seen = first.seen.at(-1)?.headers ?? {};
    expect(seen).toMatchObject({
      authorization: 'Bearer provider-secret',
      'openai-organization': 'org-1',
      'x-team': 'a',
    });
    expect(JSON.stringify(seen)).not.toContain(holder.key);
    for (const name of ['cookie', 'x-litellm-tags', 'x-forwarded-for', 'x-custom'])
      expect(seen).not.toHaveProperty(name);
  });

  test('parses to what was sent, but for the model and what is asked of a stream', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(
          fc.string({ minLength: 1 }).map((name) => `x${name}`),
          fc.jsonValue(),
          { noNullPrototype: true },
        ),
        fc.boolean(),
        async (fields, stream) => {
          const body = JSON.stringify({ ...fields, model: 'one', stream, messages });
          await app.send('POST', '/v1/chat/completions', { key: holder.key, body });
          const options = stream ? { stream_options: { include_usage: true } } : {};
          expect(first.seen.at(-1)?.body).toEqual({
            ...(JSON.parse(body) as object),
            model: 'provider-one',
            ...options,
          });
        },
      ),
      { numRuns: 50 },
    );
  });

  test.each(['$&', '$`x', "$'", 'a*b', 'org/model:free', 'ünï'])(
    'names the model that a wildcard matched, whatever it is called: %s',
    async (model) => {
      const answer = await call(model);
      expect(answer.status, answer.text).toBe(200);
      expect(first.seen.at(-1)?.body['model']).toBe(model);
      expect((await logOf(app, holder.key))[0]).toMatchObject({ model_group: model, model });
    },
  );

  test.each(['\ud800', 'line\nbreak', 'nul\0', '{{7*7}}', '\x24{7*7}', '<%= 7 %>'])(
    'a model’s name is text and nothing else: %j',
    async (model) => {
      const answer = await call(model);
      expect(answer.status, answer.text).toBe(200);
      expect(first.seen.at(-1)?.body['model']).toBe(model);
      expect(await logOf(app, holder.key)).toHaveLength(1);
    },
  );
});

describe('A large body', () => {
  test('passes whole in both directions', async () => {
    const content = randomBytes(3 * 1024 * 1024).toString('base64');
    first.respond((request, response, incoming) =>
      chatCompletion(request.text, usageOf(1, 1))(request, response, incoming),
    );
    const answer = await call('one', { messages: [{ role: 'user', content }] });
    expect(answer.status, answer.text.slice(0, 300)).toBe(200);
    expect(JSON.stringify(first.seen.at(-1)?.body['messages'])).toContain(content);
    expect(answer.text).toContain(content);
  });

  test('beyond the limit is refused with 413, told or found out', async () => {
    const body = JSON.stringify({ model: 'one', messages, padding: 'x'.repeat(9 * 1024 * 1024) });
    const seen = first.seen.length;
    for (const headers of [{ 'content-length': String(Buffer.byteLength(body)) }, { 'transfer-encoding': 'chunked' }]) {
      expect(await rawStatus(headers, body)).toBe(413);
    }
    expect(first.seen.length).toBe(seen);
  });

  test.each(['gzip', 'br', 'deflate', 'zstd', 'nonsense'])(
    'that is compressed (%s) is refused with 415: nothing is unpacked',
    async (encoding) => {
      const answer = await app.send('POST', '/v1/chat/completions', {
        key: holder.key,
        body: '{}',
        headers: { 'content-encoding': encoding },
      });
      expect(errorOf(answer)).toMatchObject({
        status: 415,
        message: expect.stringContaining(`content-encoding: ${encoding}`),
      });
    },
  );

  test('of an answer is not fetched faster than a client reads it', async () => {
    const piece = `data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta: { content: 'x'.repeat(65_536) } }] })}\n\n`;
    let sentBytes = 0;
    first.respond(async (request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      while (sentBytes < 50 * 1024 * 1024 && !request.aborted) {
        sentBytes += piece.length;
        if (!response.write(piece))
          await Promise.race([new Promise((resolve) => response.once('drain', resolve)), delay(3_000)]);
      }
    });
    const incoming = await openWithoutReading();
    await delay(700);
    const soFar = sentBytes;
    expect(soFar).toBeGreaterThan(0);
    expect(soFar).toBeLessThan(20 * 1024 * 1024);
    incoming.resume();
    await eventually(() => sentBytes > soFar + 4 * 1024 * 1024, 'the stream goes on when the client reads');
    incoming.destroy();
    await eventually(() => first.seen.at(-1)?.aborted === true, 'the provider sees that the call is given up');
  });
});

/** Sends a body with headers of one's own; returns the status of the answer. */
function rawStatus(headers: Record<string, string>, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(`${app.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${holder.key}`, ...headers },
    });
    let status = 0;
    sent.on('response', (response) => {
      status = response.statusCode ?? 0;
      response.resume().on('end', () => resolve(status));
    });
    // The gateway may hang up on a sender of too much once it has answered.
    sent.on('error', (error) => (status === 0 ? reject(error) : undefined));
    sent.end(body);
  });
}

function openWithoutReading(): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(`${app.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${holder.key}` },
    });
    sent.on('response', (response) => resolve(response.pause()));
    sent.on('error', reject);
    sent.end(JSON.stringify({ model: 'one', messages, stream: true }));
  });
}
