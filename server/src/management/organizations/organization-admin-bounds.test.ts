import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { type Caller, makeCaller } from '../../testing/make-caller.ts';
import { post } from '../../testing/make-key.ts';
import { makeOrganization } from '../../testing/make-organization.ts';
import { startTestApp, type TestApp } from '../../testing/start-test-app.ts';
import type { PresentedTeam } from '../teams/present-team.ts';

describeOnEachEngine('What admins of an organization may not', (openTestStorage) => {
  let gateway: TestApp;
  let orgAdmin: Caller;
  /** Views only by their own role. */
  let viewer: Caller;
  let organizationId = '';
  let count = 0;

  beforeAll(async () => {
    gateway = await startTestApp({
      storage: await openTestStorage(),
      settings: { availableTeams: ['open-team'] },
    });
    orgAdmin = await makeCaller(gateway, 'internal_user');
    viewer = await makeCaller(gateway, 'internal_user_viewer');
    await post(gateway, '/team/new', { team_id: 'open-team' });
  });
  afterAll(() => gateway.close());

  beforeEach(async () => {
    organizationId = await makeOrganization(gateway);
    await post(gateway, '/organization/member_add', {
      organization_id: organizationId,
      member: [orgAdmin, viewer].map(({ userId }) => ({ user_id: userId, role: 'org_admin' })),
    });
  });

  const makeTeam = async (fields: Record<string, unknown>): Promise<string> => {
    count += 1;
    return String((await post(gateway, '/team/new', { team_id: `bounded-${count}`, ...fields }))['team_id']);
  };
  const teamOf = async (teamId: string) =>
    (await gateway.send('GET', `/team/info?team_id=${teamId}`)).json<{ team_info: PresentedTeam }>().team_info;

  test('go on viewing only, outside of their organization, if that is what their own role does', async () => {
    const members_with_roles = [{ user_id: viewer.userId, role: 'admin' }];
    const elsewhere = await makeTeam({ members_with_roles });
    const here = await makeTeam({ organization_id: organizationId });
    const ownKey = String((await post(gateway, '/key/generate', { user_id: viewer.userId }))['key']);
    const teamKey = String((await post(gateway, '/key/generate', { team_id: elsewhere }))['key']);
    const keyHere = String((await post(gateway, '/key/generate', { team_id: here }))['key']);
    for (const [path, body] of [
      ['/key/generate', {}],
      ['/key/generate', { team_id: elsewhere }],
      ['/key/service-account/generate', { team_id: elsewhere, key_alias: 'service' }],
      ['/key/update', { key: ownKey, key_alias: 'renamed' }],
      ['/key/update', { key: teamKey, max_budget: 1_000 }],
      ['/key/update', { key: keyHere, team_id: elsewhere }],
      ['/key/regenerate', { key: ownKey }],
      ['/key/regenerate', { key: teamKey }],
      ['/key/delete', { keys: [ownKey] }],
      ['/key/delete', { keys: [teamKey] }],
      ['/key/block', { key: teamKey }],
      ['/key/generate', { organization_id: 'of-somebody-else' }],
      ['/team/key/bulk_update', { team_id: elsewhere, all_keys_in_team: true, update_fields: { rpm_limit: 9 } }],
      ['/team/update', { team_id: elsewhere, team_alias: 'renamed' }],
      ['/team/permissions_update', { team_id: elsewhere, team_member_permissions: ['/key/list'] }],
      ['/team/member_add', { team_id: elsewhere, member: { user_id: orgAdmin.userId, role: 'user' } }],
      ['/team/member_delete', { team_id: elsewhere, user_id: viewer.userId }],
      ['/team/member_add', { team_id: 'open-team', member: { user_id: viewer.userId, role: 'user' } }],
    ] as const) {
      const refused = await viewer.send('POST', path, body);
      expect([path, refused.status], refused.text).toEqual([path, 403]);
    }
    expect((await viewer.send('GET', `/team/permissions_list?team_id=${elsewhere}`)).status).toBe(403);
    const listed = await viewer.send('GET', '/key/list?include_team_keys=true&return_full_object=true');
    expect(listed.text).toContain(here);
    expect(listed.text).not.toContain(`"team_id":"${elsewhere}"`);
    const options = (await viewer.send('GET', '/key/create_options')).json<{
      personal: { allowed: boolean };
      teams: { team_id: string; allowed: boolean }[];
    }>();
    expect(options.personal.allowed).toBe(false);
    expect(options.teams.find((team) => team.team_id === elsewhere)?.allowed).toBe(false);
  });

  test('do all that in their organization, whatever their own role does', async () => {
    const here = await makeTeam({ organization_id: organizationId });
    const made = await viewer.send('POST', '/key/generate', { team_id: here });
    expect(made.status, made.text).toBe(200);
    const { key } = made.json<{ key: string }>();
    const own = await viewer.send('POST', '/key/generate', { organization_id: organizationId });
    expect(own.status, own.text).toBe(200);
    for (const [path, body] of [
      ['/key/update', { key, key_alias: `renamed-${count}` }],
      ['/key/update', { key: own.json()['key'], key_alias: `own-renamed-${count}` }],
      ['/key/delete', { keys: [key] }],
      ['/team/update', { team_id: here, team_alias: 'renamed' }],
      ['/team/permissions_update', { team_id: here, team_member_permissions: ['/key/list'] }],
    ] as const) {
      const served = await viewer.send('POST', path, body);
      expect([path, served.status], served.text).toEqual([path, 200]);
    }
    expect((await viewer.send('GET', `/team/permissions_list?team_id=${here}`)).status).toBe(200);
  });

  test('are shown the teams that they may make keys in, and no others', async () => {
    const here = await makeTeam({ organization_id: organizationId, team_alias: 'Here' });
    const elsewhere = await makeTeam({ team_alias: 'Elsewhere' });
    const members_with_roles = [{ user_id: orgAdmin.userId, role: 'user' }];
    const asMember = await makeTeam({ members_with_roles, team_alias: 'As a member' });
    for (const admin of [orgAdmin, viewer]) {
      const { teams } = (await admin.send('GET', '/key/create_options')).json<{
        teams: { team_id: string; allowed: boolean; service_account: { allowed: boolean }; reason: string | null }[];
      }>();
      expect(teams.find((team) => team.team_id === here)).toMatchObject({
        allowed: true,
        service_account: { allowed: true },
        reason: null,
      });
      expect(teams.some((team) => team.team_id === elsewhere)).toBe(false);
      for (const { team_id, allowed, service_account } of teams) {
        const made = await admin.send('POST', '/key/generate', { team_id });
        expect([team_id, made.status === 200]).toEqual([team_id, allowed]);
        const key_alias = `service-${admin.userId}-${team_id}`;
        const service = await admin.send('POST', '/key/service-account/generate', { team_id, key_alias });
        expect([team_id, service.status === 200]).toEqual([team_id, service_account.allowed]);
      }
    }
    const found = await orgAdmin.send('GET', '/key/create_options?search=here');
    expect(found.json<{ teams: { team_id: string }[] }>().teams.map((team) => team.team_id)).toEqual([here]);
    const ofMember = await orgAdmin.send('GET', '/key/create_options?search=as%20a%20member');
    expect(ofMember.json<{ teams: unknown[] }>().teams).toMatchObject([{ team_id: asMember, allowed: false }]);
  });

  test('neither block a team by changing it, nor undo the block of an admin of the gateway', async () => {
    const teamId = await makeTeam({ organization_id: organizationId });
    const change = (blocked: boolean) => orgAdmin.send('POST', '/team/update', { team_id: teamId, blocked });
    expect((await change(true)).status).toBe(403);
    expect((await teamOf(teamId)).blocked).toBe(false);
    await post(gateway, '/team/block', { team_id: teamId });
    const refused = await change(false);
    expect(refused.status).toBe(403);
    expect(refused.text).toContain('Only proxy admins can block and unblock a team');
    expect((await teamOf(teamId)).blocked).toBe(true);
  });

  test('call models with the first key of a person they add, and do not act as the person', async () => {
    count += 1;
    const user_id = `added-here-${count}`;
    const body = { user_id, organizations: [organizationId] };
    const added = (await orgAdmin.send('POST', '/user/new', body)).json<{ key: string; allowed_routes: string[] }>();
    expect(added.allowed_routes).toEqual(['llm_api_routes']);
    const call = { model: 'demo', messages: [{ role: 'user', content: 'hi' }] };
    expect((await gateway.send('POST', '/v1/chat/completions', { key: added.key, body: call })).status).toBe(200);
    await post(gateway, '/user/update', { user_id, user_role: 'proxy_admin' });
    for (const path of ['/user/list', '/user/info', '/key/list']) {
      expect((await gateway.send('GET', path, { key: added.key })).status, path).toBe(403);
    }
    expect((await gateway.send('POST', '/user/new', { key: added.key, body: {} })).status).toBe(403);
    const withPermissions = { ...body, user_id: `${user_id}-too`, permissions: { get_spend_routes: true } };
    const refused = await orgAdmin.send('POST', '/user/new', withPermissions);
    expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('Only proxy admins can set')]);
    expect((await gateway.send('GET', `/user/info?user_id=${user_id}-too`)).status).toBe(404);
  });

  test('do not become an admin of the gateway by a link to somebody who becomes one', async () => {
    const invite = async (by: Caller | null) => {
      count += 1;
      const user_id = `invited-${count}`;
      await post(gateway, '/user/new', { user_id, organizations: [organizationId], auto_create_key: false });
      const body = { user_id };
      const invited = by ? await by.send('POST', '/invitation/new', body) : null;
      return { user_id, id: String((invited ? invited.json() : await post(gateway, '/invitation/new', body))['id']) };
    };
    const open = async (id: string) =>
      (await gateway.send('GET', `/onboarding/get_token?invite_link=${id}`, { key: null })).status;
    const byOrgAdmin = await invite(orgAdmin);
    const byAdmin = await invite(null);
    for (const role of ['internal_user_viewer', 'proxy_admin_viewer']) {
      for (const { user_id } of [byOrgAdmin, byAdmin])
        await post(gateway, '/user/update', { user_id, user_role: role });
      expect([await open(byOrgAdmin.id), await open(byAdmin.id)], role).toEqual(
        role === 'internal_user_viewer' ? [200, 200] : [401, 200],
      );
    }
  });
});
