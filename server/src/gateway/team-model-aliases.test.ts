import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnEachEngine } from '../testing/each-engine.ts';
import { type Caller, errorOf, makeCaller } from '../testing/make-caller.ts';
import { makePersonalKey, makeTeamKey, post } from '../testing/make-key.ts';
import { makeOrganization } from '../testing/make-organization.ts';
import { startTestApp, type TestApp, testDeployment } from '../testing/start-test-app.ts';
import { chat, type FakeUpstream, startUpstream, usageOf } from '../testing/upstream.ts';

describeOnEachEngine('The names that a team gives models', (openTestStorage) => {
  let upstream: FakeUpstream;
  let app: TestApp;
  let teamAdmin: Caller;

  beforeAll(async () => {
    upstream = await startUpstream();
    upstream.respond(chat(['Hello'], usageOf(10, 2)));
    app = await startTestApp({
      storage: await openTestStorage(),
      settings: { models: ['gpt', 'other', 'third'].map((name) => testDeployment(name, upstream.url)) },
    });
    teamAdmin = await makeCaller(app, 'internal_user');
  });
  afterAll(async () => {
    await app.close();
    await upstream.close();
  });

  const call = (key: string, model: string) =>
    app.send('POST', '/v1/chat/completions', { key, body: { model, messages: [{ role: 'user', content: 'Hi' }] } });
  const served = async (key: string, model: string) => {
    const answer = await call(key, model);
    return answer.status === 200 ? answer.headers.get('x-litellm-model-group') : answer.status;
  };
  const explained = async (key: string, model: string) => {
    const answer = await app.send('POST', '/policy/explain', { key, body: { model } });
    const { allowed, model_group, refusal } = answer.json<{
      allowed: boolean;
      model_group: string;
      refusal: { status: number } | null;
    }>();
    return allowed ? model_group : refusal?.status;
  };
  const namesOf = async (key: string) =>
    (await app.send('GET', '/v1/models', { key })).json<{ data: { id: string }[] }>().data.map(({ id }) => id);
  const tableOf = async (teamId: string) =>
    (await app.send('GET', `/team/info?team_id=${teamId}`)).json<{
      team_info: { litellm_model_table: { model_aliases: Record<string, string> } | null };
    }>().team_info.litellm_model_table;

  it('are kept and shown, and an update replaces all of them or none', async () => {
    const { teamId } = await makeTeamKey(app, { team: { model_aliases: { fast: 'gpt' } } });
    expect(await tableOf(teamId)).toMatchObject({ model_aliases: { fast: 'gpt' }, created_by: 'default_user_id' });
    await post(app, '/team/update', { team_id: teamId, team_alias: 'Renamed' });
    expect((await tableOf(teamId))?.model_aliases).toEqual({ fast: 'gpt' });
    await post(app, '/team/update', { team_id: teamId, model_aliases: { slow: 'other' } });
    expect((await tableOf(teamId))?.model_aliases).toEqual({ slow: 'other' });
    await post(app, '/team/update', { team_id: teamId, model_aliases: null });
    expect(await tableOf(teamId)).toBeNull();
  });

  it('are resolved for the keys of the team alone, from the very next call, and explained alike', async () => {
    const { key, teamId } = await makeTeamKey(app, { team: { model_aliases: { fast: 'gpt', third: 'other' } } });
    const { key: stranger } = await makeTeamKey(app);
    const { key: personal } = await makePersonalKey(app);
    expect(await served(key, 'fast')).toBe('gpt');
    expect(await served(key, 'third'), 'a name that exists is exchanged too').toBe('other');
    expect(await explained(key, 'third')).toBe('other');
    expect(await served(stranger, 'fast')).toBe(400);
    expect(await served(personal, 'fast')).toBe(400);
    expect(await explained(stranger, 'fast')).toBe(400);
    await post(app, '/team/update', { team_id: teamId, model_aliases: { fast: 'third' } });
    expect(await served(key, 'fast')).toBe('third');
  });

  it('come after the aliases of the key, which can stand for them', async () => {
    const { key } = await makeTeamKey(app, {
      team: { model_aliases: { fast: 'gpt', other: 'third' } },
      key: { aliases: { mine: 'fast', fast: 'other' } },
    });
    expect(await served(key, 'mine')).toBe('gpt');
    expect(await served(key, 'fast')).toBe('third');
    expect(await explained(key, 'fast')).toBe('third');
  });

  it.each([
    ['the team lists the name', { models: ['fast'] }, {}, 'gpt'],
    ['the team lists what it stands for', { models: ['gpt'] }, {}, 'gpt'],
    ['the team lists neither', { models: ['other'] }, {}, 403],
    ['the key lists the name', {}, { models: ['fast'] }, 'gpt'],
    ['the key lists what it stands for', {}, { models: ['gpt'] }, 'gpt'],
    ['the key lists neither', {}, { models: ['other'] }, 403],
    ['only the key has the name, and the team lists it', { models: ['mine'] }, { aliases: { mine: 'gpt' } }, 403],
  ])('%s: allowed or refused, in a call as in an explanation', async (_case, team, key, expected) => {
    const made = await makeTeamKey(app, { team: { model_aliases: { fast: 'gpt' }, ...team }, key });
    const name = 'aliases' in key ? 'mine' : 'fast';
    expect(await served(made.key, name)).toBe(expected);
    expect(await explained(made.key, name)).toBe(expected);
    if (expected === 403) {
      expect(errorOf(await call(made.key, name)).type).toMatch(/^(key|team)_model_access_denied$/);
    }
  });

  it('do not open what the organization may not use, neither when they are given nor afterwards', async () => {
    const organization_id = await makeOrganization(app, { models: ['gpt', 'fast'] });
    const refused = await app.send('POST', '/team/new', {
      body: { organization_id, model_aliases: { fast: 'other' } },
    });
    expect(errorOf(refused)).toMatchObject({ status: 400, message: expect.stringContaining("models=['other']") });
    const { key, teamId } = await makeTeamKey(app, { team: { organization_id, model_aliases: { fast: 'gpt' } } });
    expect(await served(key, 'fast')).toBe('gpt');
    const update = { team_id: teamId, model_aliases: { fast: 'other' } };
    expect((await app.send('POST', '/team/update', { body: update })).status).toBe(400);
    await app.send('PATCH', '/organization/update', { body: { organization_id, models: ['fast', 'third'] } });
    expect(errorOf(await call(key, 'fast'))).toMatchObject({ status: 403, type: 'org_model_access_denied' });
  });

  it('are listed to the keys that can call them, and by the rules of new keys', async () => {
    const { key, teamId, userId } = await makeTeamKey(app, {
      team: {
        models: ['gpt', 'other'],
        model_aliases: { fast: 'gpt', other: 'third', gone: 'gpt-none' },
        team_member_permissions: ['/key/generate'],
      },
    });
    expect((await namesOf(key)).sort()).toEqual(['fast', 'gpt', 'other']);
    const info = await app.send('GET', '/model/info', { key });
    const shown = info.json<{ data: { model_name: string }[] }>().data.map(({ model_name }) => model_name);
    expect(shown.sort()).toEqual(['gpt', 'third']);
    const { key: own } = await post(app, '/key/generate', { user_id: userId });
    const generate = (models: string[]) =>
      app.send('POST', '/key/generate', { key: String(own), body: { team_id: teamId, models } });
    expect((await generate(['fast'])).status).toBe(200);
    expect((await generate(['nothing'])).status).toBe(403);
    const options = (await app.send('GET', '/key/create_options', { key: String(own) })).json<{
      teams: { team_id: string; models: string[] }[];
    }>();
    expect(options.teams.find((team) => team.team_id === teamId)?.models).toContain('fast');
  });

  it('are not for the admins of a team to give', async () => {
    const { key, teamId } = await makeTeamKey(app, { team: { models: ['gpt'] } });
    await post(app, '/team/member_add', { team_id: teamId, member: { role: 'admin', user_id: teamAdmin.userId } });
    const body = { team_id: teamId, model_aliases: { fast: 'gpt' } };
    expect(errorOf(await teamAdmin.send('POST', '/team/update', body))).toMatchObject({
      status: 403,
      message: expect.stringContaining('model_aliases'),
    });
    expect(await tableOf(teamId)).toBeNull();
    expect(await served(key, 'fast')).toBe(403);
  });

  it.each<[string, unknown, number]>([
    ['a text', 'text', 422],
    ['a number for a model', { fast: 5 }, 422],
    ['no name', { '': 'gpt' }, 400],
    ['no model', { fast: '' }, 400],
    ['a pattern for a name', { 'f*': 'gpt' }, 400],
    ['a pattern for a model', { fast: '*' }, 400],
    ['a name of 201 characters', { fast: 'x'.repeat(201) }, 400],
    ['a line break', { 'line\nbreak': 'gpt' }, 400],
    ['501 of them', Object.fromEntries(Array.from({ length: 501 }, (_, index) => [`name-${index}`, 'gpt'])), 400],
  ])('must be names: %s is refused and changes nothing', async (_case, model_aliases, status) => {
    const { teamId } = await makeTeamKey(app, { team: { model_aliases: { fast: 'gpt' } } });
    const answer = await app.send('POST', '/team/update', { body: { team_id: teamId, model_aliases } });
    expect(answer.status, answer.text).toBe(status);
    expect((await app.send('POST', '/team/new', { body: { model_aliases } })).status).toBe(status);
    expect((await tableOf(teamId))?.model_aliases).toEqual({ fast: 'gpt' });
  });

  it('that are called like what every object has mean what they say', async () => {
    const { key } = await makeTeamKey(app, { team: { model_aliases: JSON.parse('{"constructor":"gpt"}') as object } });
    expect(await served(key, 'constructor')).toBe('gpt');
    expect(await served(key, 'toString')).toBe(400);
  });
});
