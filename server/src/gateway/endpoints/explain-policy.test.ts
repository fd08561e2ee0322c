import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { hashSecret } from '../../management/keys/key-secret.ts';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { makeCaller } from '../../testing/make-caller.ts';
import { makePersonalKey, makeTeamKey, post } from '../../testing/make-key.ts';
import { startTestApp, type TestAnswer, type TestApp, testDeployment } from '../../testing/start-test-app.ts';
import { chat, type FakeUpstream, startUpstream, usageOf } from '../../testing/upstream.ts';

const oneCallUsd = 0.000019;

interface Explained {
  allowed: boolean;
  refusal: { rule: string; status: number; type: string | null; param: string | null; message: string } | null;
  model_group: string;
  deployments: string[];
  reserve: number;
  rules: { rule: string; holds: boolean; limit: Record<string, unknown> | null; refusal: unknown }[];
}

describeOnEachEngine('Explaining what a call would meet', (openStorage) => {
  let upstream: FakeUpstream;
  let app: TestApp;
  let clock = Date.UTC(2026, 10, 23, 15, 10, 30);

  beforeAll(async () => {
    upstream = await startUpstream();
    const models = ['gpt', 'other'].map((name) => testDeployment(name, upstream.url, { region: 'us' }));
    app = await startTestApp({ settings: { models }, storage: await openStorage(), now: () => clock });
  });
  afterAll(async () => {
    await app.close();
    await upstream.close();
  });
  beforeEach(() => {
    clock += 600_000;
    upstream.respond(chat(['Hello'], usageOf(10, 2)));
  });

  async function explain(key: string, more: Record<string, unknown> = {}, by?: string): Promise<Explained> {
    const answer = await app.send('POST', '/policy/explain', {
      ...(by === undefined ? {} : { key: by }),
      body: { key, model: 'gpt', ...more },
    });
    expect(answer.status, answer.text).toBe(200);
    return answer.json();
  }

  function call(key: string, more: Record<string, unknown> = {}): Promise<TestAnswer> {
    const body = { model: 'gpt', messages: [{ role: 'user', content: 'Hi' }], max_tokens: 1, ...more };
    return app.send('POST', '/v1/chat/completions', { key, body });
  }

  const used = async (key: string): Promise<string> => {
    expect((await call(key)).status).toBe(200);
    return key;
  };
  const personal = async (fields: Parameters<typeof makePersonalKey>[1]) => (await makePersonalKey(app, fields)).key;
  const ofTeam = async (fields: Parameters<typeof makeTeamKey>[1]) => (await makeTeamKey(app, fields)).key;

  it.each<[string, () => Promise<string | { key: string; customer: string }>]>([
    ['key_blocked', () => personal({ key: { blocked: true } })],
    [
      'key_expired',
      async () => {
        const key = await personal({ key: { duration: '1s' } });
        clock += 1_000;
        return key;
      },
    ],
    [
      'team_blocked',
      async () => {
        const { key, teamId } = await makeTeamKey(app);
        await post(app, '/team/block', { team_id: teamId });
        return key;
      },
    ],
    ['key_models', () => personal({ key: { models: ['other'] } })],
    ['user_models', () => personal({ user: { models: ['other'] } })],
    ['team_models', () => ofTeam({ team: { models: ['other'] } })],
    ['role', () => personal({ user: { user_role: 'proxy_admin_viewer' } })],
    ['key_routes', () => personal({ key: { allowed_routes: ['info_routes'] } })],
    [
      'customer_blocked',
      async () => {
        await post(app, '/customer/new', { user_id: `blocked-${clock}`, blocked: true });
        return { key: await personal({}), customer: `blocked-${clock}` };
      },
    ],
    [
      'customer_region',
      async () => {
        await post(app, '/customer/new', { user_id: `european-${clock}`, allowed_model_region: 'eu' });
        return { key: await personal({}), customer: `european-${clock}` };
      },
    ],
    [
      'budget',
      async () => {
        await post(app, '/customer/new', { user_id: `poor-${clock}`, max_budget: 0 });
        return { key: await personal({}), customer: `poor-${clock}` };
      },
    ],
    [
      'rate',
      async () => {
        await post(app, '/customer/new', { user_id: `slow-${clock}`, rpm_limit: 0 });
        return { key: await personal({}), customer: `slow-${clock}` };
      },
    ],
    ['budget', async () => used(await personal({ key: { max_budget: oneCallUsd } }))],
    ['budget', async () => used(await personal({ user: { max_budget: oneCallUsd } }))],
    ['budget', async () => used(await ofTeam({ team: { max_budget: oneCallUsd } }))],
    ['budget', async () => used(await ofTeam({ member: { max_budget_in_team: oneCallUsd } }))],
    ['budget', async () => used(await personal({ key: { model_max_budget: { gpt: oneCallUsd } } }))],
    ['budget', async () => used(await ofTeam({ team: { model_max_budget: { 'g*': oneCallUsd } } }))],
    [
      'budget',
      async () =>
        used(await personal({ user: { budget_limits: [{ budget_duration: '1h', max_budget: oneCallUsd }] } })),
    ],
    ['rate', async () => used(await personal({ key: { rpm_limit: 1 } }))],
    ['rate', async () => used(await personal({ key: { tpm_limit: 12 } }))],
    ['rate', () => personal({ key: { max_parallel_requests: 0 } })],
    ['rate', async () => used(await personal({ user: { rpm_limit: 1 } }))],
    ['rate', async () => used(await ofTeam({ team: { tpm_limit: 12 } }))],
    ['rate', async () => used(await ofTeam({ team: { team_member_rpm_limit: 1 } }))],
    ['rate', async () => used(await personal({ key: { model_rpm_limit: { gpt: 1 } } }))],
  ])('says what the call is then answered, word for word: %s', async (rule, prepare) => {
    const prepared = await prepare();
    const { key, customer = undefined } = typeof prepared === 'string' ? { key: prepared } : prepared;
    const explained = await explain(key, { customer: customer ?? null });
    expect(explained).toMatchObject({ allowed: false, refusal: { rule } });
    const answer = await call(key, customer === undefined ? {} : { user: customer });
    const { error, detail } = answer.json<{ error?: Record<string, unknown>; detail?: string }>();
    expect([explained.refusal?.status, explained.refusal?.message]).toEqual([
      answer.status,
      error?.['message'] ?? detail,
    ]);
    if (error) expect([explained.refusal?.type, explained.refusal?.param]).toEqual([error['type'], error['param']]);
  });

  it('asks every rule, also after one that refuses, and says which limits it asked', async () => {
    const { key, teamId } = await makeTeamKey(app, {
      team: { max_budget: 0, rpm_limit: 0, models: ['other'] },
      key: { max_budget: 5, key_alias: `many-${clock}` },
    });
    const { allowed, refusal, rules } = await explain(key);
    expect([allowed, refusal?.rule]).toEqual([false, 'team_models']);
    expect(rules.map(({ rule, holds }) => `${rule}: ${holds}`)).toEqual([
      'key_blocked: true',
      'key_expired: true',
      'team_blocked: true',
      'user_disabled: true',
      'key_models: true',
      'team_models: false',
      expect.stringMatching(/_models: true$/),
      expect.stringMatching(/_models: true$/),
      'model_exists: true',
      'model_priced: true',
      'customer_blocked: true',
      'customer_region: true',
      'tags: true',
      'role: true',
      'key_routes: true',
      'budget: true',
      'budget: false',
      'rate: false',
    ]);
    expect(rules.filter(({ rule }) => rule === 'budget' || rule === 'rate').map(({ limit }) => limit)).toEqual([
      { kind: 'budget', scope: 'key', id: hashSecret(key), model: null, limit: 5, used: 0, reserved: 0 },
      { kind: 'budget', scope: 'team', id: teamId, model: null, limit: 0, used: 0, reserved: 0 },
      { kind: 'requests', scope: 'team', id: teamId, model: null, limit: 0, used: 0, reserved: 0 },
    ]);
  });

  it('takes nothing, however often it is asked, and calls nobody', async () => {
    const { key } = await makePersonalKey(app, { key: { rpm_limit: 1, max_budget: 1, max_parallel_requests: 1 } });
    const seen = upstream.seen.length;
    for (let n = 0; n < 20; n += 1) expect((await explain(key)).allowed).toBe(true);
    expect(upstream.seen.length).toBe(seen);
    expect((await call(key)).status).toBe(200);
    expect((await call(key)).status).toBe(429);
    await app.flush();
    const logged = await app.storage.db
      .selectFrom('request_logs')
      .select('request_id')
      .where('key_hash', '=', hashSecret(key))
      .execute();
    expect(logged).toHaveLength(1);
  });

  it('resolves aliases, tells where the call would go and what would be set aside for it', async () => {
    const { key } = await makePersonalKey(app, { key: { aliases: { short: 'other' } } });
    expect(await explain(key, { model: 'short', input_tokens: 1_000, max_tokens: 100 })).toMatchObject({
      allowed: true,
      refusal: null,
      model_group: 'other',
      deployments: ['test-other'],
      reserve: 0.0017,
    });
    expect(await explain(key, { model: 'no-such-model' })).toMatchObject({
      allowed: false,
      refusal: { rule: 'model_exists', status: 400 },
      deployments: [],
    });
  });

  it('looks at the address only when one is given', async () => {
    const { key } = await makePersonalKey(app, { key: { allowed_ips: ['10.0.0.0/8'] } });
    expect((await explain(key)).allowed).toBe(true);
    expect(await explain(key, { ip: '10.1.2.3' })).toMatchObject({ allowed: true });
    expect(await explain(key, { ip: '192.0.2.1' })).toMatchObject({ refusal: { rule: 'address', status: 403 } });
  });

  it('is for the key itself, its owner, admins of its team and admins of the gateway', async () => {
    const { key, teamId } = await makeTeamKey(app);
    const boss = await makeCaller(app, 'internal_user');
    const mate = await makeCaller(app, 'internal_user');
    const stranger = await makeCaller(app, 'internal_user');
    const viewer = await makeCaller(app, 'proxy_admin_viewer');
    const boss_member = { role: 'admin', user_id: boss.userId };
    await post(app, '/team/member_add', { team_id: teamId, member: boss_member });
    await post(app, '/team/member_add', { team_id: teamId, member: { role: 'user', user_id: mate.userId } });
    const hash = hashSecret(key);
    const ask = async (by: string, body: Record<string, unknown>) =>
      (await app.send('POST', '/policy/explain', { key: by, body: { model: 'gpt', ...body } })).status;
    expect(await ask(key, {})).toBe(200);
    expect(await ask(boss.key, { key: hash })).toBe(200);
    expect(await ask(viewer.key, { key: hash })).toBe(200);
    expect(await ask(mate.key, { key: hash })).toBe(403);
    expect(await ask(stranger.key, { key: hash })).toBe(403);
    expect(await ask(stranger.key, { key: 'sk-nobody-has-this-key' })).toBe(404);
    expect((await app.send('POST', '/policy/explain', { key: null, body: { model: 'gpt' } })).status).toBe(401);
  });

  it.each([
    [{}, 422],
    [{ model: 5 }, 422],
    [{ model: '' }, 400],
    [{ model: 'gpt', endpoint: '/v1/nothing' }, 400],
    [{ model: 'gpt', input_tokens: -1 }, 422],
  ])('refuses what makes no sense: %j', async (body, status) => {
    const { key } = await makePersonalKey(app);
    const answer = await app.send('POST', '/policy/explain', { key, body });
    expect(answer.status, answer.text).toBe(status);
  });

  it('needs a key to ask about, and knows none that was deleted', async () => {
    expect((await app.send('POST', '/policy/explain', { body: { model: 'gpt' } })).status).toBe(400);
    const { key } = await makePersonalKey(app);
    await post(app, '/key/delete', { keys: [key] });
    expect((await app.send('POST', '/policy/explain', { body: { model: 'gpt', key } })).status).toBe(404);
  });
});
