import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Storage } from '../../storage/open-storage.ts';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { type Caller, errorOf, makeCaller } from '../../testing/make-caller.ts';
import { makePersonalKey, makeTeamKey, post } from '../../testing/make-key.ts';
import { makeOrganization } from '../../testing/make-organization.ts';
import { startTestApp, type TestApp, testDeployment } from '../../testing/start-test-app.ts';
import { chat, type FakeUpstream, startUpstream, usageOf } from '../../testing/upstream.ts';

describeOnEachEngine('Models of one team', (openTestStorage) => {
  let upstream: FakeUpstream;
  let storage: Storage;
  let app: TestApp;
  let boss: Caller;
  let mate: Caller;
  let teamId = '';
  let teamKey = '';
  let strangersKey = '';
  let personalKey = '';
  let count = 0;

  beforeAll(async () => {
    upstream = await startUpstream();
    upstream.respond(chat(['Hello'], usageOf(10, 2)));
    storage = await openTestStorage();
    app = await startTestApp({
      storage,
      settings: {
        models: [
          testDeployment('gpt', upstream.url),
          testDeployment('other', upstream.url),
          testDeployment('configured-for-one', upstream.url, { teamId: 'team-of-the-file' }),
        ],
        demoMode: false,
      },
    });
    boss = await makeCaller(app, 'internal_user');
    mate = await makeCaller(app, 'internal_user');
    const members = [
      { role: 'admin', user_id: boss.userId },
      { role: 'user', user_id: mate.userId },
    ];
    ({ team_id: teamId } = (await post(app, '/team/new', { models: ['gpt'], members_with_roles: members })) as {
      team_id: string;
    });
    teamKey = String((await post(app, '/key/generate', { team_id: teamId, user_id: mate.userId }))['key']);
    strangersKey = (await makeTeamKey(app)).key;
    personalKey = (await makePersonalKey(app)).key;
  });
  afterAll(async () => {
    await app.close();
    await upstream.close();
  });

  /** Adds a model for the team as its admin. */
  const add = async (name: string, info: Record<string, unknown> = {}, params: Record<string, unknown> = {}) => {
    count += 1;
    const id = `own-${count}`;
    const answer = await boss.send('POST', '/model/new', {
      model_name: name,
      litellm_params: { model: 'openai/gpt-4o-mini', mock_response: `I am ${id}.`, ...params },
      model_info: { id, team_id: teamId, ...info },
    });
    return { id, answer };
  };
  const call = (key: string, model: string) =>
    app.send('POST', '/v1/chat/completions', { key, body: { model, messages: [{ role: 'user', content: 'Hi' }] } });
  const answeredBy = async (key: string, model: string) => {
    const answer = await call(key, model);
    return answer.status === 200 ? answer.headers.get('x-litellm-model-id') : answer.status;
  };
  const explained = async (key: string, model: string) =>
    (await app.send('POST', '/policy/explain', { key, body: { model } })).json<{
      allowed: boolean;
      deployments: string[];
    }>();
  const listed = async (key: string | undefined, path: string) => {
    const answer = await app.send('GET', path, key === undefined ? {} : { key });
    if (answer.status !== 200) return answer.status;
    const { data } = answer.json<{ data: { id?: string; model_name?: string; model_group?: string }[] }>();
    return data.map(({ id, model_name, model_group }) => id ?? model_name ?? model_group);
  };
  const lists = ['/v1/models', '/models', '/model/info', '/v1/model/info', '/v2/model/info', '/model_group/info'];
  const stored = async () =>
    (await storage.db.selectFrom('models').select('model_id').orderBy('model_id').execute()).map((row) => row.model_id);

  test('are called by their public name with keys of the team, and with no other', async () => {
    const { id, answer } = await add('own-a');
    expect(answer.status, answer.text).toBe(200);
    expect(answer.json()).toMatchObject({
      model_id: id,
      model_name: 'own-a',
      model_info: { id, team_id: teamId, team_public_model_name: 'own-a', db_model: true },
    });
    // The list of the team says what it may use of everybody's models.
    expect(await answeredBy(teamKey, 'own-a')).toBe(id);
    expect(await explained(teamKey, 'own-a')).toMatchObject({ allowed: true, deployments: [id] });
    expect(await answeredBy(teamKey, 'other')).toBe(403);
    for (const key of [strangersKey, personalKey]) {
      expect(errorOf(await call(key, 'own-a'))).toMatchObject({ status: 400, type: 'invalid_request_error' });
      expect(await explained(key, 'own-a')).toMatchObject({ allowed: false, deployments: [] });
    }
    expect((await app.send('POST', '/v1/chat/completions', { body: { model: 'own-a', messages: [] } })).status).toBe(
      400,
    );
    const single = (key: string) => app.send('GET', '/v1/models/own-a', { key });
    expect((await single(teamKey)).status).toBe(200);
    expect((await single(strangersKey)).status).toBe(404);
  });

  test('are shown to the team in every list, to admins where they look after models, and to nobody else', async () => {
    const { id } = await add('own-shown');
    for (const path of lists) {
      expect(await listed(teamKey, path), path).toContain('own-shown');
      for (const key of [strangersKey, personalKey]) expect(await listed(key, path), path).not.toContain('own-shown');
    }
    expect(await listed(undefined, '/v2/model/info')).toContain('own-shown');
    expect(await listed(undefined, '/v1/models')).not.toContain('own-shown');
    expect(await listed(undefined, '/v2/model/info?user_models_only=true')).not.toContain('own-shown');
    const [row] = (await app.send('GET', `/model/info?litellm_model_id=${id}`, { key: teamKey })).json<{
      data: { model_info: Record<string, unknown> }[];
    }>().data;
    expect(row?.model_info).toMatchObject({ team_id: teamId, team_public_model_name: 'own-shown', db_model: true });
    expect((await app.send('GET', `/model/info?litellm_model_id=${id}`, { key: strangersKey })).status).toBe(400);
    const health = (key: string) => app.send('GET', `/health?model_id=${id}`, { key });
    expect((await health(teamKey)).json()).toMatchObject({ healthy_count: 1 });
    expect((await health(strangersKey)).status).toBe(400);
    const counted = async (key: string) =>
      (await app.send('POST', '/utils/token_counter', { key, body: { model: 'own-shown', prompt: 'hi' } })).json()[
        'model_used'
      ];
    expect(await counted(teamKey)).toBe('gpt-4o-mini');
    expect(await counted(strangersKey)).toBe('own-shown');
  });

  test('are shown to members with a key of their own when they ask for the team, and not to strangers', async () => {
    await add('own-asked');
    const asked = ['/v1/models?team_id=', '/model/info?teamId=', '/v2/model/info?teamId='];
    for (const path of asked) {
      expect(await listed(mate.key, path.split('?')[0] ?? ''), path).not.toContain('own-asked');
      const ofTeam = await listed(mate.key, path + teamId);
      expect(ofTeam, path).toContain('own-asked');
      expect(ofTeam, path).not.toContain('other');
      expect(await listed(undefined, path + teamId), path).toContain('own-asked');
      expect(await listed(strangersKey, path + teamId), path).toBe(403);
      expect(await listed(strangersKey, `${path}no-such-team`), path).toBe(403);
    }
    expect(await listed(mate.key, '/v2/model/info?include_team_models=true')).toContain('own-asked');
    expect(await listed(strangersKey, '/v2/model/info?include_team_models=true')).not.toContain('own-asked');
  });

  test('take the place of a model of everybody that has their name, in the team alone', async () => {
    const { id } = await add('gpt');
    const { id: second } = await add('gpt');
    const ids = new Set<unknown>();
    for (let tries = 0; tries < 40 && ids.size < 2; tries += 1) ids.add(await answeredBy(teamKey, 'gpt'));
    expect(ids).toEqual(new Set([id, second]));
    expect(await answeredBy(personalKey, 'gpt')).toBe('test-gpt');
    expect(await listed(teamKey, '/v1/models')).toEqual(expect.arrayContaining(['gpt']));
    for (const own of [id, second]) await boss.send('POST', '/model/delete', { id: own });
    expect(await answeredBy(teamKey, 'gpt')).toBe('test-gpt');
  });

  test('open nothing of everybody to the team when they have gone', async () => {
    const { id } = await add('other');
    const { id: wildcard } = await add('*', {}, { model: 'openai/*' });
    expect(await answeredBy(teamKey, 'other')).toBe(id);
    expect(await answeredBy(teamKey, 'anything')).toBe(wildcard);
    await boss.send('POST', '/model/delete', { id });
    await boss.send('POST', '/model/delete', { id: wildcard });
    expect(await answeredBy(teamKey, 'other')).toBe(403);
    expect(await answeredBy(teamKey, 'anything')).toBe(403);
  });

  test('can be listed by the keys of the team, and by no other key', async () => {
    await add('own-listed');
    await post(app, '/team/permissions_update', { team_id: teamId, team_member_permissions: ['/key/generate'] });
    const generate = (team_id: string, by = mate.key) =>
      app.send('POST', '/key/generate', { key: by, body: { team_id, models: ['own-listed'] } });
    const made = await generate(teamId);
    expect(made.status, made.text).toBe(200);
    expect(await answeredBy(made.json<{ key: string }>().key, 'gpt')).toBe(403);
    expect(typeof (await answeredBy(made.json<{ key: string }>().key, 'own-listed'))).toBe('string');
    const other = await makeTeamKey(app, {
      team: { models: ['gpt'], team_member_permissions: ['/key/generate'] },
    });
    const { key: own } = await post(app, '/key/generate', { user_id: other.userId });
    expect((await generate(other.teamId, String(own))).status).toBe(403);
    const options = (await app.send('GET', '/key/create_options', { key: mate.key })).json<{
      teams: { team_id: string; models: string[] }[];
      personal: { models: string[] };
    }>();
    expect(options.teams.find((team) => team.team_id === teamId)?.models).toEqual(
      expect.arrayContaining(['gpt', 'own-listed']),
    );
    expect(options.personal.models).not.toContain('own-listed');
  });

  test('of the config file are for their team too', async () => {
    const { key } = await makeTeamKey(app, { team: { team_id: 'team-of-the-file' } });
    expect(await answeredBy(key, 'configured-for-one')).toBe('test-configured-for-one');
    expect(await answeredBy(teamKey, 'configured-for-one')).toBe(403);
    expect(await answeredBy(personalKey, 'configured-for-one')).toBe(400);
  });

  test('stay within what the organization of the team may use', async () => {
    const organization_id = await makeOrganization(app, { models: ['gpt'] });
    const admin = await makeCaller(app, 'internal_user');
    await post(app, '/organization/member_add', {
      organization_id,
      member: { role: 'org_admin', user_id: admin.userId },
    });
    const { key, teamId: team_id } = await makeTeamKey(app, { team: { organization_id } });
    const model = (model_name: string) =>
      admin.send('POST', '/model/new', {
        model_name,
        litellm_params: { model: 'openai/x', mock_response: 'hi' },
        model_info: { id: `of-${model_name}`, team_id },
      });
    expect((await model('gpt')).status).toBe(200);
    expect((await model('own-o')).status).toBe(200);
    expect(await answeredBy(key, 'gpt')).toBe('of-gpt');
    expect(errorOf(await call(key, 'own-o'))).toMatchObject({ status: 403, type: 'org_model_access_denied' });
  });

  test('are added, changed and deleted by admins of the team, and by nobody else of it', async () => {
    const { id } = await add('own-changed');
    const viewer = await makeCaller(app, 'internal_user_viewer');
    const strangersBoss = await makeCaller(app, 'internal_user');
    await makeTeamKey(app, { team: { members_with_roles: [{ role: 'admin', user_id: strangersBoss.userId }] } });
    const before = await stored();
    for (const caller of [mate, strangersBoss, viewer]) {
      for (const refused of [
        await caller.send('POST', '/model/new', {
          model_name: 'mine',
          litellm_params: { model: 'openai/x' },
          model_info: { team_id: teamId },
        }),
        await caller.send('POST', '/model/update', { model_name: 'mine', model_info: { id } }),
        await caller.send('PATCH', `/model/${id}/update`, { model_name: 'mine' }),
        await caller.send('POST', '/model/delete', { id }),
        await caller.send('POST', '/model/delete', { id: 'no-such-model' }),
      ]) {
        expect(errorOf(refused).status, refused.text).toBe(caller === viewer ? 401 : 403);
      }
    }
    expect(await stored()).toEqual(before);
    expect((await boss.send('PATCH', `/model/${id}/update`, { model_name: 'own-renamed' })).status).toBe(200);
    expect(await answeredBy(teamKey, 'own-renamed')).toBe(id);
    expect((await boss.send('POST', '/model/delete', { id })).status).toBe(200);
    expect(await answeredBy(teamKey, 'own-renamed')).toBe(403);
  });

  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['an address', { api_base: 'http://169.254.169.254/latest' }, {}],
    ['headers', { extra_headers: { 'x-a': 'b' } }, {}],
    ['a price', { input_cost_per_token: 0 }, {}],
    ['a price by another place', {}, { input_cost_per_token: 1 }],
    ['a region', { region_name: 'eu' }, {}],
  ])('get no %s from admins of the team', async (_what, params, info) => {
    const before = await stored();
    expect(errorOf((await add('own-beyond', info, params)).answer).status).toBe(403);
    expect(await stored()).toEqual(before);
    const { id } = await add('own-within');
    const patch = { litellm_params: params, model_info: { id, ...info } };
    expect((await boss.send('POST', '/model/update', patch)).status).toBe(403);
    expect((await app.send('POST', '/model/update', { body: patch })).status).toBe(200);
  });

  test('keep their credential with the provider that it was given for', async () => {
    await post(app, '/model/new', {
      model_name: 'own-paid',
      litellm_params: { model: 'openai/x', api_key: 'sk-canary', mock_response: 'hi' },
      model_info: { id: 'paid', team_id: teamId },
    });
    const change = (litellm_params: Record<string, unknown>) =>
      boss.send('PATCH', '/model/paid/update', { litellm_params });
    expect(errorOf(await change({ model: 'groq/x' })).status).toBe(403);
    expect((await change({ model: 'y' })).status).toBe(200);
    expect((await change({ model: 'groq/x', api_key: 'sk-own' })).status).toBe(200);
  });

  test('move between teams, and to everybody, by the hand of who administers both', async () => {
    const { id } = await add('own-moved');
    const other = await makeTeamKey(app);
    const move = (team_id: string | null) => ({ model_info: { id, team_id } });
    expect((await boss.send('POST', '/model/update', move(other.teamId))).status).toBe(403);
    expect((await boss.send('POST', '/model/update', move(null))).status).toBe(403);
    await post(app, '/model/update', move(other.teamId));
    expect(await answeredBy(other.key, 'own-moved')).toBe(id);
    expect(await answeredBy(teamKey, 'own-moved')).toBe(403);
    await post(app, '/model/update', move(null));
    expect(await answeredBy(personalKey, 'own-moved')).toBe(id);
    await post(app, '/model/delete', { id });
  });

  test('are refused for a team that there is not, and without a team to all but admins', async () => {
    const before = await stored();
    const body = (team_id: unknown) => ({
      model_name: 'x',
      litellm_params: { model: 'openai/x' },
      model_info: { team_id },
    });
    const asAdmin = async (team_id: unknown) => (await app.send('POST', '/model/new', { body: body(team_id) })).status;
    expect(await asAdmin('no-such-team')).toBe(400);
    expect(await asAdmin(5)).toBe(400);
    expect(await asAdmin('')).toBe(400);
    expect(errorOf(await boss.send('POST', '/model/new', body('no-such-team'))).status).toBe(403);
    expect(errorOf(await boss.send('POST', '/model/new', body(null)))).toMatchObject({
      status: 403,
      message: expect.stringContaining('by specifying a team_id in the model_info'),
    });
    expect(await stored()).toEqual(before);
  });

  test('go with their team, so that a later one of its id has none', async () => {
    const { key } = await makeTeamKey(app, { team: { team_id: 'short-lived' } });
    await post(app, '/model/new', {
      model_name: 'own-short',
      litellm_params: { model: 'openai/x', mock_response: 'hi' },
      model_info: { id: 'short', team_id: 'short-lived' },
    });
    expect(await answeredBy(key, 'own-short')).toBe('short');
    await post(app, '/team/delete', { team_ids: ['short-lived'] });
    expect(await stored()).not.toContain('short');
    const entries = await storage.db
      .selectFrom('audit_log')
      .select('action')
      .where('object_type', '=', 'model')
      .where('object_id', '=', 'short')
      .execute();
    expect(entries.map(({ action }) => action)).toContain('deleted');
    const { key: later } = await makeTeamKey(app, { team: { team_id: 'short-lived' } });
    await expect.poll(() => answeredBy(later, 'own-short')).toBe(400);
  });

  test('number at most a hundred by the hand of its admins', async () => {
    const { teamId: team_id } = await makeTeamKey(app, {
      team: { members_with_roles: [{ role: 'admin', user_id: boss.userId }] },
    });
    const now = Date.now();
    const row = { model_name: 'x', sealed_params: '', model_info: '{}', created_by: '', updated_by: '' };
    const rows = Array.from({ length: 100 }, (_, index) => ({ model_id: `full-${index}`, team_id, ...row }));
    await storage.db
      .insertInto('models')
      .values(rows.map((each) => ({ ...each, created_at: now, updated_at: now })))
      .execute();
    const more = { model_name: 'x', litellm_params: { model: 'openai/x' }, model_info: { team_id } };
    expect(errorOf(await boss.send('POST', '/model/new', more)).status).toBe(400);
    await storage.db.deleteFrom('models').where('team_id', '=', team_id).execute();
    expect((await boss.send('POST', '/model/new', more)).status).toBe(200);
  });
});
