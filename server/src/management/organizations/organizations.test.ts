import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { type Caller, errorOf, makeCaller } from '../../testing/make-caller.ts';
import { post } from '../../testing/make-key.ts';
import { makeOrganization } from '../../testing/make-organization.ts';
import { startTestApp, type TestAnswer, type TestApp } from '../../testing/start-test-app.ts';
import type { PresentedOrganizationWithMembers } from './present-organization.ts';

/** Sunday. */
const now = Date.parse('2026-11-22T20:28:00Z');

describeOnEachEngine('Organizations', (openTestStorage) => {
  let gateway: TestApp;
  let orgAdmin: Caller;
  let member: Caller;
  let outsider: Caller;
  let viewer: Caller;
  let organizationId = '';
  let count = 0;

  beforeAll(async () => {
    gateway = await startTestApp({ storage: await openTestStorage(), now: () => now });
    orgAdmin = await makeCaller(gateway, 'internal_user');
    member = await makeCaller(gateway, 'internal_user');
    outsider = await makeCaller(gateway, 'internal_user');
    viewer = await makeCaller(gateway, 'proxy_admin_viewer');
  });
  afterAll(() => gateway.close());

  beforeEach(async () => {
    count += 1;
    organizationId = await makeOrganization(gateway, { models: ['gpt'], max_budget: 20, tpm_limit: 100 });
    await post(gateway, '/organization/member_add', {
      organization_id: organizationId,
      member: [
        { user_id: orgAdmin.userId, role: 'org_admin' },
        { user_id: member.userId, role: 'internal_user' },
      ],
    });
  });

  const send = (caller: Caller | null, method: string, path: string, body?: unknown): Promise<TestAnswer> =>
    caller ? caller.send(method, path, body) : gateway.send(method, path, body === undefined ? {} : { body });
  const read = async (id = organizationId): Promise<PresentedOrganizationWithMembers> =>
    (await gateway.send('GET', `/organization/info?organization_id=${id}`)).json();
  const detailOf = (answer: TestAnswer) => answer.json<{ detail: { error: string } }>().detail.error;
  const statusesOf = async (callers: readonly (Caller | null)[], method: string, path: string, body?: unknown) => {
    const statuses: number[] = [];
    for (const caller of callers) statuses.push((await send(caller, method, path, body)).status);
    return statuses;
  };
  const makeTeam = async (fields: Record<string, unknown> = {}): Promise<string> => {
    count += 1;
    const body = { team_id: `team-${count}`, organization_id: organizationId, ...fields };
    return String((await post(gateway, '/team/new', body))['team_id']);
  };
  const makeKey = async (fields: Record<string, unknown>): Promise<string> =>
    String((await post(gateway, '/key/generate', fields))['key']);

  test('are made with limits that become a budget of their own, or share one that exists', async () => {
    const made = await gateway.send('POST', '/organization/new', {
      body: {
        organization_alias: 'Research',
        max_budget: 5,
        rpm_limit: 7,
        budget_duration: '30d',
        models: ['gpt', 'openai/*'],
        metadata: { cost_center: 7 },
      },
    });
    expect(made.json()).toMatchObject({
      organization_alias: 'Research',
      models: ['gpt', 'openai/*'],
      metadata: { cost_center: 7 },
      spend: 0,
      created_by: 'default_user_id',
      litellm_budget_table: {
        max_budget: 5,
        rpm_limit: 7,
        tpm_limit: null,
        budget_duration: '30d',
        budget_reset_at: '2026-12-22T20:28:00.000Z',
      },
    });
    const { budget_id } = made.json<{ budget_id: string }>();
    const sharing = await gateway.send('POST', '/organization/new', {
      body: { organization_alias: 'Sharing', budget_id },
    });
    expect(sharing.json()).toMatchObject({ budget_id, litellm_budget_table: { max_budget: 5 } });
    const unlimited = await gateway.send('POST', '/organization/new', { body: { organization_alias: 'Free' } });
    expect(unlimited.json()).toMatchObject({ models: [], litellm_budget_table: { max_budget: null } });
  });

  test('are not made from bad input, and not by anybody but admins of the gateway', async () => {
    const countAll = async () => (await gateway.send('GET', '/organization/list')).json<unknown[]>().length;
    const before = await countAll();
    for (const body of [
      {},
      { organization_alias: ' ' },
      { organization_alias: 'x', max_budget: -1 },
      { organization_alias: 'x', budget_duration: 'soon' },
      { organization_alias: 'x', tpm_limit: -1 },
      { organization_alias: 'x', budget_id: 'none' },
      { organization_alias: 'x', budget_id: (await read()).budget_id, max_budget: 1 },
      { organization_alias: 'x', organization_id: organizationId },
      { organization_alias: 'x', organization_id: 'default_organization' },
    ]) {
      expect([400, 422]).toContain((await gateway.send('POST', '/organization/new', { body })).status);
    }
    const callers = [orgAdmin, member, outsider, viewer];
    expect(await statusesOf(callers, 'POST', '/organization/new', { organization_alias: 'x' })).toEqual([
      401, 401, 401, 403,
    ]);
    expect(await countAll()).toBe(before);
  });

  test('are listed whole to admins, and to their members with what is their own', async () => {
    const mine = await makeTeam({ members_with_roles: [{ user_id: member.userId, role: 'user' }] });
    const others = await makeTeam();
    const list = async (caller: Caller | null, query = `?org_id=${organizationId}`) =>
      (await send(caller, 'GET', `/organization/list${query}`)).json<PresentedOrganizationWithMembers[]>();
    for (const caller of [null, viewer, orgAdmin]) {
      const [found] = await list(caller);
      expect(found?.members.map((one) => [one.user_id, one.user_role, one.user_email]).sort()).toEqual(
        [
          [member.userId, 'internal_user', member.email],
          [orgAdmin.userId, 'org_admin', orgAdmin.email],
        ].sort(),
      );
      expect(found?.teams.map((team) => team.team_id).sort()).toEqual([mine, others].sort());
      expect(found?.teams[0]?.organization_id).toBe(organizationId);
    }
    const [own] = await list(member);
    expect(own?.members.map((one) => one.user_id)).toEqual([member.userId]);
    expect(own?.teams.map((team) => team.team_id)).toEqual([mine]);
    expect(await list(outsider)).toEqual([]);
    expect(await list(outsider, '')).toEqual([]);
    expect((await list(null, '?org_alias=ORGANIZATION')).length).toBeGreaterThan(0);
    expect(await list(null, '?org_alias=%25')).toEqual([]);
  });

  test('are read one by one by their admins and by those who see everything', async () => {
    const path = `/organization/info?organization_id=${organizationId}`;
    expect(await statusesOf([null, viewer, orgAdmin, member, outsider], 'GET', path)).toEqual([
      200, 200, 200, 401, 401,
    ]);
    const elsewhere = await makeOrganization(gateway);
    // Whether a stranger's organization exists is not told.
    for (const id of [elsewhere, 'none']) {
      expect((await orgAdmin.send('GET', `/organization/info?organization_id=${id}`)).status).toBe(403);
    }
    expect((await gateway.send('GET', '/organization/info?organization_id=none')).status).toBe(404);
    const many = await orgAdmin.send('POST', '/organization/info', {
      organizations: [organizationId, elsewhere, 'none'],
    });
    expect(many.json<PresentedOrganizationWithMembers[]>().map((one) => one.organization_id)).toEqual([organizationId]);
  });

  test('change by a merge patch: what was not sent stays, null takes a limit away', async () => {
    const before = await read();
    const patched = await gateway.send('PATCH', '/organization/update', {
      body: {
        organization_id: organizationId,
        organization_alias: 'Renamed',
        max_budget: null,
        rpm_limit: 3,
        spend: 2,
      },
    });
    expect(patched.json()).toMatchObject({
      organization_alias: 'Renamed',
      models: ['gpt'],
      spend: 2,
      budget_id: before.budget_id,
      litellm_budget_table: { max_budget: null, rpm_limit: 3, tpm_limit: 100 },
    });
    const changed = await read();
    for (const body of [
      { organization_alias: '' },
      { max_budget: -1 },
      { budget_id: 'none' },
      { budget_id: before.budget_id, max_budget: 1 },
      { budget_duration: 'soon' },
      { spend: -1 },
    ]) {
      const refused = await gateway.send('PATCH', '/organization/update', {
        body: { organization_id: organizationId, ...body },
      });
      expect([400, 422], JSON.stringify(body)).toContain(refused.status);
    }
    const callers = [orgAdmin, member, outsider, viewer];
    const body = { organization_id: organizationId, organization_alias: 'x' };
    expect(await statusesOf(callers, 'PATCH', '/organization/update', body)).toEqual([401, 401, 401, 403]);
    expect(await read()).toEqual(changed);
    const unknown = await gateway.send('PATCH', '/organization/update', { body: { organization_id: 'none' } });
    expect(unknown.status).toBe(404);
  });

  test('that share a budget get one of their own when their limits change, and the others keep theirs', async () => {
    const { budget_id } = await read();
    const sharing = await makeOrganization(gateway, { budget_id });
    await gateway.send('PATCH', '/organization/update', { body: { organization_id: sharing, max_budget: 1 } });
    expect((await read(sharing)).litellm_budget_table).toMatchObject({ max_budget: 1, tpm_limit: 100 });
    expect((await read(sharing)).budget_id).not.toBe(budget_id);
    expect((await read()).litellm_budget_table).toMatchObject({ budget_id, max_budget: 20, tpm_limit: 100 });
  });

  test('take people in, whom nobody knows as internal users whose account is theirs', async () => {
    const added = await orgAdmin.send('POST', '/organization/member_add', {
      organization_id: organizationId,
      member: [
        { user_email: `new-${count}@example.com`, role: 'internal_user_viewer' },
        { user_id: member.userId, role: 'org_admin' },
      ],
      max_budget_in_organization: 3,
    });
    const answer = added.json<{
      updated_users: { user_id: string; user_role: string }[];
      updated_organization_memberships: unknown[];
    }>();
    expect(answer.updated_users).toEqual([expect.objectContaining({ user_role: 'internal_user' })]);
    expect(answer.updated_organization_memberships).toEqual([
      expect.objectContaining({
        organization_id: organizationId,
        user_role: 'internal_user_viewer',
        user_email: `new-${count}@example.com`,
        spend: 0,
        litellm_budget_table: { max_budget: 3 },
      }),
    ]);
    const newcomer = answer.updated_users[0]?.user_id ?? '';
    const shown = await gateway.send('GET', `/user/info?user_id=${newcomer}`);
    expect(shown.json()).toMatchObject({
      user_info: {
        organization_id: organizationId,
        organization_memberships: [{ organization_id: organizationId, user_role: 'internal_user_viewer' }],
      },
    });
    // Who was in it already stays as they are.
    expect((await read()).members.find((one) => one.user_id === member.userId)?.user_role).toBe('internal_user');
  });

  test('take nobody in twice, by halves, or from somebody who may not', async () => {
    const before = await read();
    const again = { user_id: member.userId, role: 'internal_user' };
    for (const body of [
      { member: again },
      { member: [again] },
      { member: [] },
      { member: { role: 'internal_user' } },
      { member: { user_id: 'x', role: 'proxy_admin' } },
      { member: { user_id: member.userId, user_email: orgAdmin.email, role: 'internal_user' } },
      { member: { user_id: 'somebody-new', role: 'internal_user' }, max_budget_in_organization: -1 },
      { member: [{ user_id: 'somebody-new', role: 'internal_user' }, { role: 'org_admin' }] },
    ]) {
      const refused = await gateway.send('POST', '/organization/member_add', {
        body: { organization_id: organizationId, ...body },
      });
      expect([400, 422], JSON.stringify(body)).toContain(refused.status);
    }
    const elsewhere = await makeOrganization(gateway);
    const member_ = { user_id: outsider.userId, role: 'org_admin' };
    const callers = [member, outsider, viewer];
    const body = { organization_id: organizationId, member: member_ };
    expect(await statusesOf(callers, 'POST', '/organization/member_add', body)).toEqual([401, 401, 403]);
    const foreign = { organization_id: elsewhere, member: member_ };
    expect((await orgAdmin.send('POST', '/organization/member_add', foreign)).status).toBe(403);
    const unknown = await gateway.send('POST', '/organization/member_add', {
      body: { organization_id: 'none', member: member_ },
    });
    expect(unknown.status).toBe(404);
    expect(await read()).toEqual(before);
    expect((await gateway.send('GET', '/user/info?user_id=somebody-new')).status).toBe(404);
  });

  test('let their admins change what a member is, at once', async () => {
    const update = (caller: Caller | null, fields: Record<string, unknown>) =>
      send(caller, 'PATCH', '/organization/member_update', { organization_id: organizationId, ...fields });
    const changed = await update(orgAdmin, {
      user_email: member.email,
      role: 'org_admin',
      max_budget_in_organization: 4,
    });
    expect(changed.json()).toMatchObject({ user_role: 'org_admin', litellm_budget_table: { max_budget: 4 } });
    const path = `/organization/info?organization_id=${organizationId}`;
    expect((await member.send('GET', path)).status).toBe(200);
    const back = await update(member, {
      user_id: member.userId,
      role: 'internal_user',
      max_budget_in_organization: null,
    });
    expect(back.json()).toMatchObject({ user_role: 'internal_user', litellm_budget_table: null });
    expect((await member.send('GET', path)).status).toBe(401);
    expect((await update(member, { user_id: member.userId, role: 'org_admin' })).status).toBe(401);
    expect((await update(orgAdmin, { user_id: outsider.userId, role: 'org_admin' })).status).toBe(400);
    expect((await update(orgAdmin, { role: 'org_admin' })).status).toBe(400);
    expect((await update(orgAdmin, { user_id: member.userId, role: 'proxy_admin' })).status).toBe(422);
  });

  test('let their admins take somebody out, with the keys that they made of the organization', async () => {
    const key = await makeKey({ user_id: member.userId, organization_id: organizationId, models: ['gpt'] });
    const other = await makeKey({ user_id: member.userId });
    const removal = { organization_id: organizationId, user_id: member.userId };
    expect(await statusesOf([member, outsider, viewer], 'DELETE', '/organization/member_delete', removal)).toEqual([
      401, 401, 403,
    ]);
    const removed = await orgAdmin.send('DELETE', '/organization/member_delete', removal);
    expect(removed.json()).toMatchObject({ user_id: member.userId, user_role: 'internal_user' });
    expect((await read()).members.map((one) => one.user_id)).toEqual([orgAdmin.userId]);
    expect((await gateway.send('GET', '/key/info', { key })).status).toBe(401);
    expect((await gateway.send('GET', '/key/info', { key: other })).status).toBe(200);
    expect((await orgAdmin.send('DELETE', '/organization/member_delete', removal)).status).toBe(400);
  });

  test('go with their teams, all keys of theirs and their memberships; people and their other keys stay', async () => {
    const teamId = await makeTeam({ members_with_roles: [{ user_id: member.userId, role: 'user' }] });
    const elsewhere = await makeOrganization(gateway);
    const [ofTeam, ofOrganization, own] = [
      await makeKey({ user_id: member.userId, team_id: teamId }),
      await makeKey({ user_id: member.userId, organization_id: organizationId }),
      await makeKey({ user_id: member.userId }),
    ];
    const deletion = { organization_ids: [organizationId] };
    expect(await statusesOf([member, outsider, viewer], 'DELETE', '/organization/delete', deletion)).toEqual([
      401, 401, 403,
    ]);
    // All of them or none.
    const both = { organization_ids: [organizationId, elsewhere] };
    expect((await orgAdmin.send('DELETE', '/organization/delete', both)).status).toBe(403);
    const unknown = { organization_ids: [organizationId, 'none'] };
    expect((await send(null, 'DELETE', '/organization/delete', unknown)).status).toBe(404);
    expect((await send(null, 'DELETE', '/organization/delete', { organization_ids: [] })).status).toBe(422);
    expect((await read()).teams).toHaveLength(1);

    const deleted = await orgAdmin.send('DELETE', '/organization/delete', deletion);
    expect(deleted.status, deleted.text).toBe(200);
    expect(deleted.json()).toMatchObject([{ organization_id: organizationId, teams: [{ team_id: teamId }] }]);
    expect((await gateway.send('GET', `/organization/info?organization_id=${organizationId}`)).status).toBe(404);
    expect((await gateway.send('GET', `/team/info?team_id=${teamId}`)).status).toBe(404);
    for (const key of [ofTeam, ofOrganization])
      expect((await gateway.send('GET', '/key/info', { key })).status).toBe(401);
    expect((await gateway.send('GET', '/key/info', { key: own })).status).toBe(200);
    const left = await gateway.send('GET', `/user/info?user_id=${member.userId}`);
    expect(left.text).not.toContain(`"${organizationId}"`);
  });

  test('leave a trace of every change', async () => {
    await orgAdmin.send('POST', '/organization/member_add', {
      organization_id: organizationId,
      member: { user_id: outsider.userId, role: 'internal_user' },
    });
    await send(null, 'DELETE', '/organization/delete', { organization_ids: [organizationId] });
    const entriesOf = async (object_id: string) =>
      (await gateway.send('GET', `/audit?object_id=${encodeURIComponent(object_id)}&sort_order=asc`))
        .json<{ audit_logs: { action: string; changed_by: string; table_name: string }[] }>()
        .audit_logs.map((entry) => [entry.action, entry.changed_by, entry.table_name]);
    expect(await entriesOf(organizationId)).toEqual(
      expect.arrayContaining([
        ['created', 'default_user_id', 'LiteLLM_OrganizationTable'],
        ['deleted', 'default_user_id', 'LiteLLM_OrganizationTable'],
      ]),
    );
    expect(await entriesOf(`${organizationId}/${outsider.userId}`)).toEqual(
      expect.arrayContaining([
        ['created', orgAdmin.userId, 'LiteLLM_OrganizationMembership'],
        ['deleted', 'default_user_id', 'LiteLLM_OrganizationMembership'],
      ]),
    );
  });

  test('refuse in the shape of their endpoints', async () => {
    const refused = await gateway.send('POST', '/organization/new', {
      body: { organization_alias: 'x', organization_id: organizationId },
    });
    expect(detailOf(refused)).toBe(
      `Organization id = ${organizationId} already exists. Please use a different organization id.`,
    );
    expect(errorOf(await outsider.send('GET', `/organization/info?organization_id=${organizationId}`)).message).toMatch(
      /Only proxy admin can be used/,
    );
  });
});
