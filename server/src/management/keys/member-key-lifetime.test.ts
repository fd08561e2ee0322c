import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { type Caller, errorOf, makeCaller } from '../../testing/make-caller.ts';
import { post } from '../../testing/make-key.ts';
import { startTestApp, type TestApp } from '../../testing/start-test-app.ts';

const dayMs = 86_400_000;

describeOnEachEngine('Keys that members make for a team that limits their life', (openTestStorage) => {
  let now = Date.parse('2026-11-25T15:10:30Z');
  let app: TestApp;
  let boss: Caller;
  let member: Caller;
  let teamId = '';

  beforeAll(async () => {
    app = await startTestApp({ storage: await openTestStorage(), now: () => now });
    boss = await makeCaller(app, 'internal_user');
    member = await makeCaller(app, 'internal_user');
  });
  afterAll(() => app.close());
  beforeEach(async () => {
    const team = await post(app, '/team/new', {
      team_member_key_duration: '7d',
      team_member_permissions: ['/key/generate', '/key/update', '/key/regenerate', '/key/service-account/generate'],
      members_with_roles: [
        { role: 'admin', user_id: boss.userId },
        { role: 'user', user_id: member.userId },
      ],
    });
    teamId = String(team['team_id']);
    expect(team['team_member_key_duration']).toBe('7d');
  });

  const generate = async (by: Caller | null, fields: Record<string, unknown> = {}, path = '/key/generate') => {
    const body = { team_id: teamId, ...fields };
    const answer = await (by ? by.send('POST', path, body) : app.send('POST', path, { body }));
    expect(answer.status, answer.text).toBe(200);
    return answer.json<{ key: string; expires: string | null; duration: string | null }>();
  };
  const lifeOf = (expires: string | null) => (expires === null ? null : Date.parse(expires) - now);
  const info = async (key: string) =>
    (await app.send('GET', `/key/info?key=${key}`)).json<{ info: { expires: string | null } }>().info;
  const calls = (key: string) =>
    app.send('POST', '/v1/chat/completions', {
      key,
      body: { model: 'demo', messages: [{ role: 'user', content: 'a' }] },
    });

  test.each<[string, string | null | undefined, number]>([
    ['said nothing of it', undefined, 7],
    ['said for ever', null, 7],
    ['said for ever in other words', '-1', 7],
    ['said longer', '30d', 7],
    ['said shorter', '1d', 1],
  ])('live as long as the team says, or shorter: who %s', async (_what, duration, days) => {
    for (const by of [member, boss]) {
      const made = await generate(by, duration === undefined ? {} : { duration });
      expect(lifeOf(made.expires)).toBe(days * dayMs);
      expect(made.duration).toBe(`${days}d`);
    }
  });

  test('end when their time is over', async () => {
    const { key } = await generate(member);
    expect((await calls(key)).status).toBe(200);
    now += 7 * dayMs + 1;
    expect(errorOf(await calls(key))).toMatchObject({ status: 401, type: 'expired_key' });
  });

  test('are those of services too, and neither personal ones nor those that an admin of the gateway makes', async () => {
    expect(lifeOf((await generate(boss, {}, '/key/service-account/generate')).expires)).toBe(7 * dayMs);
    expect((await generate(member, { team_id: null })).expires).toBeNull();
    expect((await generate(null, { user_id: member.userId })).expires).toBeNull();
    expect(lifeOf((await generate(null, { user_id: member.userId, duration: '30d' })).expires)).toBe(30 * dayMs);
  });

  test('are not made to live longer afterwards, neither by change nor by a new secret nor by moving in', async () => {
    const { key } = await generate(member);
    const { key: personal } = await generate(member, { team_id: null });
    const expires = (await info(key)).expires;
    for (const duration of ['8d', '-1']) {
      const refused = await member.send('POST', '/key/update', { key, duration });
      expect(errorOf(refused), duration).toMatchObject({
        status: 403,
        message: expect.stringContaining('live at most 7d (team_member_key_duration)'),
      });
    }
    expect((await member.send('POST', '/key/regenerate', { key, duration: '8d' })).status).toBe(403);
    expect((await boss.send('POST', '/key/update', { key, duration: '8d' })).status).toBe(403);
    expect((await info(key)).expires).toBe(expires);
    expect((await member.send('POST', '/key/update', { key: personal, team_id: teamId })).status).toBe(403);
    expect((await member.send('POST', '/key/update', { key, duration: '2d' })).status).toBe(200);
    expect(lifeOf((await info(key)).expires)).toBe(2 * dayMs);
    expect((await member.send('POST', '/key/update', { key, key_alias: null })).status).toBe(200);
    await member.send('POST', '/key/update', { key: personal, duration: '3d' });
    const moved = await member.send('POST', '/key/update', { key: personal, team_id: teamId });
    expect(moved.status, moved.text).toBe(200);
    await post(app, '/key/update', { key, duration: '30d' });
    expect(lifeOf((await info(key)).expires)).toBe(30 * dayMs);
  });

  test('are told of by the rules of new keys', async () => {
    const options = async (key: string) =>
      (await app.send('GET', '/key/create_options', { key }))
        .json<{ teams: { team_id: string; duration: string | null }[] }>()
        .teams.find((team) => team.team_id === teamId)?.duration;
    expect(await options(member.key)).toBe('7d');
    await post(app, '/team/update', { team_id: teamId, team_member_key_duration: null });
    expect(await options(member.key)).toBeNull();
    expect((await generate(member)).expires).toBeNull();
  });

  test('are limited by admins of the gateway, in words that are a duration', async () => {
    const update = { team_id: teamId, team_member_key_duration: '30d' };
    for (const by of [boss, member]) expect((await by.send('POST', '/team/update', update)).status).toBe(403);
    for (const [team_member_key_duration, status] of [
      ['soon', 400],
      ['7', 400],
      [7, 422],
    ] as const) {
      const changed = await app.send('POST', '/team/update', { body: { team_id: teamId, team_member_key_duration } });
      expect(changed.status, changed.text).toBe(status);
      const made = await app.send('POST', '/team/new', { body: { team_member_key_duration } });
      expect(made.status, made.text).toBe(status);
    }
    expect(lifeOf((await generate(member)).expires)).toBe(7 * dayMs);
  });
});
