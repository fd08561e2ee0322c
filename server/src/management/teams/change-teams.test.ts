import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { type Caller, errorOf, makeCaller } from '../../testing/make-caller.ts';
import { startTestApp, type TestAnswer, type TestApp } from '../../testing/start-test-app.ts';
import type { BulkAddition } from './bulk-add-members.ts';
import type { PresentedTeam } from './present-team.ts';

/** Sunday, as in the contract's example. */
const now = Date.parse('2026-11-22T20:28:00Z');

const noRates = { tpm_limit: null, rpm_limit: null };

describeOnEachEngine('Changing teams and their members', (openTestStorage) => {
  let gateway: TestApp;
  let teamAdmin: Caller;
  let member: Caller;
  let outsider: Caller;
  let viewer: Caller;
  let ownViewer: Caller;
  let teamId = '';
  let count = 0;

  beforeAll(async () => {
    gateway = await startTestApp({ storage: await openTestStorage(), now: () => now });
    teamAdmin = await makeCaller(gateway, 'internal_user');
    member = await makeCaller(gateway, 'internal_user');
    outsider = await makeCaller(gateway, 'internal_user');
    viewer = await makeCaller(gateway, 'proxy_admin_viewer');
    ownViewer = await makeCaller(gateway, 'internal_user_viewer');
  });
  afterAll(() => gateway.close());

  beforeEach(async () => {
    count += 1;
    teamId = `team-${count}`;
    const members_with_roles = [
      { user_id: teamAdmin.userId, role: 'admin' },
      { user_id: member.userId, role: 'user' },
      { user_id: 'default_user_id', role: 'user' },
    ];
    const body = { team_id: teamId, models: ['demo'], max_budget: 20, members_with_roles };
    expect((await gateway.send('POST', '/team/new', { body })).status).toBe(200);
  });

  const post = (caller: Caller | null, path: string, body: Record<string, unknown>) =>
    caller ? caller.send('POST', path, body) : gateway.send('POST', path, { body });
  const read = async () =>
    (await gateway.send('GET', `/team/info?team_id=${teamId}`)).json<{ team_info: PresentedTeam }>().team_info;
  const detailOf = (answer: TestAnswer) => answer.json<{ detail: { error: string } }>().detail.error;
  const budgetOf = async (userId: string) =>
    (await read()).team_memberships.find((membership) => membership.user_id === userId)?.litellm_budget_table ?? null;
  const roleOf = async (userId: string) =>
    (await read()).members_with_roles.find((person) => person.user_id === userId)?.role ?? null;
  const makeKey = async (fields: Record<string, unknown>) =>
    (await post(null, '/key/generate', { team_id: teamId, ...fields })).json<{ key: string }>().key;
  const calls = async (key: string) =>
    gateway.send('POST', '/v1/chat/completions', {
      key,
      body: { model: 'demo', messages: [{ role: 'user', content: 'hi' }] },
    });

  test('what was not sent stays, null takes a limit away', async () => {
    const answer = await post(null, '/team/update', { team_id: teamId, team_alias: 'Named', budget_duration: '7d' });
    expect(answer.json()).toMatchObject({
      team_id: teamId,
      data: { team_alias: 'Named', max_budget: 20, models: ['demo'], budget_reset_at: '2026-11-23T00:00:00.000Z' },
    });
    const patched = await gateway.send('PATCH', `/team/${teamId}`, {
      body: { max_budget: null, models: [], metadata: { a: 1 }, budget_duration: null },
    });
    expect(patched.json()).toMatchObject({
      team_alias: 'Named',
      max_budget: null,
      models: [],
      metadata: { a: 1 },
      budget_duration: null,
      budget_reset_at: null,
    });
  });

  test('bad values are refused, and nothing is changed', async () => {
    const before = await read();
    for (const body of [
      { max_budget: -1 },
      { budget_duration: 'soon' },
      { team_member_budget: -1 },
      { team_member_budget_duration: '2mo' },
      { team_member_permissions: ['/everything'] },
      { tpm_limit: -1 },
    ]) {
      expect([400, 422]).toContain((await post(null, '/team/update', { team_id: teamId, ...body })).status);
    }
    expect(errorOf(await post(null, '/team/update', { team_id: 'none' }))).toMatchObject({
      status: 404,
      message: 'Team not found, passed team_id=none',
    });
    expect(await read()).toEqual(before);
  });

  test('admins of a team change its name, its metadata and what members may do, and nothing that costs money', async () => {
    const named = await post(teamAdmin, '/team/update', { team_id: teamId, team_alias: 'Ours', metadata: { b: 2 } });
    expect(named.json()).toMatchObject({ data: { team_alias: 'Ours', metadata: { b: 2 } } });
    const before = await read();
    for (const body of [{ max_budget: 99 }, { models: [] }, { blocked: true }, { team_member_budget: 1 }]) {
      const refused = await post(teamAdmin, '/team/update', { team_id: teamId, ...body });
      expect(errorOf(refused)).toMatchObject({ status: 403 });
    }
    for (const [caller, status] of [
      [member, 403],
      [outsider, 403],
      [viewer, 403],
      [ownViewer, 401],
    ] as const) {
      expect((await post(caller, '/team/update', { team_id: teamId, team_alias: 'x' })).status).toBe(status);
      expect((await caller.send('PATCH', `/team/${teamId}`, { team_alias: 'x' })).status).toBe(status);
    }
    // Whether a stranger's team exists is not told.
    expect((await post(outsider, '/team/update', { team_id: 'none', team_alias: 'x' })).status).toBe(403);
    expect(await read()).toEqual(before);
  });

  test('a blocked team is refused at once, and works again when it is let', async () => {
    const key = await makeKey({ user_id: member.userId });
    expect((await calls(key)).status).toBe(200);
    const blocked = await post(null, '/team/block', { team_id: teamId });
    expect(blocked.json<PresentedTeam>().blocked).toBe(true);
    expect(errorOf(await calls(key))).toMatchObject({
      status: 401,
      message: `Authentication Error, Team=${teamId} is blocked. Update via \`/team/unblock\` if your admin.`,
    });
    expect((await gateway.send('GET', '/key/info', { key })).status).toBe(401);
    for (const caller of [teamAdmin, member, viewer, ownViewer]) {
      expect([401, 403]).toContain((await post(caller, '/team/unblock', { team_id: teamId })).status);
    }
    await post(null, '/team/unblock', { team_id: teamId });
    expect((await calls(key)).status).toBe(200);
    const missing = await post(null, '/team/block', { team_id: 'none' });
    expect([missing.status, detailOf(missing)]).toEqual([404, 'Team not found, passed team_id=none']);
  });

  test('models are added without narrowing, and taken without opening everything', async () => {
    const models = async (path: string, names: string[]) =>
      (await post(null, path, { team_id: teamId, models: names })).json<PresentedTeam>().models;
    expect(await models('/team/model/add', ['o3', 'demo'])).toEqual(['demo', 'o3']);
    expect(await models('/team/model/delete', ['demo', 'o3'])).toEqual(['no-default-models']);
    await post(null, '/team/update', { team_id: teamId, models: [] });
    expect(await models('/team/model/delete', ['o3'])).toEqual([]);
    expect(await models('/team/model/add', ['o3'])).toEqual(['all-proxy-models', 'o3']);
    for (const caller of [teamAdmin, viewer, ownViewer]) {
      expect([401, 403]).toContain((await post(caller, '/team/model/add', { team_id: teamId, models: ['x'] })).status);
    }
    expect((await post(null, '/team/model/add', { team_id: 'none', models: ['x'] })).status).toBe(404);
  });

  test('role and budget of a member are changed by admins of the team', async () => {
    const path = '/team/member_update';
    const answer = await post(teamAdmin, path, {
      team_id: teamId,
      user_email: member.email.toUpperCase(),
      role: 'admin',
      max_budget_in_team: 3,
      budget_duration: '30d',
    });
    expect(answer.json()).toEqual({
      team_id: teamId,
      user_id: member.userId,
      user_email: member.email,
      role: 'admin',
      max_budget_in_team: 3,
      budget_duration: '30d',
      tpm_limit: null,
      rpm_limit: null,
    });
    expect(await budgetOf(member.userId)).toEqual({ max_budget: 3, budget_duration: '30d', ...noRates });
    await post(teamAdmin, path, { team_id: teamId, user_id: member.userId, role: 'user' });
    expect([await roleOf(member.userId), await budgetOf(member.userId)]).toEqual([
      'user',
      { max_budget: 3, budget_duration: '30d', ...noRates },
    ]);
    const body = { team_id: teamId, user_id: member.userId };
    for (const caller of [member, outsider, viewer, ownViewer]) {
      expect((await post(caller, path, { ...body, max_budget_in_team: 99 })).status).toBe(403);
    }
    expect(detailOf(await post(null, path, { team_id: 'none', user_id: 'x' }))).toBe(
      'Team id=none does not exist in db',
    );
    expect((await post(teamAdmin, path, { team_id: teamId, role: 'admin' })).status).toBe(400);
    expect(detailOf(await post(teamAdmin, path, { team_id: teamId, user_id: outsider.userId, role: 'admin' }))).toMatch(
      /^User id doesn't exist in team table/,
    );
    expect((await post(teamAdmin, path, { ...body, max_budget_in_team: -1 })).status).toBe(400);
    expect((await post(teamAdmin, path, { ...body, budget_duration: 'soon' })).status).toBe(400);
    expect(await budgetOf(member.userId)).toEqual({ max_budget: 3, budget_duration: '30d', ...noRates });
  });

  test('who leaves a team takes their keys of it along, and no others', async () => {
    const inTeam = await makeKey({ user_id: member.userId });
    const ofTheTeam = await makeKey({ user_id: null });
    const personal = (await post(null, '/key/generate', { user_id: member.userId })).json<{ key: string }>().key;
    expect((await calls(inTeam)).status).toBe(200);
    const path = '/team/member_delete';
    for (const caller of [member, outsider, viewer, ownViewer]) {
      expect((await post(caller, path, { team_id: teamId, user_id: member.userId })).status).toBe(403);
    }
    const answer = await post(teamAdmin, path, { team_id: teamId, user_id: member.userId });
    expect(answer.json<PresentedTeam>().members_with_roles.map((person) => person.user_id)).not.toContain(
      member.userId,
    );
    expect([await calls(inTeam), await calls(ofTheTeam), await calls(personal)].map((call) => call.status)).toEqual([
      401, 200, 200,
    ]);
    const again = await post(teamAdmin, path, { team_id: teamId, user_id: member.userId });
    expect([again.status, detailOf(again)]).toEqual([400, 'User not found in team']);
    expect((await post(null, path, { team_id: 'none', user_id: 'x' })).status).toBe(400);
  });

  test('the last admin of a team stays, even when two leave at once', async () => {
    const leave = (userId: string) => post(null, '/team/member_delete', { team_id: teamId, user_id: userId });
    const last = await leave(teamAdmin.userId);
    expect([last.status, detailOf(last)]).toEqual([400, expect.stringContaining('is the last admin of team')]);
    const demoted = await post(teamAdmin, '/team/member_update', {
      team_id: teamId,
      user_id: teamAdmin.userId,
      role: 'user',
    });
    expect(demoted.status).toBe(400);
    await post(null, '/team/member_update', { team_id: teamId, user_id: member.userId, role: 'admin' });
    const answers = await Promise.all([leave(teamAdmin.userId), leave(member.userId)]);
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 400]);
    expect((await read()).members_with_roles.filter((person) => person.role === 'admin')).toHaveLength(1);
  });

  test('many people are added at once, each by themselves', async () => {
    const path = '/team/bulk_member_add';
    const members = [
      { role: 'user', user_id: outsider.userId },
      { role: 'user', user_id: member.userId },
      { role: 'user' },
      { role: 'admin', user_email: `bulk-${teamId}@example.com` },
    ];
    const answer = await post(teamAdmin, path, { team_id: teamId, members, max_budget_in_team: 2 });
    const result = answer.json<BulkAddition>();
    expect(result.results.map((one) => one.success)).toEqual([true, false, false, true]);
    expect(result).toMatchObject({ total_requested: 4, successful_additions: 2, failed_additions: 2 });
    expect(await budgetOf(outsider.userId)).toMatchObject({ max_budget: 2 });
    expect(result.updated_team?.members_with_roles).toHaveLength(5);
    for (const caller of [member, viewer, ownViewer]) {
      expect((await post(caller, path, { team_id: teamId, members })).status).toBe(403);
    }
    expect((await post(teamAdmin, path, { team_id: teamId, all_users: true })).status).toBe(403);
    const everybody = (await post(null, path, { team_id: teamId, all_users: true })).json<BulkAddition>();
    expect(everybody.failed_additions).toBe(0);
    expect((await read()).members_with_roles.map((person) => person.user_id)).toContain(viewer.userId);
    const tooMany = Array.from({ length: 501 }, () => ({ role: 'user', user_id: 'x' }));
    expect((await post(null, path, { team_id: teamId, members: tooMany })).status).toBe(400);
    expect((await post(null, path, { team_id: teamId, members: [] })).status).toBe(400);
    expect((await post(null, path, { team_id: 'none', members })).status).toBe(404);
  });

  test('members without a budget of their own have the team’s, and follow it', async () => {
    await post(null, '/team/member_update', { team_id: teamId, user_id: member.userId, max_budget_in_team: 9 });
    await post(null, '/team/update', { team_id: teamId, team_member_budget: 5, team_member_budget_duration: '1d' });
    expect([await budgetOf(member.userId), await budgetOf(teamAdmin.userId)]).toEqual([
      { max_budget: 9, budget_duration: null, ...noRates },
      { max_budget: 5, budget_duration: '1d', ...noRates },
    ]);
    await post(null, '/team/member_add', { team_id: teamId, member: { role: 'user', user_id: outsider.userId } });
    expect(await budgetOf(outsider.userId)).toEqual({ max_budget: 5, budget_duration: '1d', ...noRates });
    await post(null, '/team/update', { team_id: teamId, team_member_budget: 0 });
    expect(await budgetOf(outsider.userId)).toEqual({ max_budget: 0, budget_duration: '1d', ...noRates });
    expect((await calls(await makeKey({ user_id: outsider.userId }))).status).toBe(422);
    expect((await calls(await makeKey({ user_id: member.userId }))).status).toBe(200);
    await post(null, '/team/update', { team_id: teamId, team_member_budget: null });
    expect(await budgetOf(outsider.userId)).toBeNull();
  });

  test('what a member has spent is reset to less by admins of the team, and seen by the member', async () => {
    await gateway.storage.db
      .updateTable('team_members')
      .set({ spend_nano_usd: 4_000_000_000 })
      .where('team_id', '=', teamId)
      .where('user_id', '=', member.userId)
      .execute();
    const path = `/team/${teamId}/member/${member.userId}/reset_spend`;
    for (const caller of [member, outsider, viewer, ownViewer]) {
      expect((await post(caller, path, { reset_to: 0 })).status).toBe(403);
    }
    expect((await post(teamAdmin, path, { reset_to: 5 })).status).toBe(400);
    expect((await post(teamAdmin, path, { reset_to: -1 })).status).toBe(400);
    expect((await post(teamAdmin, path, { reset_to: 1 })).json()).toMatchObject({ spend: 1, previous_spend: 4 });
    const own = await member.send('GET', `/team/${teamId}/members/me`);
    expect(own.json()).toMatchObject({ user_id: member.userId, team_id: teamId, role: 'user', spend: 1 });
    for (const [caller, id] of [
      [outsider, teamId],
      [member, 'none'],
    ] as const) {
      expect((await caller.send('GET', `/team/${id}/members/me`)).status).toBe(404);
    }
  });

  test('what members may do is read and set by admins of the team', async () => {
    const list = (caller: Caller) => caller.send('GET', `/team/permissions_list?team_id=${teamId}`);
    expect((await list(teamAdmin)).json()).toMatchObject({
      team_id: teamId,
      team_member_permissions: ['/key/info', '/key/health'],
      all_available_permissions: expect.arrayContaining(['/key/generate']),
    });
    expect((await list(viewer)).status).toBe(200);
    for (const caller of [member, outsider, ownViewer]) expect((await list(caller)).status).toBe(403);
    expect((await gateway.send('GET', '/team/permissions_list?team_id=none')).status).toBe(404);
    expect((await member.send('POST', '/key/generate', { team_id: teamId })).status).toBe(401);
    const set = (caller: Caller, team_member_permissions: string[]) =>
      post(caller, '/team/permissions_update', { team_id: teamId, team_member_permissions });
    for (const caller of [member, outsider, viewer, ownViewer]) {
      expect((await set(caller, ['/key/generate'])).status).toBe(403);
    }
    expect((await set(teamAdmin, ['/everything'])).status).toBe(422);
    expect((await set(teamAdmin, ['/key/generate'])).json()).toMatchObject({
      team_member_permissions: ['/key/generate'],
    });
    expect((await member.send('POST', '/key/generate', { team_id: teamId })).status).toBe(200);
  });

  test('admins grant more to the members of many teams, all of them or none', async () => {
    const path = '/team/permissions_bulk_update';
    const grant = (caller: Caller | null, body: Record<string, unknown>) =>
      post(caller, path, { permissions: ['/key/list'], ...body });
    for (const caller of [teamAdmin, member, viewer, ownViewer]) {
      expect((await grant(caller, { team_ids: [teamId] })).status).toBe(403);
    }
    expect((await grant(null, {})).status).toBe(400);
    expect((await grant(null, { team_ids: [teamId, 'none'] })).status).toBe(404);
    expect((await grant(null, { team_ids: [teamId], permissions: ['/everything'] })).status).toBe(422);
    expect((await read()).team_member_permissions).toEqual([]);
    expect((await grant(null, { team_ids: [teamId, teamId] })).json()).toMatchObject({
      teams_updated: 1,
      permissions_appended: ['/key/list'],
    });
    expect((await read()).team_member_permissions).toEqual(['/key/info', '/key/health', '/key/list']);
    const all = (await grant(null, { apply_to_all_teams: true })).json<{ teams_updated: number }>();
    expect(all.teams_updated).toBe(count - 1);
  });
});
