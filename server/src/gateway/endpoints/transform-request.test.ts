import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { errorOf } from '../../testing/make-caller.ts';
import { makePersonalKey } from '../../testing/make-key.ts';
import { startTestApp, type TestApp, testDeployment } from '../../testing/start-test-app.ts';
import { chat, type FakeUpstream, startUpstream, usageOf } from '../../testing/upstream.ts';

describeOnEachEngine('A request as its provider would get it', (openTestStorage) => {
  let upstream: FakeUpstream;
  let app: TestApp;
  let key = '';

  beforeAll(async () => {
    upstream = await startUpstream();
    upstream.respond(chat(['Hello'], usageOf(10, 2)));
    const withHeaders = { extraHeaders: { 'x-account': 'header-canary' } };
    app = await startTestApp({
      storage: await openTestStorage(),
      settings: { models: [testDeployment('gpt', upstream.url, withHeaders), testDeployment('other', upstream.url)] },
    });
    ({ key } = await makePersonalKey(app, { key: { models: ['gpt'], aliases: { short: 'gpt' } } }));
  });
  afterAll(async () => {
    await app.close();
    await upstream.close();
  });

  const ask = (body: unknown, by: string | null = key) =>
    app.send('POST', '/utils/transform_request', { key: by, body });
  const request = { model: 'short', messages: [{ role: 'user', content: 'Hi' }], metadata: { a: 1 }, tags: ['x'] };

  it('is what the provider really gets, and no credential is in it', async () => {
    const answer = await ask({ call_type: 'completion', request_body: request });
    expect(answer.status, answer.text).toBe(200);
    for (const secret of ['provider-secret', 'header-canary']) expect(answer.text).not.toContain(secret);
    const shown = answer.json();
    expect(shown).toMatchObject({
      raw_request_api_base: `${upstream.url}/chat/completions`,
      raw_request_headers: { authorization: 'Bearer ***', 'x-account': '***', 'content-type': 'application/json' },
      error: null,
    });
    const seen = upstream.seen.length;
    expect((await app.send('POST', '/v1/chat/completions', { key, body: request })).status).toBe(200);
    expect(upstream.seen.length).toBe(seen + 1);
    expect(shown['raw_request_body']).toEqual(upstream.seen.at(-1)?.body);
  });

  it('asks for the usage of streams, and is an embedding where one is meant', async () => {
    const stream = await ask({ call_type: 'acompletion', request_body: { ...request, stream: true } });
    expect(stream.json()['raw_request_body']).toMatchObject({ stream_options: { include_usage: true } });
    const embedding = await ask({ call_type: 'aembedding', request_body: { model: 'gpt', input: 'hi' } });
    expect(embedding.json()).toMatchObject({
      raw_request_api_base: `${upstream.url}/embeddings`,
      raw_request_body: { model: 'provider-gpt', input: 'hi' },
    });
  });

  it.each<[string, unknown, number]>([
    ['a model that the key may not call', { call_type: 'completion', request_body: { model: 'other' } }, 400],
    ['a model that nobody knows', { call_type: 'completion', request_body: { model: 'nothing' } }, 400],
    ['no model', { call_type: 'completion', request_body: {} }, 400],
    ['another kind of call', { call_type: 'image_generation', request_body: { model: 'gpt' } }, 400],
    ['an address', { call_type: 'completion', request_body: { model: 'gpt', api_base: 'http://evil.test' } }, 401],
    ['no body', { call_type: 'completion' }, 422],
    ['a text for a body', { call_type: 'completion', request_body: 'x' }, 422],
  ])('is refused for %s, and nothing is sent', async (_what, body, status) => {
    const seen = upstream.seen.length;
    const answer = await ask(body);
    expect(answer.status, answer.text).toBe(status);
    if (status === 400) expect(errorOf(answer).message).not.toBe('');
    expect(upstream.seen.length).toBe(seen);
  });

  it('is shown to nobody without a key', async () => {
    expect((await ask({ call_type: 'completion', request_body: request }, null)).status).toBe(401);
  });
});
