import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { type Caller, errorOf, makeCaller } from '../../testing/make-caller.ts';
import { startTestApp, type TestApp } from '../../testing/start-test-app.ts';
import type { CreateOptions } from './get-create-options.ts';
import type { PresentedKey } from './present-key.ts';

describeOnEachEngine('Addresses, temporary budgets and the rules of the settings', (openTestStorage) => {
  let now = Date.parse('2026-11-25T15:10:30Z');
  let gateway: TestApp;
  let user: Caller;
  let teamAdmin: Caller;
  let viewer: Caller;
  let ownViewer: Caller;

  beforeAll(async () => {
    gateway = await startTestApp({
      storage: await openTestStorage(),
      now: () => now,
      settings: {
        trustForwardedFor: true,
        keyGeneration: {
          defaults: { tpm_limit: 1_000, metadata: { made: 'by default' } },
          upperBounds: { max_budget: 50, duration: '30d', rpm_limit: 100 },
          team: { allowedRoles: ['admin'], requiredParams: ['tags'] },
          personal: { allowedRoles: ['proxy_admin', 'internal_user'], requiredParams: [] },
        },
      },
    });
    user = await makeCaller(gateway, 'internal_user', { max_budget: 10, models: ['demo'] });
    teamAdmin = await makeCaller(gateway, 'internal_user');
    viewer = await makeCaller(gateway, 'proxy_admin_viewer');
    ownViewer = await makeCaller(gateway, 'internal_user_viewer');
    await gateway.send('POST', '/team/new', {
      body: {
        team_id: 'dev',
        team_alias: 'Developers',
        max_budget: 20,
        team_member_permissions: ['/key/generate'],
        members_with_roles: [
          { user_id: teamAdmin.userId, role: 'admin' },
          { user_id: user.userId, role: 'user' },
        ],
      },
    });
  });
  afterAll(() => gateway.close());

  const create = async (body: Record<string, unknown> = {}) => {
    const answer = await gateway.send('POST', '/key/generate', { body });
    expect(answer.status, answer.text).toBe(200);
    return answer.json<PresentedKey & { key: string; token: string }>();
  };
  const update = (caller: Caller | null, body: Record<string, unknown>) =>
    caller ? caller.send('POST', '/key/update', body) : gateway.send('POST', '/key/update', { body });
  const call = (key: string, from = '203.0.113.9') =>
    gateway.send('POST', '/v1/chat/completions', {
      key,
      headers: { 'x-forwarded-for': from },
      body: { model: 'demo', messages: [{ role: 'user', content: 'hi' }] },
    });

  test('a key with addresses works from these alone, in the gateway and in management', async () => {
    const { key } = await create({ user_id: user.userId, allowed_ips: ['203.0.113.9', '10.0.0.0/8', '2001:db8::/32'] });
    for (const from of ['203.0.113.9', '10.200.3.4', '2001:db8::77', '::ffff:10.1.1.1']) {
      expect((await call(key, from)).status, from).toBe(200);
    }
    for (const from of ['203.0.113.10', '11.0.0.1', '2001:db9::1', 'unknown']) {
      const refused = errorOf(await call(key, from));
      expect(refused, from).toMatchObject({ status: 403, type: 'auth_error' });
      expect(refused.message).toContain('Access forbidden: IP address not allowed.');
      const management = await gateway.send('GET', '/key/info', { key, headers: { 'x-forwarded-for': from } });
      expect(errorOf(management).message).toBe(refused.message);
    }
    await update(null, { key, allowed_ips: [] });
    expect((await call(key, '198.51.100.1')).status).toBe(200);
    for (const allowed_ips of [['nonsense'], ['10.0.0.0/33'], ['10.0.0.0/8/8'], ['fe80::1%eth0'], ['']]) {
      expect((await update(null, { key, allowed_ips })).status, String(allowed_ips)).toBe(400);
    }
  });

  test('a temporary increase counts until it ends', async () => {
    const { key, token } = await create({ user_id: user.userId, max_budget: 1, spend: 1 });
    expect((await call(key)).status).toBe(422);
    const expiry = new Date(now + 60_000).toISOString();
    expect((await update(user, { key, temp_budget_increase: 5, temp_budget_expiry: expiry })).status).toBe(403);
    const given = await update(null, { key, temp_budget_increase: 5, temp_budget_expiry: expiry });
    expect(given.json()).toMatchObject({ max_budget: 1, temp_budget_increase: 5, temp_budget_expiry: expiry });
    expect((await call(key)).status).toBe(200);
    now += 60_000;
    expect((await call(key)).status).toBe(422);
    for (const body of [
      { temp_budget_increase: 5 },
      { temp_budget_expiry: expiry },
      { temp_budget_increase: 5, temp_budget_expiry: expiry },
      { temp_budget_increase: 5, temp_budget_expiry: 'soon' },
      { temp_budget_increase: -5, temp_budget_expiry: '2030-01-01T00:00:00Z' },
    ]) {
      expect((await update(null, { key: token, ...body })).status, JSON.stringify(body)).toBe(400);
    }
    const taken = await update(null, { key, temp_budget_increase: null, temp_budget_expiry: null });
    expect(taken.json()).toMatchObject({ temp_budget_increase: null, temp_budget_expiry: null });
  });

  test('admins of a team raise the budget of its keys for a while', async () => {
    const { key } = await create({ team_id: 'dev', max_budget: 1, tags: ['a'] });
    const body = { key, temp_budget_increase: 1, temp_budget_expiry: '2030-01-01T00:00:00Z' };
    expect((await update(user, body)).status).toBe(401);
    expect((await update(teamAdmin, body)).status).toBe(200);
  });

  test('what was not said comes from the defaults, then from the upper bounds', async () => {
    const made = await create({});
    expect(made).toMatchObject({ tpm_limit: 1_000, max_budget: 50, rpm_limit: 100, metadata: { made: 'by default' } });
    expect(made.expires).toBe(new Date(now + 30 * 86_400_000).toISOString());
    expect(await create({ tpm_limit: 5, duration: '1d', metadata: { own: 1 } })).toMatchObject({
      tpm_limit: 5,
      metadata: { own: 1 },
    });
  });

  test('more than the upper bounds is refused, when creating and when changing', async () => {
    const over = async (body: Record<string, unknown>) =>
      errorOf(await gateway.send('POST', '/key/generate', { body }));
    expect(await over({ max_budget: 51 })).toMatchObject({
      status: 400,
      message: 'max_budget is over max limit set in config - user_value=51; max_value=50',
    });
    expect((await over({ duration: '31d' })).message).toMatch(/^duration is over max limit/);
    expect((await over({ duration: '-1' })).message).toMatch(/^duration is over max limit/);
    const { key } = await create({ max_budget: 5 });
    for (const body of [{ max_budget: 51 }, { max_budget: null }, { duration: '-1' }, { rpm_limit: 101 }]) {
      expect((await update(null, { key, ...body })).status, JSON.stringify(body)).toBe(400);
      expect((await gateway.send('POST', '/key/regenerate', { body: { key, ...body } })).status).toBe(400);
    }
    expect((await update(null, { key, max_budget: 6 })).status).toBe(200);
  });

  test('who may create what is told by the rules that refuse', async () => {
    const ask = async (caller: Caller | null) =>
      (caller
        ? await caller.send('GET', '/key/create_options')
        : await gateway.send('GET', '/key/create_options')
      ).json<CreateOptions>();
    const forUser = await ask(user);
    expect(forUser).toMatchObject({
      personal: { allowed: true, reason: null, models: ['demo'], max_budget: 10 },
      may_choose_owner: false,
      key_types: ['default', 'llm_api', 'read_only'],
      upper_bounds: { max_budget: 50, duration: '30d', rpm_limit: 100 },
    });
    const [team] = forUser.teams;
    expect(team).toMatchObject({ team_id: 'dev', allowed: false, max_budget: 20, required_params: ['tags'] });
    const refused = errorOf(await user.send('POST', '/key/generate', { team_id: 'dev', tags: ['a'] }));
    expect(refused).toMatchObject({ status: 400, message: team?.reason });
    expect(refused.message).toBe("Team member role user not in allowed_team_member_roles=['admin']");
    expect(team?.service_account.reason).toMatch(/^Team member does not have permissions/);

    expect((await ask(teamAdmin)).teams).toMatchObject([{ allowed: true, service_account: { allowed: true } }]);
    expect((await teamAdmin.send('POST', '/key/generate', { team_id: 'dev', tags: ['a'] })).status).toBe(200);
    expect(errorOf(await teamAdmin.send('POST', '/key/generate', { team_id: 'dev' })).message).toBe(
      'Required param tags not in data',
    );
    expect(await ask(null)).toMatchObject({
      personal: { allowed: true, max_budget: null },
      teams: [{ team_id: 'dev', allowed: true }],
      may_choose_owner: true,
    });
    for (const caller of [viewer, ownViewer]) {
      expect(await ask(caller)).toMatchObject({ personal: { allowed: false }, teams: [], key_types: [] });
      expect([401, 403]).toContain((await caller.send('POST', '/key/generate', {})).status);
    }
  });
});

describeOnEachEngine('Personal keys for some roles only', (openTestStorage) => {
  let gateway: TestApp;
  beforeAll(async () => {
    gateway = await startTestApp({
      storage: await openTestStorage(),
      settings: {
        keyGeneration: {
          defaults: {},
          upperBounds: {},
          team: null,
          personal: { allowedRoles: ['proxy_admin'], requiredParams: [] },
        },
      },
    });
  });
  afterAll(() => gateway.close());

  test('the refusal of creating and of the options is the same', async () => {
    const user = await makeCaller(gateway, 'internal_user');
    const refused = errorOf(await user.send('POST', '/key/generate', {}));
    expect(refused).toMatchObject({
      status: 400,
      message:
        "Personal key creation has been restricted by admin. Allowed roles=['proxy_admin']. Your role=internal_user",
    });
    const options = (await user.send('GET', '/key/create_options')).json<CreateOptions>();
    expect(options.personal).toMatchObject({ allowed: false, reason: refused.message });
  });
});
