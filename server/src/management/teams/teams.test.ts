import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { type Caller, errorOf, makeCaller } from '../../testing/make-caller.ts';
import { startTestApp, type TestApp } from '../../testing/start-test-app.ts';
import type { TeamWithAdditions } from './add-team-members.ts';
import type { TeamInfo } from './get-team.ts';
import type { PresentedTeam } from './present-team.ts';

/** Sunday, as in the contract's example. */
const now = Date.parse('2026-11-22T20:28:00Z');

describeOnEachEngine('Teams', (openTestStorage) => {
  let gateway: TestApp;
  let teamAdmin: Caller;
  let member: Caller;
  let outsider: Caller;
  let viewer: Caller;

  beforeAll(async () => {
    const storage = await openTestStorage();
    gateway = await startTestApp({
      storage,
      now: () => now,
      settings: {
        internalUserDefaults: {
          maxBudgetNanoUsd: 10_000_000_000,
          budgetDuration: '1mo',
          params: { userRole: null, maxBudgetNanoUsd: null, budgetDuration: null, models: [], teams: [] },
        },
      },
    });
    teamAdmin = await makeCaller(gateway, 'internal_user');
    member = await makeCaller(gateway, 'internal_user');
    outsider = await makeCaller(gateway, 'internal_user');
    viewer = await makeCaller(gateway, 'proxy_admin_viewer');
    await createTeam({
      team_id: 'dev',
      team_alias: 'Developers',
      members_with_roles: [
        { user_id: teamAdmin.userId, role: 'admin' },
        { user_id: member.userId, role: 'user' },
      ],
    });
  });
  afterAll(() => gateway.close());

  async function createTeam(body: Record<string, unknown>): Promise<PresentedTeam> {
    const answer = await gateway.send('POST', '/team/new', { body });
    expect(answer.status, answer.text).toBe(200);
    return answer.json<PresentedTeam>();
  }
  const addMember = (caller: Caller | null, body: Record<string, unknown>) =>
    caller ? caller.send('POST', '/team/member_add', body) : gateway.send('POST', '/team/member_add', { body });
  const detailOf = (answer: { json<Body>(): Body }): unknown => answer.json<{ detail: unknown }>().detail;

  test('a new team has the documented form, and its creator as admin', async () => {
    const team = await createTeam({ team_alias: 'example', models: ['gpt-4'], max_budget: 50, budget_duration: '7d' });
    expect(team).toMatchObject({
      team_alias: 'example',
      members_with_roles: [{ role: 'admin', user_id: 'default_user_id', user_email: null }],
      team_member_permissions: [],
      max_budget: 50,
      budget_duration: '7d',
      budget_reset_at: '2026-11-23T00:00:00.000Z',
      models: ['gpt-4'],
      blocked: false,
      spend: 0,
      router_settings: {},
      model_id: null,
      model_spend: {},
      model_max_budget: {},
      policies: [],
      litellm_model_table: null,
      object_permission: null,
      object_permission_id: null,
    });
  });

  test('a team tells what members have who were given nothing of their own', async () => {
    const tableOf = async (teamId: string) =>
      (await gateway.send('GET', `/team/info?team_id=${teamId}`)).json<TeamInfo>().team_info.team_member_budget_table;
    const { team_id } = await createTeam({ team_member_budget: 2.5, team_member_budget_duration: '7d' });
    expect(await tableOf(team_id)).toEqual({
      max_budget: 2.5,
      budget_duration: '7d',
      tpm_limit: null,
      rpm_limit: null,
    });
    expect(await tableOf('dev')).toBeNull();
    await gateway.send('POST', '/team/delete', { body: { team_ids: [team_id] } });
  });

  test('an id that is taken or reserved is refused', async () => {
    expect(errorOf(await gateway.send('POST', '/team/new', { body: { team_id: 'dev' } }))).toEqual({
      status: 400,
      message: 'Team id = dev already exists. Please use a different team id.',
      type: 'internal_server_error',
      param: 'None',
    });
    const reserved = errorOf(await gateway.send('POST', '/team/new', { body: { team_id: 'litellm-dashboard' } }));
    expect(reserved.status).toBe(400);
    expect(reserved.message).toMatch(/^team_id 'litellm-dashboard' is reserved/);
  });

  test('of five concurrent teams with one id exactly one is created', async () => {
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => gateway.send('POST', '/team/new', { body: { team_id: 'raced' } })),
    );
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 400, 400, 400, 400]);
  });

  test('a negative budget and an unknown permission are refused, and nothing is created', async () => {
    expect(errorOf(await gateway.send('POST', '/team/new', { body: { team_id: 'bad', max_budget: -1 } })).message).toBe(
      'max_budget cannot be negative. Received: -1',
    );
    const unknown = { team_id: 'bad', team_member_permissions: ['/everything'] };
    expect((await gateway.send('POST', '/team/new', { body: unknown })).status).toBe(422);
    expect((await gateway.send('GET', '/team/info?team_id=bad')).status).toBe(404);
  });

  test('only admins create and delete teams', async () => {
    expect((await teamAdmin.send('POST', '/team/new', {})).status).toBe(401);
    expect((await viewer.send('POST', '/team/new', {})).status).toBe(403);
    expect((await teamAdmin.send('POST', '/team/delete', { team_ids: ['dev'] })).status).toBe(401);
  });

  test('a team is shown to its members, to admins and to admin viewers', async () => {
    for (const caller of [teamAdmin, member, viewer]) {
      const answer = await caller.send('GET', '/team/info?team_id=dev');
      expect(answer.json<TeamInfo>().team_info.team_alias).toBe('Developers');
    }
    expect(errorOf(await outsider.send('GET', '/team/info?team_id=dev'))).toEqual({
      status: 403,
      message: `{'error': 'User=${outsider.userId} not authorized to access this team=dev'}`,
      type: 'auth_error',
      param: 'None',
    });
    expect(errorOf(await outsider.send('GET', '/team/info?team_id=none'))).toMatchObject({
      status: 404,
      message: "{'message': 'Team not found, passed team id: none.'}",
    });
    expect(errorOf(await member.send('GET', '/team/info'))).toMatchObject({
      status: 422,
      message: "{'message': 'Malformed request. No team id passed in.'}",
    });
  });

  test('members see their own keys and spend in a team, its admins everybody’s', async () => {
    await createTeam({
      team_id: 'private',
      members_with_roles: [
        { user_id: teamAdmin.userId, role: 'admin' },
        { user_id: member.userId, role: 'user' },
      ],
    });
    for (const caller of [teamAdmin, member]) {
      await gateway.send('POST', '/key/generate', { body: { team_id: 'private', user_id: caller.userId } });
    }
    const shown = async (caller: Caller) => (await caller.send('GET', '/team/info?team_id=private')).json<TeamInfo>();
    const seenByMember = await shown(member);
    expect(seenByMember.keys.map((key) => key.user_id)).toEqual([member.userId]);
    expect(seenByMember.team_memberships.map((membership) => membership.user_id)).toEqual([member.userId]);
    expect((await shown(teamAdmin)).keys).toHaveLength(2);
    expect((await shown(viewer)).team_memberships).toHaveLength(3);
  });

  test('everybody lists the teams they belong to, admins all of them', async () => {
    const list = async (caller: Caller, query = '') =>
      (await caller.send('GET', `/team/list${query}`)).json<PresentedTeam[]>().map((team) => team.team_id);
    expect(await list(member)).toEqual(['dev', 'private']);
    expect(await list(member, `?user_id=${member.userId}`)).toEqual(['dev', 'private']);
    expect(await list(outsider)).toEqual([]);
    expect((await list(viewer)).length).toBeGreaterThan(2);
    expect(await list(viewer, `?user_id=${member.userId}`)).toEqual(['dev', 'private']);
    const refused = await member.send('GET', `/team/list?user_id=${teamAdmin.userId}`);
    expect(refused.status).toBe(401);
    expect(detailOf(refused)).toEqual({
      error: 'Only admin users can query all teams/other teams. Your user role=internal_user',
    });
  });

  test('an admin of the team adds people, by id or by address, with a budget of their own', async () => {
    const answer = await addMember(teamAdmin, {
      team_id: 'dev',
      member: { role: 'user', user_email: outsider.email.toUpperCase() },
      max_budget_in_team: 5,
      budget_duration: '30d',
    });
    expect(answer.status, answer.text).toBe(200);
    const body = answer.json<TeamWithAdditions>();
    expect(body.members_with_roles).toContainEqual({
      role: 'user',
      user_id: outsider.userId,
      user_email: outsider.email,
    });
    expect(body.updated_users).toEqual([
      { user_id: outsider.userId, user_email: outsider.email, user_role: 'internal_user' },
    ]);
    expect(body.updated_team_memberships).toMatchObject([
      { user_id: outsider.userId, team_id: 'dev', litellm_budget_table: { max_budget: 5, budget_duration: '30d' } },
    ]);
    const row = await gateway.storage.db
      .selectFrom('team_members')
      .select('budget_reset_at')
      .where('user_id', '=', outsider.userId)
      .executeTakeFirstOrThrow();
    expect(new Date(row.budget_reset_at ?? 0).toISOString()).toBe('2026-12-01T00:00:00.000Z');
  });

  test('an unknown address becomes an internal user with the default budget, which resets', async () => {
    const answer = await addMember(null, { team_id: 'dev', member: { role: 'user', user_email: 'new@example.com' } });
    const [user] = answer.json<TeamWithAdditions>().updated_users;
    expect(user).toMatchObject({ user_email: 'new@example.com', user_role: 'internal_user' });
    const row = await gateway.storage.db
      .selectFrom('users')
      .selectAll()
      .where('user_id', '=', user?.user_id ?? '')
      .executeTakeFirstOrThrow();
    expect(row).toMatchObject({
      password_hash: null,
      max_budget_nano_usd: 10_000_000_000,
      budget_duration: '1mo',
      budget_reset_at: Date.parse('2026-12-01T00:00:00Z'),
    });
  });

  test('of ten concurrent additions of one person exactly one succeeds', async () => {
    await createTeam({ team_id: 'wanted' });
    for (const person of [{ user_id: member.userId }, { user_email: 'raced@example.com' }]) {
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => addMember(null, { team_id: 'wanted', member: { role: 'user', ...person } })),
      );
      expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
      for (const answer of answers.filter(({ status }) => status !== 200)) {
        expect(errorOf(answer)).toMatchObject({ status: 400, type: 'team_member_already_in_team' });
        expect(errorOf(answer).message).toMatch(/^User already in team\. Member: /);
      }
    }
    const people = await gateway.storage.db
      .selectFrom('users')
      .select('user_id')
      .where('user_email', '=', 'raced@example.com')
      .execute();
    expect(people).toHaveLength(1);
  });

  test('of a list those who are in the team are skipped; a list of nobody new is refused', async () => {
    const some = [
      { role: 'user', user_id: member.userId },
      { role: 'user', user_id: 'somebody-new' },
    ];
    const added = await addMember(null, { team_id: 'dev', member: some });
    expect(added.json<TeamWithAdditions>().updated_users.map((user) => user.user_id)).toEqual(['somebody-new']);
    expect(errorOf(await addMember(null, { team_id: 'dev', member: some }))).toMatchObject({
      status: 400,
      type: 'team_member_already_in_team',
      message: 'All users are already in team. Team=dev.',
    });
  });

  test('people who are not named, or named as two different people, are refused', async () => {
    expect((await addMember(null, { team_id: 'dev', member: { role: 'user' } })).status).toBe(400);
    const two = { role: 'user', user_id: member.userId, user_email: teamAdmin.email };
    expect((await addMember(null, { team_id: 'private', member: two })).status).toBe(400);
    expect((await addMember(null, { team_id: 'dev', member: [] })).status).toBe(400);
    expect((await addMember(null, { team_id: 'dev', member: { role: 'user', user_email: 'no address' } })).status).toBe(
      400,
    );
    const negative = { team_id: 'dev', member: { role: 'user', user_id: 'x' }, max_budget_in_team: -1 };
    expect((await addMember(null, negative)).status).toBe(400);
  });

  test('adding is for admins of the gateway and of the team', async () => {
    const body = { team_id: 'dev', member: { role: 'user', user_id: 'intruder' } };
    const refused = await addMember(member, body);
    expect(refused.status).toBe(403);
    expect(detailOf(refused)).toEqual({
      error: 'Call not allowed. User not proxy admin OR team admin. route=/team/member_add, team_id=dev',
    });
    expect((await addMember(viewer, body)).status).toBe(403);
    const missing = await addMember(teamAdmin, { ...body, team_id: 'none' });
    expect(missing.status).toBe(404);
    expect(detailOf(missing)).toEqual({
      error: "Team doesn't exist in db. Team=none. Create team via `/team/new` call.",
    });
  });

  test('a deleted team takes its keys and memberships with it', async () => {
    await createTeam({ team_id: 'doomed', members_with_roles: [{ user_id: member.userId, role: 'user' }] });
    const made = await gateway.send('POST', '/key/generate', { body: { team_id: 'doomed', user_id: member.userId } });
    const { key, token } = made.json<{ key: string; token: string }>();
    expect((await gateway.send('GET', '/key/info', { key })).status).toBe(200);
    const answer = await gateway.send('POST', '/team/delete', { body: { team_ids: ['doomed'] } });
    expect(answer.json()).toEqual({ deleted_teams: ['doomed'] });
    expect((await gateway.send('GET', '/key/info', { key })).status).toBe(401);
    const shown = await gateway.send('GET', `/key/info?key=${token}`);
    expect(shown.json<{ info: { status: string } }>().info.status).toBe('deleted');
    const memberships = await gateway.storage.db
      .selectFrom('team_members')
      .select('user_id')
      .where('team_id', '=', 'doomed')
      .execute();
    expect(memberships).toEqual([]);
  });

  test('of a list with a team that does not exist none is deleted', async () => {
    await createTeam({ team_id: 'kept' });
    const answer = await gateway.send('POST', '/team/delete', { body: { team_ids: ['kept', 'none'] } });
    expect(answer.status).toBe(404);
    expect(detailOf(answer)).toEqual({ error: 'Team not found, passed team_id=none' });
    expect((await gateway.send('GET', '/team/info?team_id=kept')).status).toBe(200);
    expect((await gateway.send('POST', '/team/delete', { body: { team_ids: [] } })).status).toBe(422);
  });
});
