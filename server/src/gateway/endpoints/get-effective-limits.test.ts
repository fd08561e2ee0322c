import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { hashSecret } from '../../management/keys/key-secret.ts';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { makeCaller } from '../../testing/make-caller.ts';
import { makePersonalKey, makeTeamKey, post } from '../../testing/make-key.ts';
import { eventually, openStream } from '../../testing/open-stream.ts';
import { startTestApp, type TestApp, testDeployment } from '../../testing/start-test-app.ts';
import { chat, chatEvents, type FakeUpstream, startUpstream, usageOf } from '../../testing/upstream.ts';

const oneCallUsd = 0.000019;

interface Limits {
  key: string;
  stopped_by: { rule: string; message: string }[];
  typical_call: { calls: number; spend: number; tokens: number } | null;
  limits: Record<string, unknown>[];
}

describeOnEachEngine('The limits of a key', (openStorage) => {
  let upstream: FakeUpstream;
  let app: TestApp;
  let clock = Date.UTC(2026, 10, 23, 15, 10, 30);

  beforeAll(async () => {
    upstream = await startUpstream();
    const models = ['gpt', 'other'].map((name) => testDeployment(name, upstream.url));
    app = await startTestApp({ settings: { models }, storage: await openStorage(), now: () => clock });
  });
  afterAll(async () => {
    await app.close();
    await upstream.close();
  });
  beforeEach(() => upstream.respond(chat(['Hello'], usageOf(10, 2))));

  async function limitsOf(key: string, query = '', by?: string): Promise<Limits> {
    const answer = await app.send('GET', `/limits/effective?key=${key}${query}`, by === undefined ? {} : { key: by });
    expect(answer.status, answer.text).toBe(200);
    return answer.json();
  }

  async function spend(key: string, times = 1, model = 'gpt'): Promise<void> {
    for (let n = 0; n < times; n += 1) {
      const body = { model, messages: [{ role: 'user', content: 'Hi' }], max_tokens: 1 };
      expect((await app.send('POST', '/v1/chat/completions', { key, body })).status).toBe(200);
    }
  }

  /** What a limit is, in short. */
  const shortly = ({ limits }: Limits) =>
    limits.map(({ kind, scope, model, limit, used }) => `${scope} ${model ?? '*'} ${kind}: ${used} of ${limit}`);

  it('are all of them, in the order in which a call meets them, exactly as far as they are used', async () => {
    const { key, userId, teamId } = await makeTeamKey(app, {
      user: { rpm_limit: 100, max_budget: 7 },
      team: {
        max_budget: 20,
        budget_duration: '1d',
        tpm_limit: 10_000,
        team_member_rpm_limit: 50,
        model_max_budget: { other: { budget_limit: 1, time_period: '1d' } },
      },
      member: { max_budget_in_team: 2 },
      key: {
        max_budget: 10,
        budget_duration: '30d',
        rpm_limit: 40,
        max_parallel_requests: 3,
        model_max_budget: { 'g*': { budget_limit: 3, time_period: '7d', tpm_limit: 500 } },
        budget_limits: [{ budget_duration: '1h', max_budget: 0.5 }],
      },
    });
    await spend(key, 2);
    await spend(key, 1, 'other');
    await app.flush();
    const found = await limitsOf(key);
    expect(shortly(found)).toEqual([
      'key * budget: 0.000057 of 10',
      'team * budget: 0.000057 of 20',
      'team_member * budget: 0.000057 of 2',
      'key g* budget: 0.000038 of 3',
      'key * budget: 0.000057 of 0.5',
      'team other budget: 0.000019 of 1',
      'key g* tokens: 24 of 500',
      'key * max_parallel_requests: 0 of 3',
      'key * requests: 3 of 40',
      'user * requests: 3 of 100',
      'team_member * requests: 3 of 50',
      'team * tokens: 36 of 10000',
    ]);
    expect(found.typical_call).toEqual({ calls: 3, spend: oneCallUsd, tokens: 12 });
    expect(found.limits[0]).toEqual({
      kind: 'budget',
      scope: 'key',
      id: hashSecret(key),
      model: null,
      limit: 10,
      used: 0.000057,
      reserved: 0,
      left: 9.999943,
      period: '30d',
      resets_at: '2026-12-01T00:00:00.000Z',
      exhausted: false,
      calls_left: 526_313,
      bites_first: false,
      set_on: { type: 'key', id: hashSecret(key), field: 'max_budget_nano_usd' },
      set_by: 'default_user_id',
      set_at: new Date(clock).toISOString(),
    });
    expect(found.limits[6]).toMatchObject({
      period: '1m',
      resets_at: '2026-11-23T15:11:00.000Z',
      left: 476,
      calls_left: 40,
    });
    expect(found.limits.map(({ set_on }) => (set_on as { type: string; field: string }).type)).toEqual([
      ...['key', 'team', 'team-member', 'key', 'key', 'team'],
      ...['key', 'key', 'key', 'user', 'team', 'team'],
    ]);
    expect(found.limits.flatMap(({ bites_first }, index) => (bites_first ? [index] : []))).toEqual([8]);
    expect(found.limits[10]).toMatchObject({
      id: `${teamId}/${userId}`,
      set_on: { type: 'team', id: teamId, field: 'member_rpm_limit' },
    });
    expect(shortly(await limitsOf(key, '&model=other')).filter((line) => line.includes('g*'))).toEqual([]);
  });

  it('say which bites first: what is exhausted, else what lets the fewest usual calls in', async () => {
    const first = async (fields: Record<string, unknown>, calls: number) => {
      const { key } = await makePersonalKey(app, { key: fields });
      await spend(key, calls);
      await app.flush();
      const { limits } = await limitsOf(key);
      return limits.filter(({ bites_first }) => bites_first).map(({ kind, exhausted }) => ({ kind, exhausted }));
    };
    expect(await first({ max_budget: oneCallUsd * 10, rpm_limit: 5, tpm_limit: 1_000 }, 1)).toEqual([
      { kind: 'requests', exhausted: false },
    ]);
    expect(await first({ max_budget: oneCallUsd * 4, rpm_limit: 5, tpm_limit: 1_000 }, 1)).toEqual([
      { kind: 'budget', exhausted: false },
    ]);
    expect(await first({ max_budget: 1, rpm_limit: 50, tpm_limit: 20 }, 1)).toEqual([
      { kind: 'tokens', exhausted: false },
    ]);
    expect(await first({ max_budget: oneCallUsd, rpm_limit: 1 }, 1)).toEqual([{ kind: 'budget', exhausted: true }]);
    expect(await first({ max_budget: 1, max_parallel_requests: 0 }, 0)).toEqual([
      { kind: 'max_parallel_requests', exhausted: true },
    ]);
    expect(await first({}, 0)).toEqual([]);
  });

  it('count what is set aside for calls in flight', async () => {
    const { key } = await makePersonalKey(app, { key: { max_budget: 10, max_parallel_requests: 2 } });
    upstream.respond((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chatEvents(['Hello'], null).slice(0, 2).join(''));
    });
    const stream = await openStream(app, key, { model: 'gpt', messages: [], max_tokens: 1_000_000 });
    await stream.readUntil('Hello');
    const [budget, parallel] = (await limitsOf(key)).limits;
    expect(budget).toMatchObject({ used: 0, reserved: expect.closeTo(2, 3), left: expect.closeTo(8, 3) });
    expect(parallel).toMatchObject({ kind: 'max_parallel_requests', used: 1, left: 1, period: null, resets_at: null });
    stream.abort();
    await eventually(async () => (await limitsOf(key)).limits[1]?.['used'] === 0, 'the place is free again');
    expect((await limitsOf(key)).limits[0]).toMatchObject({ reserved: 0 });
  });

  it('come from where they are written down, with who wrote them last', async () => {
    const admin = await makeCaller(app, 'proxy_admin');
    const budget_id = `limits-${clock}`;
    await admin.send('POST', '/budget/new', { budget_id, max_budget: 5, rpm_limit: 9, tpm_limit: 90 });
    const { key, userId } = await makePersonalKey(app, { user: { max_budget: 3 }, key: { budget_id, tpm_limit: 50 } });
    clock += 60_000;
    await admin.send('POST', '/user/update', { user_id: userId, max_budget: 4 });
    await post(app, '/user/update', { user_id: userId, user_alias: 'renamed since' });
    const origins = (await limitsOf(key)).limits.map(({ kind, scope, limit, set_on, set_by }) => [
      `${scope} ${kind} ${limit}`,
      (set_on as { type: string }).type,
      (set_on as { field: string }).field,
      set_by,
    ]);
    expect(origins).toEqual([
      ['key budget 5', 'budget', 'max_budget', admin.userId],
      ['user budget 4', 'user', 'max_budget_nano_usd', admin.userId],
      ['key requests 9', 'budget', 'rpm_limit', admin.userId],
      ['key tokens 50', 'key', 'tpm_limit', 'default_user_id'],
    ]);
  });

  it('name what stops the key whatever its limits are, and start anew when their time is over', async () => {
    const { key } = await makePersonalKey(app, { key: { max_budget: oneCallUsd, budget_duration: '1d' } });
    await spend(key);
    await app.flush();
    expect((await limitsOf(key)).limits[0]).toMatchObject({ exhausted: true, left: 0, calls_left: 0 });
    await post(app, '/key/block', { key });
    expect((await limitsOf(key)).stopped_by).toMatchObject([{ rule: 'key_blocked', status: 401 }]);
    clock += 24 * 3_600_000;
    expect((await limitsOf(key)).limits[0]).toMatchObject({ exhausted: false, used: 0 });
  });

  it('are read with the key itself, by its owner and by admins; those of persons not by mere team mates', async () => {
    const { key, teamId } = await makeTeamKey(app, {
      user: { rpm_limit: 9 },
      team: { max_budget: 5 },
      member: { max_budget_in_team: 2 },
    });
    const boss = await makeCaller(app, 'internal_user');
    const mate = await makeCaller(app, 'internal_user');
    const stranger = await makeCaller(app, 'internal_user');
    const viewer = await makeCaller(app, 'proxy_admin_viewer');
    await post(app, '/team/member_add', { team_id: teamId, member: { role: 'admin', user_id: boss.userId } });
    await post(app, '/team/member_add', { team_id: teamId, member: { role: 'user', user_id: mate.userId } });
    const hash = hashSecret(key);
    const scopes = async (by: string, named = hash) => (await limitsOf(named, '', by)).limits.map(({ scope }) => scope);
    const everything = ['team', 'team_member', 'user'];
    expect((await app.send('GET', '/limits/effective', { key })).json<Limits>().key).toBe(hash);
    for (const by of [key, boss.key, viewer.key]) expect(await scopes(by)).toEqual(everything);
    expect(await scopes(mate.key)).toEqual(['team']);
    const refused = await app.send('GET', `/limits/effective?key=${hash}`, { key: stranger.key });
    expect(refused.status).toBe(403);
    expect((await app.send('GET', '/limits/effective?key=sk-nobody-has-this')).status).toBe(404);
    expect((await app.send('GET', '/limits/effective')).status).toBe(400);
    expect((await app.send('GET', '/limits/effective', { key: null })).status).toBe(401);
    const readOnly = await makePersonalKey(app, { key: { key_type: 'read_only' } });
    expect((await app.send('GET', '/limits/effective', { key: readOnly.key })).status).toBe(200);
  });

  it('of a customer are added for those who may see customers', async () => {
    const user_id = `customer-${clock}`;
    await post(app, '/customer/new', { user_id, max_budget: 3, rpm_limit: 7, budget_duration: '1d' });
    const { key } = await makePersonalKey(app);
    expect(shortly(await limitsOf(key, `&customer=${user_id}`))).toEqual([
      'customer * budget: 0 of 3',
      'customer * requests: 0 of 7',
    ]);
    expect((await limitsOf(key, `&customer=${user_id}`)).limits[0]).toMatchObject({
      id: user_id,
      period: '1d',
      set_on: { type: 'budget', field: 'max_budget' },
      set_by: 'default_user_id',
    });
    expect((await app.send('GET', `/limits/effective?customer=${user_id}`, { key })).status).toBe(403);
  });
});
