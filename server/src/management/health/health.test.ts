import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Caller, errorOf, makeCaller } from '../../testing/make-caller.ts';
import { startTestApp, type TestApp, testDeployment } from '../../testing/start-test-app.ts';
import { chatCompletion, type FakeUpstream, sendJson, startUpstream, usageOf } from '../../testing/upstream.ts';

interface Health {
  healthy_endpoints: Record<string, unknown>[];
  unhealthy_endpoints: Record<string, unknown>[];
  healthy_count: number;
  unhealthy_count: number;
}

describe('Health', () => {
  let upstream: FakeUpstream;
  let gateway: TestApp;
  let anna: Caller;
  let adminViewer: Caller;
  let now = Date.parse('2026-11-25T15:00:00Z');

  beforeAll(async () => {
    upstream = await startUpstream();
    gateway = await startTestApp({
      now: () => now,
      settings: {
        demoMode: false,
        cache: {
          enabled: true,
          mode: 'default_on',
          ttlMs: null,
          maxBytes: 1_000_000,
          namespace: null,
          callTypes: ['acompletion'],
        },
        models: [
          testDeployment('good', upstream.url),
          testDeployment('bad', upstream.url),
          testDeployment('gone', 'http://127.0.0.1:9/v1'),
          testDeployment('any/*', upstream.url),
        ],
      },
    });
    upstream.respond((request, response, incoming) => {
      if (request.body['model'] === 'provider-bad')
        return sendJson(response, 401, { error: { message: 'Incorrect key provider-secret' } });
      return chatCompletion('pong', usageOf(1, 1))(request, response, incoming);
    });
    anna = await makeCaller(gateway, 'internal_user', { models: ['good'] });
    adminViewer = await makeCaller(gateway, 'proxy_admin_viewer');
  });
  afterAll(async () => {
    await gateway.close();
    await upstream.close();
  });

  const healthOf = async (caller: Caller, query = '') => {
    const answer = await caller.send('GET', `/health${query}`);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.text).not.toContain('provider-secret');
    return answer.json<Health>();
  };

  test('each model is asked once, and shown with nothing but its name and whether it answers', async () => {
    const before = upstream.seen.length;
    const health = await healthOf(adminViewer);
    expect(upstream.seen.length - before).toBe(2);
    expect(health).toEqual({
      healthy_endpoints: [{ model: 'openai/provider-good', model_id: 'test-good', model_group: 'good', mode: 'chat' }],
      unhealthy_endpoints: [
        {
          model: 'openai/provider-bad',
          model_id: 'test-bad',
          model_group: 'bad',
          mode: 'chat',
          error: 'The provider answered with HTTP 401.',
        },
        {
          model: 'openai/provider-gone',
          model_id: 'test-gone',
          model_group: 'gone',
          mode: 'chat',
          error: 'The provider could not be reached (ECONNREFUSED).',
        },
      ],
      healthy_count: 1,
      unhealthy_count: 2,
    });
    await healthOf(adminViewer);
    expect(upstream.seen.length - before).toBe(2);
    now += 11_000;
    await healthOf(adminViewer, '?model=good');
    expect(upstream.seen.length - before).toBe(3);
  });

  test('users ask about the models they may call, and no others', async () => {
    expect(await healthOf(anna)).toMatchObject({ healthy_count: 1, unhealthy_count: 0 });
    expect((await anna.send('GET', '/health?model=bad')).status).toBe(400);
    expect((await anna.send('GET', '/health?model_id=test-bad')).status).toBe(400);
    expect((await gateway.send('GET', '/health', { key: null })).status).toBe(401);
  });

  test('details of readiness are for callers with a key', async () => {
    expect((await anna.send('GET', '/health/readiness/details')).json()).toMatchObject({
      status: 'healthy',
      db: 'connected',
      change_feed: {},
      counters: null,
      cache: 'local',
    });
    expect((await gateway.send('GET', '/health/readiness/details', { key: null })).status).toBe(401);
  });

  test('every endpoint is listed for everybody', async () => {
    const { routes } = (await gateway.send('GET', '/routes', { key: null })).json<{
      routes: { path: string; methods: string[] }[];
    }>();
    expect(routes).toContainEqual(expect.objectContaining({ path: '/key/generate', methods: ['POST'] }));
    expect(routes).toContainEqual(expect.objectContaining({ path: '/v1/model/info', methods: ['GET'] }));
  });

  test('tokens are counted in messages and prompts', async () => {
    const count = (body: unknown) => anna.send('POST', '/utils/token_counter', body);
    expect((await count({ model: 'good', messages: [{ role: 'user', content: 'Hello world' }] })).json()).toEqual({
      total_tokens: 9,
      request_model: 'good',
      model_used: 'provider-good',
      tokenizer_type: 'openai_tokenizer',
    });
    expect((await count({ model: 'bad', prompt: 'Hello world' })).json()).toMatchObject({
      total_tokens: 2,
      model_used: 'bad',
    });
    expect(errorOf(await count({ model: 'good' })).message).toBe('prompt or messages must be provided');
    expect((await count({ prompt: 'x' })).status).toBe(422);
  });

  test('the parameters of a model are told, and unknown models refused', async () => {
    const params = async (model: string) => anna.send('GET', `/utils/supported_openai_params?model=${model}`);
    expect((await params('good')).json<{ supported_openai_params: string[] }>().supported_openai_params).toContain(
      'tools',
    );
    expect((await params('gpt-4o')).status).toBe(200);
    expect((await params('bad')).status).toBe(400);
  });

  test('the response cache is seen by admins and admin viewers, and emptied by admins', async () => {
    expect((await adminViewer.send('GET', '/cache/ping')).json()).toMatchObject({
      status: 'healthy',
      cache_type: 'local',
      ping_response: true,
    });
    expect((await adminViewer.send('GET', '/cache/settings')).json()).toMatchObject({
      current_values: { enabled: true, type: 'local', max_size_mb: expect.any(Number) },
    });
    expect((await anna.send('GET', '/cache/ping')).status).toBe(401);
    const ask = async () => {
      const before = upstream.seen.length;
      await anna.send('POST', '/v1/chat/completions', {
        model: 'good',
        messages: [{ role: 'user', content: 'cached?' }],
      });
      return upstream.seen.length - before;
    };
    expect([await ask(), await ask()]).toEqual([1, 0]);
    expect((await anna.send('POST', '/cache/flushall')).status).toBe(401);
    expect((await adminViewer.send('POST', '/cache/flushall')).status).toBe(403);
    expect((await adminViewer.send('POST', '/cache/delete', { keys: [] })).status).toBe(403);
    expect(await ask()).toBe(0);
    expect((await gateway.send('POST', '/cache/flushall')).json()).toEqual({ status: 'success' });
    expect(await ask()).toBe(1);
    expect((await gateway.send('POST', '/cache/delete', { body: { keys: ['unknown'] } })).json()).toEqual({
      status: 'success',
    });
    expect(await ask()).toBe(0);
    expect((await gateway.send('POST', '/cache/delete', { body: { keys: 'all' } })).status).toBe(422);
  });

  test('without a cache, its ping says so', async () => {
    const plain = await startTestApp();
    const error = errorOf(await plain.send('GET', '/cache/ping'));
    await plain.close();
    expect(error).toMatchObject({ status: 503, type: 'cache_ping_error' });
    expect(JSON.parse(error.message)).toMatchObject({ litellm_cache_params: '{}' });
  });
});
