import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { type Caller, errorOf, makeCaller } from '../../testing/make-caller.ts';
import { post } from '../../testing/make-key.ts';
import { makeOrganization } from '../../testing/make-organization.ts';
import { makePerson } from '../../testing/make-person.ts';
import { startTestApp, type TestAnswer, type TestApp } from '../../testing/start-test-app.ts';
import type { PresentedKey } from '../keys/present-key.ts';
import type { PresentedTeam } from '../teams/present-team.ts';
import type { PresentedUser } from '../users/present-user.ts';

const now = Date.parse('2026-11-25T15:10:30Z');

describeOnEachEngine('Admins of an organization', (openTestStorage) => {
  let gateway: TestApp;
  let orgAdmin: Caller;
  let member: Caller;
  let viewerInside: Caller;
  let outsider: Caller;
  let organizationId = '';
  let elsewhere = '';
  let count = 0;

  beforeAll(async () => {
    gateway = await startTestApp({
      storage: await openTestStorage(),
      now: () => now,
      settings: {
        internalUserDefaults: {
          params: { userRole: null, maxBudgetNanoUsd: 10_000_000_000, budgetDuration: '30d', models: [], teams: [] },
          maxBudgetNanoUsd: null,
          budgetDuration: null,
        },
      },
    });
    // The least of all roles: what an org admin may do does not depend on it.
    orgAdmin = await makeCaller(gateway, 'internal_user_viewer');
    member = await makeCaller(gateway, 'internal_user');
    viewerInside = await makeCaller(gateway, 'internal_user');
    outsider = await makeCaller(gateway, 'internal_user');
  });
  afterAll(() => gateway.close());

  beforeEach(async () => {
    organizationId = await makeOrganization(gateway, { models: ['demo'], max_budget: 20, rpm_limit: 100 });
    elsewhere = await makeOrganization(gateway);
    await post(gateway, '/organization/member_add', {
      organization_id: organizationId,
      member: [
        { user_id: orgAdmin.userId, role: 'org_admin' },
        { user_id: member.userId, role: 'internal_user' },
        { user_id: viewerInside.userId, role: 'internal_user_viewer' },
      ],
    });
  });

  const send = (caller: Caller | null, method: string, path: string, body?: unknown): Promise<TestAnswer> =>
    caller ? caller.send(method, path, body) : gateway.send(method, path, body === undefined ? {} : { body });
  const makeTeam = async (fields: Record<string, unknown> = {}): Promise<string> => {
    count += 1;
    const body = { team_id: `team-${count}`, organization_id: organizationId, ...fields };
    return String((await post(gateway, '/team/new', body))['team_id']);
  };
  const teamOf = async (teamId: string) =>
    (await gateway.send('GET', `/team/info?team_id=${teamId}`)).json<{ team_info: PresentedTeam }>().team_info;
  const makeKey = async (fields: Record<string, unknown>): Promise<string> =>
    String((await post(gateway, '/key/generate', fields))['key']);
  const keyOf = async (key: string) =>
    (await gateway.send('GET', `/key/info?key=${key}`)).json<{ info: PresentedKey }>().info;
  const call = (key: string) =>
    gateway.send('POST', '/v1/chat/completions', {
      key,
      body: { model: 'demo', messages: [{ role: 'user', content: 'hi' }] },
    });

  test('create teams of theirs, within what the organization has', async () => {
    count += 1;
    const body = { team_id: `made-${count}`, organization_id: organizationId, models: ['demo'], max_budget: 20 };
    const made = await orgAdmin.send('POST', '/team/new', body);
    expect(made.json()).toMatchObject({
      organization_id: organizationId,
      members_with_roles: [{ user_id: orgAdmin.userId, role: 'admin' }],
    });
    for (const [fields, status] of [
      [{ organization_id: null }, 403],
      [{ organization_id: elsewhere }, 403],
      [{ organization_id: 'none' }, 403],
      [{ models: ['gpt-4'] }, 400],
      [{ max_budget: 20.01 }, 400],
      [{ rpm_limit: 101 }, 400],
      [{ max_budget: -1 }, 400],
    ] as const) {
      const refused = await orgAdmin.send('POST', '/team/new', { ...body, team_id: 'refused', ...fields });
      expect(errorOf(refused).status, JSON.stringify(fields)).toBe(status);
    }
    for (const caller of [member, viewerInside, outsider]) {
      expect((await caller.send('POST', '/team/new', body)).status).toBe(401);
    }
    // The organization holds admins of the gateway too.
    for (const fields of [{ max_budget: 21 }, { organization_id: 'none' }]) {
      expect((await send(null, 'POST', '/team/new', { ...body, team_id: 'refused', ...fields })).status).toBe(400);
    }
    expect((await gateway.send('GET', '/team/info?team_id=refused')).status).toBe(404);
  });

  test('change and delete the teams of their organizations, and no others', async () => {
    const teamId = await makeTeam({ max_budget: 5 });
    const changed = await orgAdmin.send('POST', '/team/update', { team_id: teamId, max_budget: 7, models: ['demo'] });
    expect(changed.json()).toMatchObject({
      data: { max_budget: 7, models: ['demo'], organization_id: organizationId },
    });
    for (const [fields, status] of [
      [{ max_budget: 21 }, 400],
      [{ models: ['gpt-4'] }, 400],
      [{ organization_id: '' }, 403],
      [{ organization_id: elsewhere }, 403],
    ] as const) {
      const refused = await orgAdmin.send('POST', '/team/update', { team_id: teamId, ...fields });
      expect(refused.status, JSON.stringify(fields)).toBe(status);
    }
    expect([401, 403]).toContain((await orgAdmin.send('POST', '/team/block', { team_id: teamId })).status);
    for (const caller of [member, viewerInside, outsider]) {
      expect((await caller.send('POST', '/team/update', { team_id: teamId, max_budget: 1 })).status).toBe(403);
      expect((await caller.send('POST', '/team/delete', { team_ids: [teamId] })).status).toBe(401);
    }
    expect(await teamOf(teamId)).toMatchObject({ max_budget: 7, models: ['demo'], organization_id: organizationId });

    // To belong to a team of another organization, or to administer it, is not to own it.
    const foreign = await makeTeam({
      organization_id: elsewhere,
      members_with_roles: [{ user_id: orgAdmin.userId, role: 'admin' }],
    });
    expect((await orgAdmin.send('POST', '/team/update', { team_id: foreign, max_budget: 1 })).status).toBe(403);
    expect((await orgAdmin.send('POST', '/team/delete', { team_ids: [foreign] })).status).toBe(403);
    const stranger = await makeTeam({ organization_id: elsewhere });
    expect((await orgAdmin.send('POST', '/team/update', { team_id: stranger, max_budget: 1 })).status).toBe(403);
    expect((await orgAdmin.send('POST', '/team/delete', { team_ids: [teamId, stranger] })).status).toBe(404);
    expect((await orgAdmin.send('POST', '/team/delete', { team_ids: [teamId] })).json()).toEqual({
      deleted_teams: [teamId],
    });
  });

  test('move a team between two organizations only if they administer both', async () => {
    const teamId = await makeTeam({ max_budget: 15 });
    await post(gateway, '/organization/member_add', {
      organization_id: elsewhere,
      member: { user_id: orgAdmin.userId, role: 'org_admin' },
    });
    const moved = await orgAdmin.send('POST', '/team/update', { team_id: teamId, organization_id: elsewhere });
    expect(moved.json()).toMatchObject({ data: { organization_id: elsewhere } });
    await post(gateway, '/team/update', { team_id: teamId, max_budget: 30 });
    // What it has meanwhile is too much for the other.
    const back = await orgAdmin.send('POST', '/team/update', { team_id: teamId, organization_id: organizationId });
    expect(back.status).toBe(400);
    expect((await teamOf(teamId)).organization_id).toBe(elsewhere);
  });

  test('see their teams, and lists narrow to an organization or to none', async () => {
    const teamId = await makeTeam();
    const foreign = await makeTeam({ organization_id: elsewhere });
    const free = await makeTeam({ organization_id: null });
    const idsIn = async (caller: Caller | null, path: string) => {
      const answer = (await send(caller, 'GET', path)).json<PresentedTeam[] | { teams: PresentedTeam[] }>();
      return ('teams' in answer ? answer.teams : answer).map((team) => team.team_id);
    };
    for (const path of ['/team/list?', '/v2/team/list?page_size=100&']) {
      expect(await idsIn(orgAdmin, path)).toContain(teamId);
      expect(await idsIn(orgAdmin, path)).not.toContain(foreign);
      expect(await idsIn(orgAdmin, `${path}organization_id=${elsewhere}`)).toEqual([]);
      expect(await idsIn(null, `${path}organization_id=${organizationId}`)).toEqual([teamId]);
      expect(await idsIn(null, `${path}organization_id=default_organization`)).toContain(free);
      expect(await idsIn(null, `${path}organization_id=default_organization`)).not.toContain(teamId);
      expect(await idsIn(member, path)).not.toContain(teamId);
    }
    expect((await orgAdmin.send('GET', `/team/info?team_id=${teamId}`)).status).toBe(200);
    expect((await orgAdmin.send('GET', `/team/info?team_id=${foreign}`)).status).toBe(403);
  });

  test('manage the members of their teams', async () => {
    const teamId = await makeTeam();
    const foreign = await makeTeam({ organization_id: elsewhere });
    const joining = (id: string) => ({ team_id: id, member: { user_id: outsider.userId, role: 'user' } });
    expect((await orgAdmin.send('POST', '/team/member_add', joining(teamId))).status).toBe(200);
    expect((await orgAdmin.send('POST', '/team/member_add', joining(foreign))).status).toBe(403);
    const budget = { team_id: teamId, user_id: outsider.userId, max_budget_in_team: 2 };
    expect((await orgAdmin.send('POST', '/team/member_update', budget)).json()).toMatchObject({
      max_budget_in_team: 2,
    });
    const permissions = { team_id: teamId, team_member_permissions: ['/key/generate'] };
    expect((await orgAdmin.send('POST', '/team/permissions_update', permissions)).status).toBe(200);
    const leaving = { team_id: teamId, user_id: outsider.userId };
    expect((await orgAdmin.send('POST', '/team/member_delete', leaving)).status).toBe(200);
  });

  test('see, change, block and delete the keys of their teams, and make their own', async () => {
    const teamId = await makeTeam({ members_with_roles: [{ user_id: member.userId, role: 'user' }] });
    const key = await makeKey({ user_id: member.userId, team_id: teamId });
    expect((await keyOf(key)).organization_id).toBe(organizationId);
    const listed = await orgAdmin.send('GET', `/key/list?organization_id=${organizationId}&return_full_object=true`);
    expect(listed.json<{ keys: PresentedKey[] }>().keys).toMatchObject([
      { user_id: member.userId, organization_id: organizationId },
    ]);
    expect((await orgAdmin.send('GET', `/key/info?key=${key}`)).status).toBe(200);
    expect((await orgAdmin.send('POST', '/key/update', { key, max_budget: 3 })).json()).toMatchObject({
      max_budget: 3,
    });
    expect((await orgAdmin.send('POST', '/key/block', { key })).status).toBe(200);
    expect((await orgAdmin.send('POST', '/key/unblock', { key })).status).toBe(200);
    expect((await orgAdmin.send('POST', '/key/generate', { team_id: teamId })).status).toBe(200);
    expect((await orgAdmin.send('POST', '/key/service-account/generate', { team_id: teamId })).status).toBe(200);
    const foreignTeam = await makeTeam({ organization_id: elsewhere });
    const foreign = await makeKey({ team_id: foreignTeam });
    for (const [path, body] of [
      ['/key/update', { key: foreign, max_budget: 3 }],
      ['/key/block', { key: foreign }],
      ['/key/delete', { keys: [foreign] }],
    ] as const) {
      expect((await orgAdmin.send('POST', path, body)).status, path).toBe(403);
    }
    expect((await orgAdmin.send('POST', '/key/generate', { team_id: foreignTeam })).status).toBe(400);
    expect((await outsider.send('GET', `/key/list?organization_id=${organizationId}`)).status).toBe(403);
    expect((await orgAdmin.send('POST', '/key/delete', { keys: [key] })).status).toBe(200);
  });

  test('have members make keys of the organization without a team, within its limits', async () => {
    const make = (caller: Caller | null, fields: Record<string, unknown> = {}) =>
      send(caller, 'POST', '/key/generate', { organization_id: organizationId, ...fields });
    const made = await make(member, { models: ['demo'] });
    expect(made.json()).toMatchObject({ organization_id: organizationId, user_id: member.userId, team_id: null });
    for (const [caller, fields, status] of [
      [outsider, {}, 403],
      [viewerInside, {}, 403],
      [member, { organization_id: elsewhere }, 403],
      [member, { models: ['gpt-4'] }, 400],
      [member, { rpm_limit: 101 }, 400],
      [null, { organization_id: 'none' }, 400],
      [null, { max_budget: 21 }, 400],
    ] as const) {
      expect((await make(caller, fields)).status, JSON.stringify(fields)).toBe(status);
    }
    const key = made.json<{ key: string }>().key;
    expect((await call(key)).status).toBe(200);
    expect((await orgAdmin.send('POST', '/key/block', { key })).status).toBe(200);
    expect((await call(key)).status).toBe(401);
    expect((await outsider.send('POST', '/key/delete', { keys: [key] })).status).toBe(403);
    expect((await orgAdmin.send('POST', '/key/delete', { keys: [key] })).status).toBe(200);
  });

  test('keep what entered the organization: owners put keys in, and only admins of the gateway take them out', async () => {
    const key = String((await member.send('POST', '/key/generate', {})).json()['key']);
    const update = (caller: Caller | null, fields: Record<string, unknown>) =>
      send(caller, 'POST', '/key/update', { key, ...fields });
    expect((await update(member, { organization_id: elsewhere })).status).toBe(403);
    expect((await update(member, { organization_id: organizationId })).json()).toMatchObject({
      organization_id: organizationId,
    });
    for (const caller of [member, orgAdmin]) {
      for (const organization_id of ['', elsewhere]) {
        expect((await update(caller, { organization_id })).status).toBe(403);
      }
    }
    expect((await update(null, { models: ['gpt-4'] })).status).toBe(400);
    expect((await update(member, { key_alias: `renamed-${count}` })).status).toBe(200);
    const teamId = await makeTeam({
      organization_id: elsewhere,
      members_with_roles: [{ user_id: member.userId, role: 'admin' }],
    });
    // A team's key belongs where the team does.
    expect((await update(null, { team_id: teamId, organization_id: organizationId })).status).toBe(400);
    expect((await update(null, { team_id: teamId })).json()).toMatchObject({ organization_id: elsewhere });
    expect((await update(null, { team_id: null })).json()).toMatchObject({ organization_id: null });
    expect((await update(null, { organization_id: organizationId })).status).toBe(200);
    expect((await update(null, { organization_id: null })).json()).toMatchObject({ organization_id: null });
  });

  test('add people to their organization, with no more than everybody gets', async () => {
    const add = (caller: Caller | null, fields: Record<string, unknown>) => {
      count += 1;
      return send(caller, 'POST', '/user/new', { user_id: `added-${count}`, ...fields });
    };
    const teamId = await makeTeam();
    const added = await add(orgAdmin, { organizations: [organizationId], teams: [teamId], user_alias: 'New' });
    expect(added.json()).toMatchObject({
      organization_id: organizationId,
      user_role: 'internal_user',
      teams: [teamId],
      max_budget: 10,
    });
    const less = await add(orgAdmin, { organization_id: organizationId, max_budget: 1, auto_create_key: false });
    expect(less.json()).toMatchObject({ max_budget: 1 });
    const foreignTeam = await makeTeam({ organization_id: elsewhere });
    for (const fields of [
      {},
      { organizations: [elsewhere] },
      { organizations: [organizationId, elsewhere] },
      { organizations: [organizationId], teams: [foreignTeam] },
      { organizations: [organizationId], team_id: 'none' },
      { organizations: [organizationId], user_role: 'proxy_admin' },
      { organizations: [organizationId], user_role: 'proxy_admin_viewer' },
      { organizations: [organizationId], max_budget: 11 },
      { organizations: [organizationId], budget_duration: '1d' },
      { organizations: [organizationId], spend: 1 },
    ]) {
      expect((await add(orgAdmin, fields)).status, JSON.stringify(fields)).toBe(403);
    }
    for (const caller of [member, outsider]) {
      expect((await add(caller, { organizations: [organizationId] })).status).toBe(401);
    }
    expect((await add(null, { organizations: ['none'] })).status).toBe(404);
    expect((await gateway.send('GET', `/user/info?user_id=added-${count}`)).status).toBe(404);
  });

  test('see the people of their organization, and of these what concerns it', async () => {
    await makeTeam({ organization_id: elsewhere, members_with_roles: [{ user_id: member.userId, role: 'user' }] });
    const teamId = await makeTeam({ members_with_roles: [{ user_id: member.userId, role: 'user' }] });
    const listed = await orgAdmin.send('GET', `/user/list?organization_ids=${organizationId}`);
    const users = listed.json<{ users: PresentedUser[] }>().users;
    expect(users.map((user) => user.user_id).sort()).toEqual(
      [orgAdmin.userId, member.userId, viewerInside.userId].sort(),
    );
    const shown = users.find((user) => user.user_id === member.userId);
    expect(shown?.teams).toContain(teamId);
    expect(listed.text).not.toContain(elsewhere);
    const everybody = await orgAdmin.send('GET', '/user/list?page_size=100');
    expect(everybody.text).not.toContain(`"${outsider.userId}"`);
    expect((await orgAdmin.send('GET', `/v2/user/info?user_id=${member.userId}`)).status).toBe(200);
    expect((await orgAdmin.send('GET', `/v2/user/info?user_id=${outsider.userId}`)).status).toBe(404);
    // Keys and teams of a person are for the person and for admins of the gateway.
    expect((await orgAdmin.send('GET', `/user/info?user_id=${member.userId}`)).status).toBe(403);
    const found = await orgAdmin.send('GET', '/user/filter/ui');
    expect(found.text).toContain(member.userId);
    expect(found.text).not.toContain(`"${outsider.userId}"`);
    expect((await member.send('GET', '/user/list')).status).toBe(403);
    const none = await send(null, 'GET', `/user/list?organization_ids=${elsewhere}`);
    expect(none.json<{ total: number }>().total).toBe(0);
  });

  test('delete and invite only those whose account was made in their organization', async () => {
    count += 1;
    const made = `made-here-${count}`;
    await orgAdmin.send('POST', '/user/new', {
      user_id: made,
      organizations: [organizationId],
      auto_create_key: false,
    });
    const invited = await orgAdmin.send('POST', '/invitation/new', { user_id: made });
    expect(invited.status, invited.text).toBe(200);
    for (const user_id of [member.userId, outsider.userId, 'default_user_id']) {
      expect((await orgAdmin.send('POST', '/invitation/new', { user_id })).status).toBe(400);
      expect([400, 403, 404]).toContain((await orgAdmin.send('POST', '/user/delete', { user_ids: [user_id] })).status);
      expect([400, 403, 404]).toContain(
        (await orgAdmin.send('GET', `/user/delete_preview?user_ids=${user_id}`)).status,
      );
    }
    const { id } = invited.json<{ id: string }>();
    const foreign = await post(gateway, '/invitation/new', { user_id: member.userId });
    expect((await orgAdmin.send('POST', '/invitation/delete', { invitation_id: foreign['id'] })).status).not.toBe(200);
    expect((await orgAdmin.send('POST', '/invitation/delete', { invitation_id: id })).status).toBe(200);
    expect((await orgAdmin.send('POST', '/user/delete', { user_ids: [made] })).json()).toBe(1);
  });

  test('make no link for somebody who has signed in: it would set their password', async () => {
    const person = await makePerson(gateway, 'internal_user', { organizations: [organizationId] });
    const refused = await orgAdmin.send('POST', '/invitation/new', { user_id: person.userId });
    expect(refused.status).toBe(400);
    expect(refused.text).toContain('has signed in before');
  });

  test('see what their organization has paid for, whatever has become of its teams since', async () => {
    const teamId = await makeTeam();
    const key = await makeKey({ team_id: teamId });
    expect((await call(key)).status).toBe(200);
    await gateway.flush();
    await post(gateway, '/team/update', { team_id: teamId, organization_id: elsewhere });
    const dates = 'start_date=2026-11-25&end_date=2026-11-25';
    const activity = async (caller: Caller | null, query = '') => {
      const answer = await send(caller, 'GET', `/organization/daily/activity?${dates}${query}`);
      expect(answer.status, answer.text).toBe(200);
      return answer.json<{
        metadata: { total_api_requests: number; total_spend: number };
        results: { breakdown: { entities: Record<string, unknown> } }[];
      }>();
    };
    for (const caller of [null, orgAdmin]) {
      const { metadata, results } = await activity(caller, `&organization_ids=${organizationId}`);
      expect(metadata.total_api_requests).toBe(1);
      expect(metadata.total_spend).toBeGreaterThan(0);
      expect(Object.keys(results[0]?.breakdown.entities ?? {})).toEqual([organizationId]);
    }
    expect((await activity(orgAdmin)).results[0]?.breakdown.entities).toHaveProperty(organizationId);
    expect(
      (await activity(null, `&exclude_organization_ids=${organizationId}`)).results[0]?.breakdown.entities,
    ).not.toHaveProperty(organizationId);
    expect((await activity(null, `&organization_ids=${elsewhere}`)).metadata.total_api_requests).toBe(0);
    const path = `/organization/daily/activity?${dates}`;
    expect((await orgAdmin.send('GET', `${path}&organization_ids=${elsewhere}`)).status).toBe(403);
    expect((await member.send('GET', path)).status).toBe(401);
    expect((await gateway.send('GET', '/organization/daily/activity')).status).toBe(400);
    const teamPath = `/team/daily/activity?${dates}&team_ids=${teamId}`;
    expect((await orgAdmin.send('GET', teamPath)).status).toBe(403);
    const logs = `/spend/logs/v2?${dates}&team_id=${await makeTeam()}`;
    expect((await orgAdmin.send('GET', logs)).status).toBe(200);
    expect((await outsider.send('GET', logs)).status).toBe(403);
  });

  test('are told so in their session', async () => {
    const person = await makePerson(gateway, 'internal_user');
    await post(gateway, '/organization/member_add', {
      organization_id: organizationId,
      member: { user_id: person.userId, role: 'org_admin' },
    });
    const session = await person.send('GET', '/ui/session');
    expect(session.json()).toMatchObject({
      role: 'internal_user',
      capabilities: { 'team:create': 'organization', 'organization:update-members': 'organization' },
    });
    expect(session.json<{ capabilities: Record<string, string> }>().capabilities['organization:create']).toBe(
      undefined,
    );
  });
});
