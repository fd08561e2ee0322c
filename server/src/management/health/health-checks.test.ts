import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { type Caller, errorOf, makeCaller } from '../../testing/make-caller.ts';
import { startTestApp, type TestApp, testDeployment } from '../../testing/start-test-app.ts';
import { chatCompletion, type FakeUpstream, sendJson, startUpstream, usageOf } from '../../testing/upstream.ts';

interface Check {
  readonly model_id: string;
  readonly model_name: string;
  readonly status: string;
  readonly error_message: string | null;
  readonly checked_at: string;
  readonly checked_by: string | null;
}

describeOnEachEngine('Health checks', (openStorage) => {
  let upstream: FakeUpstream;
  let app: TestApp;
  let anna: Caller;
  let now = Date.parse('2026-11-24T12:00:00Z');

  beforeAll(async () => {
    upstream = await startUpstream();
    app = await startTestApp({
      storage: await openStorage(),
      now: () => now,
      environment: { PROVIDER_KEY: 'a-secret-of-the-environment' },
      settings: {
        demoMode: false,
        models: [
          testDeployment('good', upstream.url),
          testDeployment('bad', upstream.url),
          testDeployment('dear', upstream.url, { isCheckedInBackground: false }),
          testDeployment('out', upstream.url),
          testDeployment('any/*', upstream.url),
        ],
      },
    });
    await app.send('POST', '/model/block', { body: { model_id: 'test-out' } });
    anna = await makeCaller(app, 'internal_user', { models: ['good'] });
  });
  beforeEach(() => {
    now += 60_000;
    upstream.seen.length = 0;
    upstream.respond((request, response, incoming) => {
      if (request.body['model'] === 'provider-bad')
        return sendJson(response, 401, { error: { message: 'Incorrect key provider-secret' } });
      return chatCompletion('pong', usageOf(1, 1))(request, response, incoming);
    });
  });
  afterAll(async () => {
    await app.close();
    await upstream.close();
  });

  async function history(query = '', key?: string): Promise<{ checks: Check[]; total: number }> {
    const answer = await app.send('GET', `/health/history${query}`, key === undefined ? {} : { key });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.text).not.toContain('provider-secret');
    const body = answer.json<{ health_checks: Check[]; total_records: number }>();
    return { checks: body.health_checks, total: body.total_records };
  }
  const latest = async (key?: string) =>
    (await app.send('GET', '/health/latest', key === undefined ? {} : { key })).json<{
      latest_health_checks: Record<string, Check>;
      total_models: number;
    }>();

  it('are kept with what was found, when and by whom, and said again to nobody who may not call the model', async () => {
    expect((await history()).total).toBe(0);
    await app.send('GET', '/health');
    expect(upstream.seen.map(({ body }) => body['model']).sort()).toEqual([
      'provider-bad',
      'provider-dear',
      'provider-good',
    ]);
    // Asked again within seconds, nobody is called, and nothing is kept twice.
    await app.send('GET', '/health');
    const { checks, total } = await history();
    expect(total).toBe(3);
    expect(checks.find((check) => check.model_name === 'bad')).toEqual({
      health_check_id: expect.any(String),
      model_id: 'test-bad',
      model_name: 'bad',
      model: 'openai/provider-bad',
      status: 'unhealthy',
      healthy_count: 0,
      unhealthy_count: 1,
      error_message: 'The provider answered with HTTP 401.',
      response_time_ms: expect.any(Number),
      checked_at: new Date(now).toISOString(),
      checked_by: 'default_user_id',
    });
    const seen = await history('', anna.key);
    expect(seen.checks).toMatchObject([{ model_name: 'good', checked_by: null }]);
    expect(seen.total).toBe(1);
    expect(await latest(anna.key)).toMatchObject({
      total_models: 1,
      latest_health_checks: { 'test-good': { status: 'healthy' } },
    });
    expect((await history('', (await makeCaller(app, 'proxy_admin_viewer')).key)).total).toBe(3);
    expect((await app.send('GET', '/health/history', { key: null })).status).toBe(401);
    expect((await app.send('GET', '/health/latest', { key: null })).status).toBe(401);
  });

  it('are narrowed to a model and an outcome, and come by page, the newest first', async () => {
    await app.send('GET', '/health?model=good');
    now += 60_000;
    await app.send('GET', '/health?model=good');
    const { checks, total } = await history('?model=good');
    expect([checks.length, total]).toEqual([3, 3]);
    expect(checks.map((check) => check.checked_at)).toEqual(
      checks
        .map((check) => check.checked_at)
        .sort()
        .reverse(),
    );
    expect((await history('?model=good&limit=1&offset=1')).checks).toEqual([checks[1]]);
    expect((await history('?status_filter=unhealthy')).checks).toMatchObject([{ model_name: 'bad' }]);
    expect((await history('?model=good&status_filter=unhealthy')).total).toBe(0);
    expect((await latest()).latest_health_checks['test-good']).toEqual(checks[0]);
    for (const query of ['?limit=0', '?limit=1001', '?offset=-1', '?status_filter=ill', '?limit=x']) {
      expect((await app.send('GET', `/health/history${query}`)).status, query).toBe(422);
    }
  });

  it('are made in the background once settings say so, for models that want it and are in service, and old ones are forgotten', async () => {
    now += 8 * 24 * 3_600_000;
    const set = await app.send('POST', '/config/update', {
      body: { general_settings: { background_health_checks: true, health_check_interval: 3_000_000 } },
    });
    expect(set.status, set.text).toBe(200);
    await expect
      .poll(async () => (await history()).checks.map((check) => [check.model_name, check.checked_by]).sort(), {
        timeout: 10_000,
      })
      .toEqual([
        ['bad', null],
        ['good', null],
      ]);
    // All rounds of all instances are one: nobody asks again before it is time.
    const again = await startTestApp({ storage: { ...app.storage, close: async () => undefined }, now: () => now });
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect((await history()).total).toBe(2);
    await again.close();
    await app.send('POST', '/config/field/delete', { body: { field_name: 'background_health_checks' } });
  });

  it('try a model that is not there yet, with what was sent and nothing else', async () => {
    const models = (await app.send('GET', '/model/info')).json()['data'];
    const test = (body: unknown) => app.send('POST', '/health/test_connection', { body });
    const params = { model: 'openai/new', api_base: upstream.url };
    const tried = await test({ litellm_params: { ...params, api_key: 'sent-key' } });
    expect(tried.json()).toEqual({ status: 'success', result: { response_time_ms: expect.any(Number) } });
    expect(upstream.seen.map(({ body, headers }) => [body['model'], headers.authorization])).toEqual([
      ['new', 'Bearer sent-key'],
    ]);
    upstream.seen.length = 0;
    // The id of a model that is there lends nothing to it.
    await test({ litellm_params: params, model_info: { id: 'test-good', team_id: 'x' } });
    expect(upstream.seen.map(({ headers }) => headers.authorization)).toEqual([undefined]);
    await test({ mode: 'embedding', litellm_params: params });
    expect(upstream.seen.at(-1)?.path).toBe('/v1/embeddings');
    upstream.respond((_request, response) => {
      response.writeHead(302, { location: `${upstream.url}/elsewhere`, 'x-inside': 'secret' });
      response.end('what stands inside');
    });
    const calls = upstream.seen.length;
    const moved = await test({ litellm_params: params });
    expect(moved.json()).toMatchObject({ status: 'error', result: { error: 'The provider answered with HTTP 302.' } });
    expect(moved.text).not.toContain('inside');
    expect(upstream.seen).toHaveLength(calls + 1);
    const gone = await test({ litellm_params: { ...params, api_base: 'http://127.0.0.1:9/v1' } });
    expect(gone.json()).toMatchObject({ result: { error: expect.stringMatching(/could not be reached/) } });
    for (const wrong of [
      { litellm_params: { ...params, api_key: 'os.environ/PROVIDER_KEY' } },
      { litellm_params: { ...params, api_base: 'file:///etc/passwd' } },
      { litellm_params: { ...params, api_base: 'mock://x' } },
      { litellm_params: { model: 'no-such-provider/x' } },
      { litellm_params: {} },
    ]) {
      expect(errorOf(await test(wrong)).status, JSON.stringify(wrong)).toBe(400);
    }
    expect((await test({ mode: 'image_generation', litellm_params: params })).status).toBe(422);
    expect((await test({})).status).toBe(422);
    expect((await app.send('GET', '/model/info')).json()['data']).toEqual(models);
    expect((await history('?model=tried')).total).toBe(0);
  });

  it('try models for admins of the gateway alone', async () => {
    const body = { litellm_params: { model: 'openai/new', api_base: upstream.url } };
    for (const [role, status] of [
      ['proxy_admin_viewer', 403],
      ['internal_user', 401],
      ['internal_user_viewer', 401],
    ] as const) {
      const caller = await makeCaller(app, role);
      expect((await caller.send('POST', '/health/test_connection', body)).status, role).toBe(status);
    }
    expect(upstream.seen).toEqual([]);
  });

  it('tell how many requests are being served', async () => {
    expect((await app.send('GET', '/health/backlog')).json()).toEqual({ in_flight_requests: 0 });
    let release = () => {};
    upstream.respond(async (request, response, incoming) => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      await chatCompletion('late', usageOf(1, 1))(request, response, incoming);
    });
    const body = { model: 'good', messages: [{ role: 'user', content: 'Hi' }] };
    const call = app.send('POST', '/v1/chat/completions', { body });
    await expect.poll(() => upstream.seen.length).toBe(1);
    expect((await app.send('GET', '/health/backlog')).json()).toEqual({ in_flight_requests: 1 });
    release();
    expect((await call).status).toBe(200);
  });
});
