import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeOnEachEngine } from '../testing/each-engine.ts';
import { errorOf } from '../testing/make-caller.ts';
import { makePersonalKey, makeTeamKey, post } from '../testing/make-key.ts';
import { startTestApp, type TestAnswer, type TestApp, testDeployment } from '../testing/start-test-app.ts';
import { chat, type FakeUpstream, startUpstream, usageOf } from '../testing/upstream.ts';

describeOnEachEngine('Rates in a team', (openStorage) => {
  let upstream: FakeUpstream;
  let app: TestApp;
  const clock = Date.UTC(2026, 10, 23, 15, 10, 30);

  beforeAll(async () => {
    upstream = await startUpstream();
    const models = [testDeployment('gpt', upstream.url)];
    app = await startTestApp({ settings: { models }, storage: await openStorage(), now: () => clock });
  });
  afterAll(async () => {
    await app.close();
    await upstream.close();
  });
  beforeEach(() => upstream.respond(chat(['Hello'], usageOf(10, 2))));

  function call(key: string): Promise<TestAnswer> {
    const body = { model: 'gpt', messages: [{ role: 'user', content: 'Hi' }], max_tokens: 1 };
    return app.send('POST', '/v1/chat/completions', { key, body });
  }

  async function expectServed(key: string, times = 1): Promise<void> {
    for (let n = 0; n < times; n += 1) {
      const answer = await call(key);
      expect(answer.status, answer.text).toBe(200);
    }
  }

  const refusalOf = async (key: string) => errorOf(await call(key)).message;

  async function secondKey(userId: string, teamId: string): Promise<string> {
    return String((await post(app, '/key/generate', { user_id: userId, team_id: teamId }))['key']);
  }

  it('of a member hold for all keys of theirs in the team, and for nothing else', async () => {
    const { key, userId, teamId } = await makeTeamKey(app, { member: { rpm_limit: 2 } });
    const second = await secondKey(userId, teamId);
    await expectServed(key);
    await expectServed(second);
    for (const each of [key, second]) {
      expect(await refusalOf(each)).toContain(
        `Rate limit exceeded for team_member: ${teamId}:${userId}. Limit type: requests. Current limit: 2, Remaining: 0.`,
      );
    }
    const personal = String((await post(app, '/key/generate', { user_id: userId }))['key']);
    await expectServed(personal, 3);
    const service = String((await post(app, '/key/generate', { team_id: teamId, user_id: null }))['key']);
    await expectServed(service, 3);
  });

  it('for each member are the team’s until a member has their own, and follow every change', async () => {
    const { key, userId, teamId } = await makeTeamKey(app, { team: { team_member_rpm_limit: 1 } });
    await expectServed(key);
    expect(await refusalOf(key)).toContain('Current limit: 1,');
    await post(app, '/team/update', { team_id: teamId, team_member_rpm_limit: 2 });
    await expectServed(key);
    expect(await refusalOf(key)).toContain('Current limit: 2,');
    const changed = await post(app, '/team/member_update', {
      team_id: teamId,
      user_id: userId,
      rpm_limit: 3,
      tpm_limit: 100,
    });
    expect(changed).toMatchObject({ rpm_limit: 3, tpm_limit: 100, max_budget_in_team: null });
    await expectServed(key);
    expect(await refusalOf(key)).toContain('Current limit: 3,');
    const info = (await app.send('GET', `/team/info?team_id=${teamId}`)).json();
    expect(info['team_info']).toMatchObject({ team_member_rpm_limit: 2, team_member_tpm_limit: null });
    expect(info['team_memberships']).toContainEqual(
      expect.objectContaining({
        user_id: userId,
        litellm_budget_table: { max_budget: null, budget_duration: null, tpm_limit: 100, rpm_limit: 3 },
      }),
    );
    await post(app, '/team/member_update', { team_id: teamId, user_id: userId, rpm_limit: null });
    await post(app, '/team/update', { team_id: teamId, team_member_rpm_limit: null });
    await expectServed(key, 3);
  });

  it('of a member count tokens too', async () => {
    const { key, teamId, userId } = await makeTeamKey(app, { team: { team_member_tpm_limit: 12 } });
    await expectServed(key);
    expect(await refusalOf(await secondKey(userId, teamId))).toContain('Limit type: tokens. Current limit: 12,');
  });

  it('bound the calls at once of the whole team', async () => {
    const { key, teamId } = await makeTeamKey(app, { team: { max_parallel_requests: 0 } });
    expect(await refusalOf(key)).toContain(
      `Rate limit exceeded for team: ${teamId}. Limit type: max_parallel_requests.`,
    );
    expect(await post(app, '/team/update', { team_id: teamId, max_parallel_requests: 2 })).toMatchObject({
      data: { max_parallel_requests: 2 },
    });
    await expectServed(key, 3);
  });

  it('are not for members to choose, also not when they join', async () => {
    const { key, userId, teamId } = await makeTeamKey(app, { member: { rpm_limit: 1 } });
    const stranger = await makePersonalKey(app);
    for (const holder of [key, stranger.key]) {
      const body = { team_id: teamId, user_id: userId, rpm_limit: 100 };
      expect((await app.send('POST', '/team/member_update', { key: holder, body })).status).toBe(403);
    }
    await expectServed(key);
    expect((await call(key)).status).toBe(429);
  });

  it('and budgets that make no sense change nothing', async () => {
    const { userId, teamId } = await makeTeamKey(app, { team: { max_budget: 10, soft_budget: 5 } });
    const info = async () => (await app.send('GET', `/team/info?team_id=${teamId}`)).json()['team_info'];
    const before = await info();
    expect(before).toMatchObject({ max_budget: 10, soft_budget: 5 });
    for (const [path, body, status] of [
      ['/team/update', { soft_budget: 10 }, 400],
      ['/team/update', { max_budget: 4 }, 400],
      ['/team/update', { soft_budget: -1 }, 400],
      ['/team/update', { team_member_rpm_limit: -1 }, 422],
      ['/team/update', { max_parallel_requests: 1.5 }, 422],
      ['/team/member_update', { user_id: userId, tpm_limit: -1 }, 422],
    ] as const) {
      const answer = await app.send('POST', path, { body: { team_id: teamId, ...body } });
      expect([path, body, answer.status, answer.text]).toEqual([path, body, status, answer.text]);
    }
    expect((await app.send('POST', '/team/new', { body: { max_budget: 1, soft_budget: 1 } })).status).toBe(400);
    expect(await info()).toEqual(before);
    await post(app, '/team/update', { team_id: teamId, max_budget: null, soft_budget: 50 });
    expect(await info()).toMatchObject({ max_budget: null, soft_budget: 50 });
  });
});
