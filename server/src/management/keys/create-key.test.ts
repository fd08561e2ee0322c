import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { type Caller, errorOf, makeCaller } from '../../testing/make-caller.ts';
import { makePerson } from '../../testing/make-person.ts';
import { startTestApp, type TestApp, testMasterKey } from '../../testing/start-test-app.ts';
import type { PresentedNewKey } from './present-key.ts';

/** Wednesday. */
const now = Date.parse('2026-11-25T15:10:30Z');

describeOnEachEngine('Creating keys', (openTestStorage) => {
  let gateway: TestApp;
  let user: Caller;

  beforeAll(async () => {
    gateway = await startTestApp({ storage: await openTestStorage(), now: () => now });
    user = await makeCaller(gateway, 'internal_user', { max_budget: 10, models: ['gpt-4', 'openai/*'] });
  });
  afterAll(() => gateway.close());

  const create = async (body: Record<string, unknown>): Promise<PresentedNewKey> => {
    const answer = await gateway.send('POST', '/key/generate', { body });
    expect(answer.status, answer.text).toBe(200);
    return answer.json<PresentedNewKey>();
  };
  const refusal = async (body: Record<string, unknown>, caller: Caller | null = null) =>
    errorOf(
      await (caller ? caller.send('POST', '/key/generate', body) : gateway.send('POST', '/key/generate', { body })),
    );

  test('a new key has the documented form, and its hash is the SHA-256 of the whole secret', async () => {
    const key = await create({ key_alias: 'form' });
    expect(key.key).toMatch(/^sk-[A-Za-z0-9_-]{22}$/);
    expect(key.token).toBe(createHash('sha256').update(key.key).digest('hex'));
    expect(key.token_id).toBe(key.token);
    expect(key.key_name).toBe(`sk-...${key.key.slice(-4)}`);
  });

  test('the secret is in one answer and nowhere in the database', async () => {
    const { key, token } = await create({ key_alias: 'secret', metadata: { purpose: 'test' } });
    const { key: chosen } = await create({ key: 'sk-a-chosen-secret-of-mine' });
    const stored = JSON.stringify([
      await gateway.storage.db.selectFrom('keys').selectAll().execute(),
      await gateway.storage.db.selectFrom('audit_log').selectAll().execute(),
    ]);
    expect(stored).toContain(token);
    for (const secret of [key, chosen]) expect(stored).not.toContain(secret);
    const listed = await gateway.send('GET', '/key/list?return_full_object=true&size=100');
    const shown = await gateway.send('GET', `/key/info?key=${token}`);
    for (const secret of [key, chosen]) expect(listed.text + shown.text).not.toContain(secret);
  });

  test('every creation names its author in the audit log', async () => {
    const answer = await user.send('POST', '/key/generate', { key_alias: 'audited' });
    const { token } = answer.json<PresentedNewKey>();
    const entry = await gateway.storage.db
      .selectFrom('audit_log')
      .selectAll()
      .where('object_id', '=', String(token))
      .executeTakeFirstOrThrow();
    expect(entry).toMatchObject({ action: 'created', object_type: 'key', actor_user_id: user.userId });
  });

  test('of ten concurrent keys with one alias exactly one is created', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => gateway.send('POST', '/key/generate', { body: { key_alias: 'race' } })),
    );
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
    for (const answer of answers.filter(({ status }) => status !== 200)) {
      expect(errorOf(answer)).toEqual({
        status: 400,
        message: "Key with alias 'race' already exists. Unique key aliases across all keys are required.",
        type: 'bad_request_error',
        param: 'key_alias',
      });
    }
  });

  test('the alias of a deleted key is free again, its secret is not', async () => {
    const { token } = await create({ key_alias: 'again', key: 'sk-used-once-0123456789' });
    await gateway.send('POST', '/key/delete', { body: { keys: [token] } });
    await create({ key_alias: 'again' });
    expect(await refusal({ key: 'sk-used-once-0123456789' })).toMatchObject({ status: 400, param: 'key' });
  });

  test.each([
    ['no-prefix-0123456789', "must start with 'sk-'"],
    ['sk-short', '16 to 256'],
    ['sk-with blanks 0123456', 'without spaces'],
    ['sk-session-0123456789', 'kept for the gateway'],
    [testMasterKey, 'kept for the gateway'],
  ])('a chosen secret that cannot serve is refused without being repeated: %s', async (key, words) => {
    const { status, message } = await refusal({ key });
    expect(status).toBe(400);
    expect(message).toContain(words);
    expect(message).not.toContain(key);
  });

  test('negative amounts are refused in the contract’s words', async () => {
    expect(await refusal({ max_budget: -1 })).toMatchObject({
      status: 400,
      message: 'max_budget cannot be negative. Received: -1',
    });
    expect(await refusal({ soft_budget: -0.5 })).toMatchObject({
      status: 400,
      message: 'soft_budget cannot be negative. Received: -0.5',
    });
  });

  test('an amount that a 64-bit count of nano-dollars cannot hold is refused, the largest is kept', async () => {
    expect((await refusal({ max_budget: 1e300 })).status).toBe(400);
    expect((await create({ max_budget: 9_000_000_000 })).max_budget).toBe(9_000_000_000);
  });

  test('a budget of zero is kept as zero, a missing one as none', async () => {
    expect((await create({ max_budget: 0 })).max_budget).toBe(0);
    expect((await create({})).max_budget).toBeNull();
  });

  test('a lifetime counts from now, and a budget resets with the calendar', async () => {
    const { token, expires, duration } = await create({ duration: '30d', budget_duration: '7d', max_budget: 1 });
    expect(expires).toBe('2026-12-25T15:10:30.000Z');
    expect(duration).toBe('30d');
    const shown = await gateway.send('GET', `/key/info?key=${token}`);
    expect(shown.json<{ info: { budget_reset_at: string } }>().info.budget_reset_at).toBe('2026-11-30T00:00:00.000Z');
  });

  test('a lifetime that is none is refused', async () => {
    expect((await refusal({ duration: 'soon' })).status).toBe(400);
    expect((await refusal({ budget_duration: 'often' })).status).toBe(400);
  });

  test.each([
    ['default', []],
    ['llm_api', ['llm_api_routes']],
    ['management', ['management_routes']],
    ['read_only', ['info_routes']],
  ] as const)('the type %s of a key opens its routes', async (key_type, routes) => {
    expect((await create({ key_type })).allowed_routes).toEqual(routes);
  });

  test('an admin’s key may belong to an id that no user has, or to nobody', async () => {
    expect((await create({ user_id: 'nobody-yet' })).user_id).toBe('nobody-yet');
    expect((await create({})).user_id).toBeNull();
  });

  test('a user’s key is the user’s own, whether or not the request says so', async () => {
    for (const body of [{}, { user_id: null }, { user_id: user.userId }]) {
      const answer = await user.send('POST', '/key/generate', body);
      expect(answer.json<PresentedNewKey>().user_id).toBe(user.userId);
    }
  });

  test('a user cannot create a key for somebody else', async () => {
    expect(await refusal({ user_id: 'other' }, user)).toEqual({
      status: 403,
      message: `User can only create keys for themselves. Got user_id=other, Your ID=${user.userId}`,
      type: 'internal_server_error',
      param: 'None',
    });
  });

  test('a user’s key cannot have a larger budget than the user', async () => {
    expect(await refusal({ max_budget: 10.5 }, user)).toMatchObject({
      status: 400,
      message: "max_budget (10.5) cannot exceed the caller's own max_budget (10.0).",
    });
    expect((await user.send('POST', '/key/generate', { max_budget: 10 })).status).toBe(200);
  });

  test('a user’s key cannot list models beyond the user’s own', async () => {
    expect(await refusal({ models: ['gpt-4', 'o3'] }, user)).toMatchObject({
      status: 403,
      message: `Key cannot list models=['o3']: user=${user.userId} can only access models=['gpt-4', 'openai/*']. List some of these, or none to inherit them.`,
    });
    expect((await user.send('POST', '/key/generate', { models: ['gpt-4', 'openai/o3'] })).status).toBe(200);
    expect((await refusal({ models: ['*'] }, user)).status).toBe(403);
    expect((await refusal({ models: ['all-proxy-models'] }, user)).status).toBe(403);
  });

  test.each([
    [{ allowed_routes: ['llm_api_routes'] }],
    [{ permissions: { get_spend_routes: true } }],
    [{ spend: 1 }],
    [{ key_type: 'management' }],
  ])('only admins set %j', async (field) => {
    expect((await refusal(field, user)).status).toBe(403);
    await create(field);
  });

  test('a signed-in admin who names no owner creates a key of their own', async () => {
    const { session } = await makePerson(gateway, 'proxy_admin');
    const own = await gateway.send('POST', '/key/generate', { key: session, body: {} });
    expect(own.json<PresentedNewKey>().user_id).toBe(own.json<PresentedNewKey>().created_by);
    const nobody = await gateway.send('POST', '/key/generate', { key: session, body: { user_id: null } });
    expect(nobody.json<PresentedNewKey>().user_id).toBeNull();
  });
});

