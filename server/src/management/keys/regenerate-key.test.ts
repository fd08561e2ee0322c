import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { type Caller, errorOf, makeCaller } from '../../testing/make-caller.ts';
import { startTestApp, type TestApp } from '../../testing/start-test-app.ts';
import { hashSecret } from './key-secret.ts';
import type { PresentedKey } from './present-key.ts';
import { rotateDueKeys } from './rotate-due-keys.ts';

const hourMs = 3_600_000;

describeOnEachEngine('Replacing the secret of a key', (openTestStorage) => {
  let now = Date.parse('2026-11-25T15:10:30Z');
  let gateway: TestApp;
  let owner: Caller;
  let other: Caller;
  let teamAdmin: Caller;
  let viewer: Caller;

  beforeAll(async () => {
    gateway = await startTestApp({ storage: await openTestStorage(), now: () => now });
    owner = await makeCaller(gateway, 'internal_user', { max_budget: 10 });
    other = await makeCaller(gateway, 'internal_user');
    teamAdmin = await makeCaller(gateway, 'internal_user');
    viewer = await makeCaller(gateway, 'proxy_admin_viewer');
    const members_with_roles = [
      { user_id: teamAdmin.userId, role: 'admin' },
      { user_id: owner.userId, role: 'user' },
      { user_id: other.userId, role: 'user' },
    ];
    const team_member_permissions = ['/key/regenerate'];
    await gateway.send('POST', '/team/new', { body: { team_id: 'closed', members_with_roles } });
    await gateway.send('POST', '/team/new', { body: { team_id: 'open', members_with_roles, team_member_permissions } });
  });
  afterAll(() => gateway.close());

  const create = async (body: Record<string, unknown> = {}): Promise<string> => {
    const answer = await gateway.send('POST', '/key/generate', { body: { user_id: owner.userId, ...body } });
    expect(answer.status, answer.text).toBe(200);
    return answer.json<{ key: string }>().key;
  };
  const regenerate = (caller: Caller | null, body: Record<string, unknown>) =>
    caller ? caller.send('POST', '/key/regenerate', body) : gateway.send('POST', '/key/regenerate', { body });
  const replaced = async (body: Record<string, unknown>): Promise<{ key: string; token: string }> => {
    const answer = await regenerate(null, body);
    expect(answer.status, answer.text).toBe(200);
    return answer.json();
  };
  const info = async (key: string) =>
    (await gateway.send('GET', `/key/info?key=${key}`)).json<{ info: PresentedKey }>().info;
  const manages = async (key: string) => (await gateway.send('GET', '/key/info', { key })).status;
  const calls = async (key: string) =>
    (
      await gateway.send('POST', '/v1/chat/completions', {
        key,
        body: { model: 'demo', messages: [{ role: 'user', content: 'hi' }] },
      })
    ).status;

  test('the row stays, the secret is another, and the old one stops at once', async () => {
    const key = await create({ key_alias: 'stays', max_budget: 5, spend: 2, tags: ['a'], metadata: { team: 'x' } });
    expect(await calls(key)).toBe(200);
    await gateway.flush();
    const { spend } = await info(key);
    expect(spend).toBeGreaterThan(2);
    const answer = await gateway.send('POST', `/key/${hashSecret(key)}/regenerate`, { body: { rpm_limit: 7 } });
    const made = answer.json<{ key: string; token: string; key_name: string; spend: number }>();
    expect(made).toMatchObject({
      key_alias: 'stays',
      max_budget: 5,
      spend,
      rpm_limit: 7,
      token: hashSecret(made.key),
    });
    expect(made.key).not.toBe(key);
    expect([await calls(key), await manages(key)]).toEqual([401, 401]);
    expect([await calls(made.key), await manages(made.key)]).toEqual([200, 200]);
    expect(await info(made.key)).toMatchObject({
      key_alias: 'stays',
      tags: ['a'],
      metadata: { team: 'x' },
      rotation_count: 1,
      last_rotation_at: new Date(now).toISOString(),
      auto_rotate: false,
    });
  });

  test('for a grace period both secrets stand for the same key, in the gateway and in management', async () => {
    const key = await create({ key_alias: 'graceful' });
    expect(await calls(key)).toBe(200);
    const made = await replaced({ key, grace_period: '24h' });
    expect(made).toMatchObject({ grace_period_ends_at: new Date(now + 24 * hourMs).toISOString() });
    expect([await calls(key), await manages(key), await calls(made.key)]).toEqual([200, 200, 200]);
    const self = (await gateway.send('GET', '/key/info', { key })).json<{ key: string; info: PresentedKey }>();
    expect([self.key, self.info.key_alias]).toEqual([made.token, 'graceful']);
    now += 24 * hourMs;
    expect([await calls(key), await manages(key), await calls(made.key)]).toEqual([401, 401, 200]);
  });

  test('a second replacement keeps the first grace period going', async () => {
    const first = await create();
    const second = await replaced({ key: first, grace_period: '2h' });
    const third = await replaced({ key: second.key });
    expect([await calls(first), await calls(second.key), await calls(third.key)]).toEqual([200, 401, 200]);
    expect(await info(third.key)).toMatchObject({ rotation_count: 2 });
  });

  test('a block and a deletion end the grace period at once', async () => {
    for (const path of ['/key/block', '/key/update', '/key/delete']) {
      const key = await create();
      const made = await replaced({ key, grace_period: '24h' });
      expect(await calls(key)).toBe(200);
      const body = path === '/key/delete' ? { keys: [made.token] } : { key: made.token, blocked: true };
      expect((await gateway.send('POST', path, { body })).status).toBe(200);
      expect([await calls(key), await manages(key), await calls(made.key)]).toEqual([401, 401, 401]);
      if (path === '/key/delete') continue;
      await gateway.send('POST', '/key/unblock', { body: { key: made.token } });
      expect([await calls(key), await calls(made.key)]).toEqual([401, 200]);
    }
  });

  test('what is spent under the old secret is spent by the key', async () => {
    const key = await create();
    const made = await replaced({ key, grace_period: '1h' });
    await gateway.storage.db
      .transaction()
      .execute((tx) =>
        import('../budgets/index.ts').then(({ chargeSpend }) =>
          chargeSpend(tx, { kind: 'key', keyHash: hashSecret(key) }, 3_000_000_000, now),
        ),
      );
    expect((await info(made.key)).spend).toBe(3);
  });

  test('of ten concurrent replacements exactly one succeeds', async () => {
    const key = await create();
    const answers = await Promise.all(Array.from({ length: 10 }, () => regenerate(null, { key })));
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, ...Array.from({ length: 9 }, () => 409)]);
  });

  test('a chosen secret must be new and hard to guess', async () => {
    const key = await create();
    const made = await replaced({ key, new_key: 'sk-chosen-by-me-0001' });
    expect(made.key).toBe('sk-chosen-by-me-0001');
    expect((await regenerate(null, { key: made.key, new_key: key })).status).toBe(400);
    expect((await regenerate(null, { key: made.key, new_key: made.key })).status).toBe(400);
    expect((await regenerate(null, { key: made.key, new_key: 'sk-short' })).status).toBe(400);
    expect((await gateway.send('POST', '/key/generate', { body: { key } })).status).toBe(400);
    expect((await regenerate(null, { key: made.key, grace_period: 'soon' })).status).toBe(400);
    expect(await calls(made.key)).toBe(200);
  });

  test('owners, admins of the team and of the gateway may; others are refused, and nothing changes', async () => {
    const key = await create();
    expect(errorOf(await regenerate(other, { key }))).toMatchObject({
      status: 403,
      message: 'You are not authorized to regenerate this key',
    });
    expect((await regenerate(teamAdmin, { key })).status).toBe(403);
    expect((await regenerate(viewer, { key })).status).toBe(403);
    expect(errorOf(await regenerate(owner, { key: 'sk-nothing-like-it' }))).toMatchObject({
      status: 404,
      message: 'Key sk-...e-it not found.',
    });
    expect(errorOf(await regenerate(owner, {}))).toMatchObject({ status: 400, message: 'No key passed in.' });
    expect(await calls(key)).toBe(200);
    expect((await regenerate(owner, { key })).status).toBe(200);
  });

  test('of a team’s keys its members replace their own, if the team lets them', async () => {
    const closed = await create({ team_id: 'closed' });
    expect(errorOf(await regenerate(owner, { key: closed }))).toMatchObject({
      status: 401,
      type: 'team_member_permission_error',
    });
    expect((await regenerate(teamAdmin, { key: closed })).status).toBe(200);
    const open = await create({ team_id: 'open' });
    expect((await regenerate(other, { key: open })).status).toBe(403);
    expect((await regenerate(owner, { key: open })).status).toBe(200);
  });

  test('a secret that an admin of the team has taken calls models, and does not act as its owner', async () => {
    const key = await create({ team_id: 'closed' });
    const taken = (await regenerate(teamAdmin, { key })).json<{ key: string; allowed_routes: string[] }>();
    expect(taken.allowed_routes).toEqual(['llm_api_routes']);
    expect(await calls(taken.key)).toBe(200);
    for (const [method, path] of [
      ['GET', '/user/info'],
      ['GET', '/key/list'],
      ['POST', '/key/generate'],
      ['POST', '/user/update'],
    ] as const) {
      const refused = await gateway.send(method, path, { key: taken.key, ...(method === 'GET' ? {} : { body: {} }) });
      expect([path, refused.status]).toEqual([path, 403]);
    }
    // What is not for models at all has no use but acting as its owner.
    const reader = await create({ team_id: 'closed', key_type: 'read_only' });
    expect((await regenerate(teamAdmin, { key: reader })).status).toBe(403);
    expect(await manages(reader)).toBe(200);
    const narrow = await create({ team_id: 'closed', allowed_routes: ['/chat/completions', '/key/*', '/v1/*'] });
    const narrowed = (await regenerate(teamAdmin, { key: narrow })).json<{ allowed_routes: string[] }>();
    expect(narrowed.allowed_routes).toEqual(['/chat/completions']);
    // A key of the team itself stands for nobody.
    const service = await create({ team_id: 'closed', user_id: null });
    expect((await regenerate(teamAdmin, { key: service })).json()).toMatchObject({ allowed_routes: [] });
  });

  test('admins of a team do not take the secret of an admin of the gateway', async () => {
    for (const role of ['proxy_admin', 'proxy_admin_viewer'] as const) {
      const admin = await makeCaller(gateway, role);
      await gateway.send('POST', '/team/member_add', {
        body: { team_id: 'open', member: { role: 'user', user_id: admin.userId } },
      });
      const key = await create({ team_id: 'open', user_id: admin.userId });
      expect((await regenerate(teamAdmin, { key })).status).toBe(403);
      expect(await info(key)).toMatchObject({ rotation_count: 0 });
    }
  });

  test('who may not change the budget cannot do so beside a new secret', async () => {
    const key = await create({ max_budget: 5 });
    expect((await regenerate(owner, { key, max_budget: 9 })).status).toBe(403);
    expect(
      (await regenerate(owner, { key, temp_budget_increase: 1, temp_budget_expiry: '2030-01-01T00:00:00Z' })).status,
    ).toBe(403);
    expect((await regenerate(owner, { key, spend: 0 })).status).toBe(403);
    expect(await info(key)).toMatchObject({ max_budget: 5, rotation_count: 0 });
    expect((await regenerate(owner, { key, key_alias: 'renamed' })).json()).toMatchObject({ key_alias: 'renamed' });
  });

  test('the clock replaces secrets of keys that rotate, exactly once over all instances', async () => {
    const key = await create({ auto_rotate: true, rotation_interval: '30d' });
    const hash = hashSecret(key);
    expect(await info(hash)).toMatchObject({
      auto_rotate: true,
      rotation_interval: '30d',
      key_rotation_at: new Date(now + 30 * 24 * hourMs).toISOString(),
    });
    expect(await rotateDueKeys(gateway.app.parts)).toBe(0);
    now += 30 * 24 * hourMs;
    const counts = await Promise.all([1, 2, 3, 4].map(() => rotateDueKeys(gateway.app.parts)));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1);
    expect(await info(hash)).toMatchObject({
      rotation_count: 1,
      key_rotation_at: new Date(now + 30 * 24 * hourMs).toISOString(),
    });
    expect(await calls(key)).toBe(401);
    for (const body of [
      { auto_rotate: true },
      { auto_rotate: true, rotation_interval: '1m' },
      { rotation_interval: 'x' },
    ]) {
      expect((await gateway.send('POST', '/key/generate', { body })).status).toBe(400);
    }
  });
});
