import { request as sendRequest } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Settings } from '../config/settings.ts';
import { errorOf } from '../testing/make-caller.ts';
import { makePersonalKey, makeTeamKey } from '../testing/make-key.ts';
import {
  startTestApp,
  type TestAnswer,
  type TestApp,
  testDeployment,
  testMasterKey,
} from '../testing/start-test-app.ts';
import {
  chatCompletion,
  chatEvents,
  type FakeUpstream,
  sendJson,
  startUpstream,
  usageOf,
} from '../testing/upstream.ts';

const wildcard = 'any/*';

describe('Headers of model requests', () => {
  let upstream: FakeUpstream;
  let app: TestApp;

  beforeAll(async () => {
    upstream = await startUpstream();
  });
  beforeEach(() => upstream.respond(chatCompletion('Hello', usageOf(10, 2))));
  afterEach(() => app.close());
  afterAll(() => upstream.close());

  async function start(settings: Partial<Settings> = {}): Promise<void> {
    const models = [
      testDeployment('gpt', upstream.url, { region: 'eu-west-1', timeoutMs: 20_000 }),
      testDeployment(wildcard, upstream.url, { providerModel: '*' }),
      testDeployment('patient', upstream.url, { streamTimeoutMs: 150 }),
    ];
    app = await startTestApp({ settings: { models, ...settings } });
    upstream.seen.length = 0;
  }

  function call(headers: Record<string, string> = {}, more: Record<string, unknown> = {}, key = testMasterKey) {
    const body = { model: 'gpt', messages: [{ role: 'user', content: 'Hi' }], ...more };
    return app.send('POST', '/v1/chat/completions', { key, body, headers });
  }

  /** Answers with these headers, as a stream when one is asked for. */
  function respondWith(headers: Record<string, string | string[]>): void {
    upstream.respond((request, response, incoming) => {
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
      if (request.body['stream'] !== true) return chatCompletion('Hello', usageOf(10, 2))(request, response, incoming);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(chatEvents(['Hello'], usageOf(10, 2)).join(''));
    });
  }

  const ofProvider = ({ headers }: TestAnswer) =>
    Object.fromEntries([...headers].filter(([name]) => name.startsWith('llm_provider-')));

  describe('of the provider', () => {
    const shown = {
      'x-ratelimit-limit-requests': '10000',
      'x-ratelimit-remaining-tokens': '149984',
      'x-ratelimit-reset-tokens': '6ms',
      'anthropic-ratelimit-tokens-remaining': '5',
      'openai-processing-ms': '313',
      'openai-version': '2020-10-01',
      'x-request-id': 'req_1',
      'request-id': 'req_2',
      'x-amzn-requestid': 'req_3',
      'retry-after': '7',
      'retry-after-ms': '7000',
      'cf-ray': 'abc-FRA',
    };
    const hidden = {
      'set-cookie': ['__cf_bm=secret; HttpOnly', 'session=other'],
      'openai-organization': 'org-of-the-admin',
      'openai-project': 'proj-of-the-admin',
      'www-authenticate': 'Bearer',
      'proxy-authenticate': 'Basic',
      authorization: 'Bearer of-the-admin',
      'x-api-key': 'sk-of-the-admin',
      'x-auth-token': 't',
      'x-session-token': 't',
      'x-amz-security-token': 't',
      'keep-alive': 'timeout=99',
      te: 'trailers',
      upgrade: 'h2c',
      'alt-svc': 'h3=":443"',
      via: '1.1 internal-proxy',
      server: 'internal',
      'strict-transport-security': 'max-age=1',
      'access-control-allow-origin': '*',
      'x-litellm-key-spend': '99',
      'x-ratelimit-limit_requests': 'a name that no limit has',
      [`x-ratelimit-${'a'.repeat(80)}`]: '1',
      'x-ratelimit-repeats': 'Bearer provider-secret',
      'x-ratelimit-long': 'x'.repeat(300),
      'x-ratelimit-umlaut': 'für',
    };

    it.each([false, true])(
      'are passed on where they tell of limits and requests, and no others (stream: %s)',
      async (stream) => {
        await start();
        respondWith({ ...shown, ...hidden });
        const answer = await call({}, { stream });
        expect(answer.status).toBe(200);
        expect(ofProvider(answer)).toEqual(
          Object.fromEntries(Object.entries(shown).map(([name, value]) => [`llm_provider-${name}`, value])),
        );
        const all = JSON.stringify([...answer.headers]);
        for (const secret of ['admin', 'cookie', 'internal', 'provider-secret', '__cf_bm'])
          expect(all).not.toContain(secret);
      },
    );

    it('come with its errors too, beside what the gateway knows of the request', async () => {
      await start({ router: { ...routerSettings, numRetries: 0 } });
      upstream.respond((_request, response) => {
        response.setHeader('retry-after', '3');
        response.setHeader('set-cookie', 'a=b');
        sendJson(response, 429, { error: { message: 'slow down' } });
      });
      const answer = await call();
      expect(answer.status).toBe(429);
      expect(ofProvider(answer)).toEqual({ 'llm_provider-retry-after': '3' });
      expect(answer.headers.get('set-cookie')).toBe(null);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'content-type': 'application/json',
        'x-litellm-call-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
        'x-litellm-model-id': 'test-gpt',
        'x-litellm-timeout': '20.0',
        'x-litellm-attempted-retries': '0',
        'x-litellm-max-retries': '0',
      });
    });

    it('leave all headers together below 4 kB, whatever the provider, the model and the limits', async () => {
      await start();
      const many = Array.from({ length: 60 }, (_, n) => [`x-ratelimit-of-kind-${n}`, 'y'.repeat(200)] as const);
      respondWith(Object.fromEntries(many));
      const limits = { rpm_limit: 1_000_000, tpm_limit: 100_000_000, max_parallel_requests: 1_000 };
      const { key } = await makeTeamKey(app, {
        user: limits,
        team: limits,
        key: { ...limits, model_rpm_limit: { [wildcard]: 900_000 }, model_tpm_limit: { [wildcard]: 900_000_000 } },
      });
      for (const model of ['gpt', `any/${'m'.repeat(252)}`, `any/${'ü'.repeat(126)}`]) {
        for (const stream of [false, true]) {
          const { status, bytes, headers } = await headersOf(app, key, model, stream);
          expect(status).toBe(200);
          expect(bytes).toBeLessThan(4_096);
          expect(headers).toMatchObject({
            'x-litellm-call-id': expect.any(String),
            'x-ratelimit-api_key-remaining-requests': expect.any(String),
          });
        }
      }
    });
  });

  describe('of the caller', () => {
    const never = () => undefined;

    it('say how long the provider may take and how often it is asked again, and the answer says so, too', async () => {
      await start();
      const answer = await call({ 'x-litellm-timeout': '9.5', 'x-litellm-num-retries': '4' });
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'x-litellm-timeout': '9.5',
        'x-litellm-max-retries': '4',
        'x-litellm-model-region': 'eu-west-1',
      });
      upstream.respond(never);
      upstream.seen.length = 0;
      const late = await call({ 'x-litellm-timeout': '0.001', 'x-litellm-num-retries': '0' });
      expect(errorOf(late)).toMatchObject({ status: 408, message: expect.stringContaining('within 0.001 s') });
      expect(late.headers.get('x-litellm-timeout')).toBe('0.001');
      expect(
        (await call({ 'x-litellm-timeout': '1', 'x-litellm-num-retries': '0' })).headers.get('x-litellm-timeout'),
      ).toBe('1.0');
      const twice = await call({ 'x-litellm-timeout': '0.05', 'x-litellm-num-retries': '1' });
      expect([twice.status, twice.headers.get('x-litellm-attempted-retries')]).toEqual([408, '1']);
      expect(upstream.seen).toHaveLength(4);
    });

    it('go before the fields of the body, which the provider does not get', async () => {
      await start();
      const fields = { timeout: 30, stream_timeout: 40, num_retries: 3 };
      const ofBody = await call({}, fields);
      expect([ofBody.headers.get('x-litellm-timeout'), ofBody.headers.get('x-litellm-max-retries')]).toEqual([
        '30.0',
        '3',
      ]);
      const ofHeader = await call({ 'x-litellm-timeout': '31' }, fields);
      expect(ofHeader.headers.get('x-litellm-timeout')).toBe('31.0');
      expect(upstream.seen.map(({ body }) => Object.keys(body).sort())).toEqual([
        ['messages', 'model'],
        ['messages', 'model'],
      ]);
    });

    it('hold for streams alone, as what a model says of streams does', async () => {
      await start();
      const streamed = await call({ 'x-litellm-timeout': '30', 'x-litellm-stream-timeout': '5' }, { stream: true });
      const whole = await call({ 'x-litellm-timeout': '30', 'x-litellm-stream-timeout': '5' });
      expect([streamed, whole].map(({ headers }) => headers.get('x-litellm-timeout'))).toEqual(['5.0', '30.0']);
      upstream.respond(never);
      const late = await call({ 'x-litellm-num-retries': '0' }, { model: 'patient', stream: true });
      expect([late.status, late.headers.get('x-litellm-timeout')]).toEqual([408, '0.15']);
      upstream.respond(chatCompletion('Hello', usageOf(10, 2)));
      expect((await call({}, { model: 'patient' })).headers.get('x-litellm-timeout')).toBe('30.0');
      expect(
        (await call({ 'x-litellm-timeout': '8' }, { model: 'patient', stream: true })).headers.get('x-litellm-timeout'),
      ).toBe('8.0');
    });

    it.each<[Record<string, string>, Record<string, unknown>, string, string]>([
      [{ 'x-litellm-timeout': 'soon' }, {}, 'x-litellm-timeout', 'a number of seconds above 0 and at most 6000'],
      [{ 'x-litellm-timeout': '0' }, {}, 'x-litellm-timeout', 'a number of seconds above 0'],
      [{ 'x-litellm-timeout': '' }, {}, 'x-litellm-timeout', 'a number of seconds above 0'],
      [{ 'x-litellm-stream-timeout': '-1' }, {}, 'x-litellm-stream-timeout', 'a number of seconds above 0'],
      [{ 'x-litellm-stream-timeout': 'Infinity' }, {}, 'x-litellm-stream-timeout', 'a number of seconds above 0'],
      [{ 'x-litellm-num-retries': '1.5' }, {}, 'x-litellm-num-retries', 'a whole number from 0 to 10'],
      [{ 'x-litellm-num-retries': '11' }, {}, 'x-litellm-num-retries', 'a whole number from 0 to 10'],
      [{}, { timeout: true }, 'timeout', 'a number of seconds above 0'],
      [{}, { num_retries: -1 }, 'num_retries', 'a whole number from 0 to 10'],
    ])('are refused when they make no sense: %j %j', async (headers, fields, param, expected) => {
      await start();
      const { key } = await makePersonalKey(app, { key: { max_parallel_requests: 1 } });
      for (let n = 0; n < 2; n += 1) {
        expect(errorOf(await call(headers, fields, key))).toEqual({
          status: 400,
          type: 'invalid_request_error',
          param,
          message: expect.stringContaining(`\`${param}\` must be ${expected}`),
        });
      }
      expect(upstream.seen).toEqual([]);
      expect((await call({}, {}, key)).status).toBe(200);
    });
  });

  it('show no credential that stands in the address of a model, nor do the logs', async () => {
    const address = upstream.url.replace('http://', 'http://admin:secret-in-address@');
    await start({ models: [testDeployment('gpt', `${address}?key=secret-too`)] });
    const answer = await call();
    expect(answer.headers.get('x-litellm-model-api-base')).toBe(upstream.url);
    await app.flush();
    const logs = await app.send('GET', '/spend/logs');
    expect(logs.text).toContain(upstream.url);
    expect(JSON.stringify([...answer.headers]) + logs.text).not.toContain('secret');
  });
});

const routerSettings: Settings['router'] = {
  numRetries: 2,
  cooldownMs: 5_000,
  allowedFails: 3,
  timeoutMs: 30_000,
  streamTimeoutMs: null,
  tagFiltering: 'off',
  maxParallelRequests: null,
};

/** Sends a call and measures the head of its answer, as it came over the wire. */
function headersOf(app: TestApp, key: string, model: string, stream: boolean) {
  return new Promise<{ status: number; bytes: number; headers: Record<string, unknown> }>((resolve, reject) => {
    const sent = sendRequest(
      `${app.url}/v1/chat/completions`,
      { method: 'POST', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' } },
      (response) => {
        response.resume();
        const { rawHeaders, headers, statusCode = 0, statusMessage = '' } = response;
        const lines = rawHeaders.reduce((sum, text) => sum + Buffer.byteLength(text) + 2, 0);
        const bytes = `HTTP/1.1 ${statusCode} ${statusMessage}\r\n\r\n`.length + lines;
        response.on('end', () => resolve({ status: statusCode, bytes, headers }));
      },
    );
    sent.on('error', reject);
    sent.end(JSON.stringify({ model, stream, messages: [{ role: 'user', content: 'Hi' }] }));
  });
}
