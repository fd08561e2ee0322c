import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorOf, makeCaller } from '../testing/make-caller.ts';
import { makePersonalKey, makeTeamKey, post } from '../testing/make-key.ts';
import { startTestApp, type TestApp, testDeployment } from '../testing/start-test-app.ts';
import { type FakeUpstream, startUpstream } from '../testing/upstream.ts';

interface Listed {
  readonly id: string;
  readonly metadata?: { readonly access_groups: string[]; readonly mode: string };
}

describe('Access groups of models', () => {
  let app: TestApp;
  let upstream: FakeUpstream;

  beforeAll(async () => {
    upstream = await startUpstream();
    app = await startTestApp({
      settings: {
        demoMode: false,
        models: [
          testDeployment('new', upstream.url, { accessGroups: ['beta'] }),
          testDeployment('newer', upstream.url, { accessGroups: ['beta', 'dear'] }),
          testDeployment('old', upstream.url),
          testDeployment('vectors', upstream.url, { mode: 'embedding' }),
          testDeployment('vendor/*', upstream.url, { accessGroups: ['dear'] }),
        ],
      },
    });
  });
  afterAll(async () => {
    await app.close();
    await upstream.close();
  });

  const call = (key: string, model: string) =>
    app.send('POST', '/v1/chat/completions', { key, body: { model, messages: [{ role: 'user', content: 'Hi' }] } });
  async function list(query = '', key?: string): Promise<Listed[]> {
    const answer = await app.send('GET', `/v1/models${query}`, key === undefined ? {} : { key });
    expect(answer.status, answer.text).toBe(200);
    return answer.json<{ data: Listed[] }>().data;
  }
  const names = async (query = '', key?: string) => (await list(query, key)).map(({ id }) => id);

  test('stand for their models in the lists of keys, teams and people, and for no others', async () => {
    const { key } = await makePersonalKey(app, { key: { models: ['beta'] } });
    expect((await call(key, 'new')).status).toBe(200);
    expect((await call(key, 'newer')).status).toBe(200);
    expect(errorOf(await call(key, 'old'))).toMatchObject({ status: 403, type: 'key_model_access_denied' });
    expect(await names('', key)).toEqual(['new', 'newer']);
    // A group is no model.
    expect((await call(key, 'beta')).status).toBe(400);
    const team = await makeTeamKey(app, { team: { models: ['dear'] } });
    expect((await call(team.key, 'newer')).status).toBe(200);
    expect((await call(team.key, 'vendor/any')).status).toBe(200);
    expect(errorOf(await call(team.key, 'new')).type).toBe('team_model_access_denied');
    const person = await makePersonalKey(app, { user: { models: ['beta'] } });
    expect((await call(person.key, 'new')).status).toBe(200);
    expect(errorOf(await call(person.key, 'old')).type).toBe('user_model_access_denied');
  });

  test('narrow what another list allows, and never widen it', async () => {
    const team = await makeTeamKey(app, { team: { models: ['dear', 'old'] } });
    const { key } = await post(app, '/key/generate', { team_id: team.teamId, models: ['dear'] });
    expect((await call(String(key), 'newer')).status).toBe(200);
    expect((await call(String(key), 'old')).status).toBe(403);
    expect((await call(String(key), 'new')).status).toBe(403);
  });

  test('are of models of the database too, as they are set', async () => {
    const { key } = await makePersonalKey(app, { key: { models: ['late'] } });
    const params = { model: 'openai/x', api_base: upstream.url };
    await post(app, '/model/new', {
      model_name: 'stored',
      litellm_params: params,
      model_info: { id: 'stored', access_groups: ['late'] },
    });
    expect((await call(key, 'stored')).status).toBe(200);
    expect((await app.send('GET', '/model/info?litellm_model_id=stored')).json()).toMatchObject({
      data: [{ model_info: { access_groups: ['late'] } }],
    });
    await post(app, '/model/update', { model_info: { id: 'stored', access_groups: ['other'] } });
    expect((await call(key, 'stored')).status).toBe(403);
    const wrong = { model_name: 'x', litellm_params: params, model_info: { access_groups: 'late' } };
    expect((await app.send('POST', '/model/new', { body: wrong })).status).toBe(400);
    await post(app, '/model/delete', { id: 'stored' });
  });

  test('are listed beside the models, or alone, as far as the caller may call something in them', async () => {
    const all = ['new', 'newer', 'old', 'vectors', 'vendor/*'];
    expect(await names()).toEqual(all);
    expect(await names('?return_wildcard_routes=true')).toEqual(all);
    expect(await names('?return_wildcard_routes=false')).toEqual(['new', 'newer', 'old', 'vectors']);
    expect(await names('?include_model_access_groups=true')).toEqual([...all, 'beta', 'dear']);
    expect(await names('?only_model_access_groups=true')).toEqual(['beta', 'dear']);
    const { key } = await makePersonalKey(app, { key: { models: ['new'] } });
    expect(await names('?include_model_access_groups=true', key)).toEqual(['new', 'beta']);
    expect(await names('?only_model_access_groups=true', key)).toEqual(['beta']);
  });

  test('and the kind of a model are told where metadata is asked for', async () => {
    expect((await list('?include_metadata=true&fallback_type=general')).slice(1, 4)).toMatchObject([
      { id: 'newer', metadata: { mode: 'chat', access_groups: ['beta', 'dear'], fallbacks: [] } },
      { id: 'old', metadata: { mode: 'chat', access_groups: [] } },
      { id: 'vectors', metadata: { mode: 'embedding' } },
    ]);
    expect((await list())[0]).not.toHaveProperty('metadata');
    for (const query of ['?include_metadata=maybe', '?fallback_type=any', '?scope=shrink']) {
      expect((await app.send('GET', `/v1/models${query}`)).status, query).toBe(422);
    }
  });

  test('do not stop who sees everything from asking for all there is, and nobody else can', async () => {
    const admin = await makeCaller(app, 'proxy_admin', { models: ['old'] });
    expect(await names('', admin.key)).toEqual(['old']);
    expect(await names('?scope=expand', admin.key)).toHaveLength(5);
    const user = await makeCaller(app, 'internal_user', { models: ['old'] });
    expect(await names('?scope=expand', user.key)).toEqual(['old']);
  });

  test('models that did not answer when they were asked last are left out on demand', async () => {
    upstream.respond((request, response) => {
      response.writeHead(request.body['model'] === 'provider-old' ? 500 : 200);
      response.end('{}');
    });
    await app.send('GET', '/health');
    expect(await names('?healthy_only=true')).toEqual(['new', 'newer', 'vectors', 'vendor/*']);
    expect(await names()).toContain('old');
  });
});
