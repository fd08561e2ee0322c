import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Storage } from '../../storage/open-storage.ts';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { type Caller, errorOf, makeCaller } from '../../testing/make-caller.ts';
import { startTestApp, type TestApp, testDeployment } from '../../testing/start-test-app.ts';
import { type FakeUpstream, startUpstream } from '../../testing/upstream.ts';

const secret = 'sk-provider-canary-5f2e';

interface ModelRow {
  model_name: string;
  litellm_params: Record<string, unknown>;
  model_info: Record<string, unknown>;
}

describeOnEachEngine('Models', (openTestStorage) => {
  let upstream: FakeUpstream;
  let storage: Storage;
  let gateway: TestApp;
  let anna: Caller;
  let adminViewer: Caller;

  beforeAll(async () => {
    upstream = await startUpstream();
    storage = await openTestStorage();
    gateway = await startTestApp({
      storage,
      settings: {
        models: [testDeployment('configured', upstream.url), testDeployment('hidden', upstream.url)],
        demoMode: false,
      },
    });
    anna = await makeCaller(gateway, 'internal_user', { models: ['configured', 'added'] });
    adminViewer = await makeCaller(gateway, 'proxy_admin_viewer');
  });
  afterAll(async () => {
    await gateway.close();
    await upstream.close();
  });
  afterEach(async () => {
    for (const row of await storage.db.selectFrom('models').select('model_id').execute()) {
      await gateway.send('POST', '/model/delete', { body: { id: row.model_id } });
    }
  });

  const post = (path: string, body: unknown) => gateway.send('POST', path, { body });
  const added = (more: Record<string, unknown> = {}, info: Record<string, unknown> = { id: 'm1' }) => ({
    model_name: 'added',
    litellm_params: {
      model: 'openai/gpt-x',
      api_base: upstream.url,
      api_key: secret,
      input_cost_per_token: 0.000001,
      output_cost_per_token: 0.000002,
      ...more,
    },
    model_info: info,
  });
  const infoOf = async (caller: Caller | null, path = '/model/info') => {
    const answer = await (caller ? caller.send('GET', path) : gateway.send('GET', path));
    expect(answer.status, answer.text).toBe(200);
    expect(answer.text).not.toContain(secret);
    expect(answer.text).not.toContain('provider-secret');
    return answer.json<{ data: ModelRow[] }>().data;
  };
  const ask = (model: string) =>
    anna.send('POST', '/v1/chat/completions', { model, messages: [{ role: 'user', content: 'hi' }] });

  test('a model that is added is served at once with its credential, and shown without it', async () => {
    expect((await ask('added')).status).toBe(400);
    const made = await post('/model/new', added());
    expect(made.status, made.text).toBe(200);
    expect(made.text).not.toContain(secret);
    expect(made.json()).toMatchObject({
      model_id: 'm1',
      model_name: 'added',
      litellm_params: { model: 'openai/gpt-x', api_key: '***' },
      model_info: { id: 'm1', db_model: true },
    });
    const answer = await ask('added');
    expect(answer.status, answer.text).toBe(200);
    expect(upstream.seen.at(-1)?.headers.authorization).toBe(`Bearer ${secret}`);
    expect(upstream.seen.at(-1)?.body['model']).toBe('gpt-x');
    const models = (await anna.send('GET', '/v1/models')).json<{ data: { id: string }[] }>();
    expect(models.data.map((model) => model.id)).toEqual(['configured', 'added']);
  });

  test('a credential is nowhere in the database, and opens for its own model alone', async () => {
    await post('/model/new', added());
    await post('/model/new', added({}, { id: 'm2' }));
    const rows = await storage.db.selectFrom('models').selectAll().orderBy('model_id').execute();
    const audit = await storage.db.selectFrom('audit_log').selectAll().where('object_type', '=', 'model').execute();
    expect(audit.length).toBeGreaterThanOrEqual(2);
    expect(JSON.stringify([rows, audit])).not.toContain(secret);
    expect(rows[0]?.sealed_params).not.toBe(rows[1]?.sealed_params);
    // Moved to another model, the text does not open: that model is left out and everything else is served.
    await storage.db
      .updateTable('models')
      .set({ sealed_params: rows[0]?.sealed_params ?? '', updated_at: Date.now() + 5 })
      .where('model_id', '=', 'm2')
      .execute();
    const other = await startTestApp({ storage: { ...storage, close: async () => undefined } });
    const ids = (await other.send('GET', '/model/info'))
      .json<{ data: ModelRow[] }>()
      .data.map((row) => row.model_info['id']);
    await other.close();
    expect(ids).toEqual(['m1']);
  });

  test('what comes from the config file and what from the database is told apart, for models one may call', async () => {
    await post('/model/new', added());
    const seen = (rows: ModelRow[]) => rows.map((row) => [row.model_name, row.model_info['db_model']]);
    expect(seen(await infoOf(anna))).toEqual([
      ['configured', false],
      ['added', true],
    ]);
    expect(seen(await infoOf(adminViewer))).toEqual([
      ['configured', false],
      ['hidden', false],
      ['added', true],
    ]);
    expect(seen(await infoOf(null, '/v1/model/info?litellm_model_id=m1'))).toEqual([['added', true]]);
    expect((await infoOf(null, '/model/info?litellm_model_id=m1'))[0]?.model_info).toMatchObject({
      input_cost_per_token: 0.000001,
      output_cost_per_token: 0.000002,
    });
    expect((await anna.send('GET', '/model/info?litellm_model_id=test-hidden')).status).toBe(400);
    expect((await gateway.send('GET', '/model/info', { key: null })).status).toBe(401);
    const groups = await anna.send('GET', '/model_group/info');
    expect(groups.json()).toMatchObject({
      data: [
        { model_group: 'configured', providers: ['openai'] },
        { model_group: 'added', input_cost_per_token: 0.000001 },
      ],
    });
    expect((await anna.send('GET', '/model_group/info?model_group=hidden')).json()).toEqual({ data: [] });
  });

  test('pages of models narrow, sort and add up', async () => {
    await post('/model/new', added());
    const page = async (caller: Caller | null, query: string) => {
      const answer = await (caller
        ? caller.send('GET', `/v2/model/info?${query}`)
        : gateway.send('GET', `/v2/model/info?${query}`));
      const body = answer.json<{ data: ModelRow[]; total_count: number; total_pages: number }>();
      return [body.data.map((row) => row.model_name), body.total_count, body.total_pages];
    };
    expect(await page(null, 'size=2&page=2')).toEqual([['added'], 3, 2]);
    expect(await page(null, 'sortBy=model_name')).toEqual([['added', 'configured', 'hidden'], 3, 1]);
    expect(await page(null, 'search=ADD')).toEqual([['added'], 1, 1]);
    expect(await page(anna, 'search=hidden')).toEqual([[], 0, 0]);
    expect(await page(anna, 'modelId=test-hidden')).toEqual([[], 0, 0]);
    expect((await gateway.send('GET', '/v2/model/info?page=0')).status).toBe(422);
  });

  test('a change keeps what it does not name, takes away what is null, and is served at once', async () => {
    await post('/model/new', added({ timeout: 5 }));
    const changed = await post('/model/update', {
      litellm_params: { model: 'openai/gpt-y', timeout: null },
      model_info: { id: 'm1' },
    });
    expect(changed.status, changed.text).toBe(200);
    expect(changed.json()['litellm_params']).not.toHaveProperty('timeout');
    await ask('added');
    expect(upstream.seen.at(-1)?.body['model']).toBe('gpt-y');
    expect(upstream.seen.at(-1)?.headers.authorization).toBe(`Bearer ${secret}`);
    expect((await gateway.send('PATCH', '/model/m1/update', { body: { model_name: 'configured' } })).status).toBe(200);
    expect((await infoOf(anna)).map((row) => row.model_name)).toEqual(['configured', 'configured']);
    expect((await post('/model/delete', { id: 'm1' })).json()).toEqual({ message: 'Model: m1 deleted successfully' });
    expect((await infoOf(anna)).map((row) => row.model_name)).toEqual(['configured']);
  });

  test.each<[string, Record<string, unknown>]>([
    ['a provider that is unknown', { model: 'nobody/x' }],
    ['a variable of the environment', { api_key: 'os.environ/LITELLM_MASTER_KEY' }],
    ['a variable inside a header', { extra_headers: { 'x-key': 'os.environ/LITELLM_MASTER_KEY' } }],
    ['an address that is a file', { api_base: 'file:///etc/passwd' }],
    ['a negative price', { input_cost_per_token: -1 }],
    ['no model', { model: undefined }],
  ])('%s is refused, and nothing is stored', async (_what, params) => {
    const answer = await post('/model/new', added(params));
    expect(answer.status, answer.text).toBe(400);
    expect(answer.text).not.toContain(secret);
    await post('/model/new', added());
    const changed = await post('/model/update', {
      litellm_params: Object.fromEntries(Object.entries(params).map(([name, value]) => [name, value ?? null])),
      model_info: { id: 'm1' },
    });
    expect(changed.status, changed.text).toBe(400);
    expect(await storage.db.selectFrom('models').select('model_id').execute()).toHaveLength(1);
  });

  test('ids are unique, and models of the config file are not in the database', async () => {
    await post('/model/new', added());
    expect(errorOf(await post('/model/new', added())).message).toContain("already a model with the id 'm1'");
    expect((await post('/model/new', added({}, { id: 'test-configured' }))).status).toBe(400);
    expect((await post('/model/new', added({}, { id: 7 }))).status).toBe(400);
    expect((await post('/model/new', added({}, { id: 'x'.repeat(256) }))).status).toBe(400);
    for (const answer of [
      await post('/model/update', { litellm_params: {}, model_info: { id: 'test-configured' } }),
      await gateway.send('PATCH', '/model/test-configured/update', { body: {} }),
      await post('/model/delete', { id: 'test-configured' }),
    ]) {
      expect(errorOf(answer)).toMatchObject({
        status: 400,
        message: expect.stringContaining('not found in db: it comes from the config file'),
      });
    }
    expect((await post('/model/delete', { id: 'nobody' })).status).toBe(400);
    expect(errorOf(await post('/model/update', { litellm_params: {} })).message).toBe(
      'Authentication Error, model_info not provided',
    );
    expect((await post('/model/new', { model_name: 'x' })).status).toBe(422);
  });

  test('only admins write models', async () => {
    await post('/model/new', added());
    for (const caller of [anna, adminViewer]) {
      for (const answer of [
        await caller.send('POST', '/model/new', added({}, {})),
        await caller.send('POST', '/model/update', {
          model_info: { id: 'm1' },
          litellm_params: { api_base: 'http://evil.test' },
        }),
        await caller.send('PATCH', '/model/m1/update', { litellm_params: { api_base: 'http://evil.test' } }),
        await caller.send('POST', '/model/delete', { id: 'm1' }),
      ]) {
        expect([401, 403], answer.text).toContain(answer.status);
      }
    }
    expect((await infoOf(null, '/model/info?litellm_model_id=m1'))[0]?.litellm_params['api_base']).toBe(upstream.url);
  });

  test('of ten that add the same id at once, one does', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => post('/model/new', added())));
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, ...Array.from({ length: 9 }, () => 400)]);
  });
});
