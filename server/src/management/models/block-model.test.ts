import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { errorOf, makeCaller } from '../../testing/make-caller.ts';
import { makePersonalKey, makeTeamKey, post } from '../../testing/make-key.ts';
import { startTestApp, type TestAnswer, type TestApp, testDeployment } from '../../testing/start-test-app.ts';
import { type FakeUpstream, startUpstream } from '../../testing/upstream.ts';

interface ShownModel {
  readonly model_name: string;
  readonly model_info: { readonly id: string; readonly blocked: boolean; readonly db_model: boolean };
}

describeOnEachEngine('A model that is blocked', (openStorage) => {
  let app: TestApp;
  let upstream: FakeUpstream;

  beforeAll(async () => {
    upstream = await startUpstream();
    app = await startTestApp({
      storage: await openStorage(),
      settings: {
        demoMode: false,
        models: [
          testDeployment('single', upstream.url, { id: 'single' }),
          testDeployment('pair', upstream.url, { id: 'pair-1', providerModel: 'first' }),
          testDeployment('pair', upstream.url, { id: 'pair-2', providerModel: 'second' }),
          testDeployment('own', upstream.url, { id: 'own-of-all' }),
          testDeployment('s*', upstream.url, { id: 'wildcard', providerModel: '*' }),
        ],
      },
    });
  });
  afterAll(async () => {
    await app.close();
    await upstream.close();
  });

  const block = (modelId: string) => app.send('POST', '/model/block', { body: { model_id: modelId } });
  const unblock = (modelId: string) => app.send('POST', '/model/unblock', { body: { model_id: modelId } });
  const call = (key: string | undefined, model: string): Promise<TestAnswer> =>
    app.send('POST', '/v1/chat/completions', {
      ...(key === undefined ? {} : { key }),
      body: { model, messages: [{ role: 'user', content: 'Hi' }] },
    });
  async function shown(modelId: string): Promise<ShownModel | undefined> {
    const { data } = (await app.send('GET', '/model/info')).json<{ data: ShownModel[] }>();
    return data.find((model) => model.model_info.id === modelId);
  }
  async function names(key?: string): Promise<string[]> {
    const answer = await app.send('GET', '/v1/models', key === undefined ? {} : { key });
    return answer.json<{ data: { id: string }[] }>().data.map(({ id }) => id);
  }

  it('is refused at once, also where a wildcard would take its name, until it is unblocked', async () => {
    const { key } = await makePersonalKey(app);
    expect((await call(key, 'single')).status).toBe(200);
    const answer = await block('single');
    expect(answer.json()).toMatchObject({ model_id: 'single', model_name: 'single', blocked: true, created_at: null });
    expect(answer.text).not.toContain('provider-secret');
    const calls = upstream.seen.length;
    for (const caller of [key, undefined]) {
      expect(errorOf(await call(caller, 'single'))).toEqual({
        status: 403,
        type: 'model_blocked',
        param: 'model',
        message: expect.stringContaining("The model 'single' is blocked"),
      });
    }
    expect(upstream.seen).toHaveLength(calls);
    expect((await shown('single'))?.model_info).toMatchObject({ blocked: true, db_model: false });
    expect([await names(key), await names()].flat()).not.toContain('single');
    expect((await app.send('GET', '/v1/models/single', { key })).status).toBe(404);
    const health = await app.send('GET', '/health');
    expect(health.text).not.toContain('"single"');
    expect((await unblock('single')).json()).toMatchObject({ blocked: false, model_info: { blocked: false } });
    expect((await call(key, 'single')).status).toBe(200);
    expect(await names(key)).toContain('single');
  });

  it('leaves its name to the other deployments, as long as there is one', async () => {
    const { key } = await makePersonalKey(app);
    await block('pair-1');
    upstream.seen.length = 0;
    for (let n = 0; n < 10; n += 1) expect((await call(key, 'pair')).status).toBe(200);
    expect(new Set(upstream.seen.map(({ body }) => body['model']))).toEqual(new Set(['second']));
    await block('pair-2');
    expect(errorOf(await call(key, 'pair')).type).toBe('model_blocked');
    await unblock('pair-1');
    expect((await call(key, 'pair')).status).toBe(200);
    await unblock('pair-2');
  });

  it('may be a wildcard, and then every name that it takes is refused', async () => {
    const { key } = await makePersonalKey(app);
    expect((await call(key, 'something')).status).toBe(200);
    await block('wildcard');
    expect(errorOf(await call(key, 'something')).type).toBe('model_blocked');
    expect((await call(key, 'single')).status).toBe(200);
    expect((await call(key, 'no-such-model')).status).toBe(400);
    await unblock('wildcard');
  });

  it('may be one of the database, is still blocked after a restart and a change, and no longer when it is made anew', async () => {
    const added = { model_name: 'added', litellm_params: { model: 'openai/x', api_base: upstream.url } };
    await post(app, '/model/new', { ...added, model_info: { id: 'added' } });
    expect((await block('added')).json()).toMatchObject({
      blocked: true,
      model_info: { db_model: true, blocked: true },
      created_by: expect.any(String),
    });
    await post(app, '/model/update', { model_info: { id: 'added' }, litellm_params: { timeout: 5 } });
    expect(errorOf(await call(undefined, 'added')).type).toBe('model_blocked');
    const again = await startTestApp({ storage: { ...app.storage, close: async () => undefined } });
    const body = { model: 'added', messages: [{ role: 'user', content: 'Hi' }] };
    expect((await again.send('POST', '/v1/chat/completions', { body })).status).toBe(403);
    await again.close();
    await post(app, '/model/delete', { id: 'added' });
    expect((await call(undefined, 'added')).status).toBe(400);
    await post(app, '/model/new', { ...added, model_info: { id: 'added' } });
    expect((await call(undefined, 'added')).status).toBe(200);
    await post(app, '/model/update', { model_info: { id: 'added' }, blocked: true });
    expect((await call(undefined, 'added')).status).toBe(403);
    await post(app, '/model/update', { model_info: { id: 'added' }, blocked: false });
    expect((await call(undefined, 'added')).status).toBe(200);
  });

  it('may be a team’s own, which everybody’s of the same name does not replace, and which the team cannot unblock', async () => {
    const { key, teamId, userId } = await makeTeamKey(app);
    const own = { model_name: 'own', litellm_params: { model: 'openai/theirs', api_base: upstream.url } };
    await post(app, '/model/new', { ...own, model_info: { id: 'theirs', team_id: teamId } });
    await block('theirs');
    expect(errorOf(await call(key, 'own')).type).toBe('model_blocked');
    const { key: another } = await makePersonalKey(app);
    expect((await call(another, 'own')).status).toBe(200);
    await post(app, '/team/member_update', { team_id: teamId, user_id: userId, role: 'admin' });
    const { key: admin } = await post(app, '/key/generate', { user_id: userId });
    for (const [path, body] of [
      ['/model/unblock', { model_id: 'theirs' }],
      ['/model/update', { model_info: { id: 'theirs' }, blocked: false }],
    ] as const) {
      expect([401, 403]).toContain((await app.send('POST', path, { key: String(admin), body })).status);
    }
    expect(errorOf(await call(key, 'own')).type).toBe('model_blocked');
    await post(app, '/team/delete', { team_ids: [teamId] });
  });

  it('is in the audit log, and said twice it is as said once', async () => {
    await block('single');
    expect((await block('single')).status).toBe(200);
    await unblock('single');
    expect((await unblock('single')).status).toBe(200);
    const { audit_logs: entries } = (
      await app.send('GET', '/audit?table_name=LiteLLM_ProxyModelTable&object_id=single&page_size=4')
    ).json<{ audit_logs: { action: string; before_value: unknown; updated_values: unknown }[] }>();
    const changed = entries.filter(
      (entry) => JSON.stringify(entry.before_value) !== JSON.stringify(entry.updated_values),
    );
    expect(changed.map((entry) => [entry.action, entry.before_value, entry.updated_values])).toEqual(
      expect.arrayContaining([
        ['blocked', { model_name: 'single', blocked: false }, { model_name: 'single', blocked: true }],
        ['unblocked', { model_name: 'single', blocked: true }, { model_name: 'single', blocked: false }],
      ]),
    );
    expect(changed).toHaveLength(2);
    expect(entries.map((entry) => entry.action).sort()).toEqual(['blocked', 'blocked', 'unblocked', 'unblocked']);
  });

  it('is seen and put back by an admin whose key could not call it', async () => {
    const admin = await makeCaller(app, 'proxy_admin', { models: ['pair'] });
    const body = { model_id: 'single' };
    expect((await admin.send('POST', '/model/block', body)).status).toBe(200);
    const { data } = (await admin.send('GET', '/model/info')).json<{ data: ShownModel[] }>();
    expect(data.map((model) => [model.model_info.id, model.model_info.blocked]).sort()).toEqual([
      ['pair-1', false],
      ['pair-2', false],
      ['single', true],
    ]);
    expect((await admin.send('POST', '/model/unblock', body)).status).toBe(200);
    expect((await call(undefined, 'single')).status).toBe(200);
  });

  it('is blocked by admins of the gateway, and by nobody else', async () => {
    for (const [role, status] of [
      ['proxy_admin_viewer', 403],
      ['internal_user', 401],
      ['internal_user_viewer', 401],
    ] as const) {
      const caller = await makeCaller(app, role);
      expect((await caller.send('POST', '/model/block', { model_id: 'single' })).status, role).toBe(status);
      expect((await caller.send('POST', '/model/unblock', { model_id: 'single' })).status, role).toBe(status);
    }
    expect((await shown('single'))?.model_info.blocked).toBe(false);
    expect(errorOf(await block('no-such-id')).message).toContain('Model with id=no-such-id not found');
    expect((await app.send('POST', '/model/block', { body: {} })).status).toBe(422);
  });
});