describeOnEachEngine('Creating team keys', (openTestStorage) => {
  let gateway: TestApp;
  let member: Caller;
  let teamAdmin: Caller;
  let outsider: Caller;

  beforeAll(async () => {
    gateway = await startTestApp({ storage: await openTestStorage(), now: () => now });
    [member, teamAdmin, outsider] = await Promise.all([
      makeCaller(gateway, 'internal_user', { max_budget: 1, models: ['small'] }),
      makeCaller(gateway, 'internal_user', { max_budget: 1 }),
      makeCaller(gateway, 'internal_user'),
    ]);
    const members_with_roles = [
      { user_id: teamAdmin.userId, role: 'admin' },
      { user_id: member.userId, role: 'user' },
    ];
    const limits = { max_budget: 50, models: ['gpt-4'], rpm_limit: 100, members_with_roles };
    await gateway.send('POST', '/team/new', { body: { team_id: 'closed', ...limits } });
    await gateway.send('POST', '/team/new', {
      body: { team_id: 'open', ...limits, team_member_permissions: ['/key/generate'] },
    });
  });
  afterAll(() => gateway.close());

  const generate = (caller: Caller, body: Record<string, unknown>) => caller.send('POST', '/key/generate', body);

  test('somebody outside the team cannot create a key in it', async () => {
    expect(errorOf(await generate(outsider, { team_id: 'open' }))).toMatchObject({
      status: 400,
      message: `User=${outsider.userId} not assigned to team=open`,
    });
  });

  test('a plain member creates keys only where the team says so', async () => {
    expect(errorOf(await generate(member, { team_id: 'closed' }))).toEqual({
      status: 401,
      message:
        "Team member does not have permissions for endpoint: /key/generate. You only have access to the following endpoints: ['/key/info', '/key/health'] for team closed. To create keys for this team, please ask your proxy admin to check the team member permission settings and update the settings to allow team member users to create keys.",
      type: 'team_member_permission_error',
      param: '/key/generate',
    });
    expect((await generate(member, { team_id: 'open' })).status).toBe(200);
  });

  test('an admin of the team creates keys, for themselves only', async () => {
    const answer = await generate(teamAdmin, { team_id: 'closed' });
    expect(answer.json<PresentedNewKey>()).toMatchObject({ team_id: 'closed', user_id: teamAdmin.userId });
    expect((await generate(teamAdmin, { team_id: 'closed', user_id: member.userId })).status).toBe(403);
  });

  test('a team’s key is measured by the team’s budget, models and limits, not by the user’s', async () => {
    expect(
      (await generate(teamAdmin, { team_id: 'closed', max_budget: 50, models: ['gpt-4'], rpm_limit: 100 })).status,
    ).toBe(200);
    for (const beyond of [{ max_budget: 51 }, { models: ['o3'] }, { rpm_limit: 101 }]) {
      const answer = await generate(teamAdmin, { team_id: 'closed', ...beyond });
      expect(answer.status, JSON.stringify(beyond)).toBe(403);
    }
  });

  test('a team that does not exist is refused, except to admins', async () => {
    expect(errorOf(await generate(member, { team_id: 'no-team' }))).toMatchObject({
      status: 400,
      message: 'Unable to find team object in database. Team ID: no-team',
    });
    expect((await gateway.send('POST', '/key/generate', { body: { team_id: 'no-team' } })).status).toBe(200);
    expect((await gateway.send('POST', '/key/generate', { body: { team_id: 'litellm-dashboard' } })).status).toBe(400);
  });
});
