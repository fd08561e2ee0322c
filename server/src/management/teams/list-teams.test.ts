import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { type Caller, makeCaller } from '../../testing/make-caller.ts';
import { post } from '../../testing/make-key.ts';
import { makeOrganization } from '../../testing/make-organization.ts';
import { startTestApp, type TestApp } from '../../testing/start-test-app.ts';
import type { TeamPage } from './page-teams.ts';
import type { PresentedTeam } from './present-team.ts';

describeOnEachEngine('Finding and joining teams', (openTestStorage) => {
  let now = Date.parse('2026-11-22T20:28:00Z');
  let gateway: TestApp;
  let member: Caller;
  let outsider: Caller;
  let viewer: Caller;
  let ownViewer: Caller;

  beforeAll(async () => {
    gateway = await startTestApp({
      storage: await openTestStorage(),
      now: () => now,
      settings: { availableTeams: ['open', 'not-made'] },
    });
    member = await makeCaller(gateway, 'internal_user');
    outsider = await makeCaller(gateway, 'internal_user');
    viewer = await makeCaller(gateway, 'proxy_admin_viewer');
    ownViewer = await makeCaller(gateway, 'internal_user_viewer');
    for (const [team_id, team_alias] of [
      ['a', 'Zebra'],
      ['b', '100% Open'],
      ['c', 'Yak'],
      ['open', 'Everybody'],
    ]) {
      now += 1_000;
      const members_with_roles = team_id === 'open' ? [] : [{ user_id: member.userId, role: 'user' }];
      await gateway.send('POST', '/team/new', { body: { team_id, team_alias, members_with_roles } });
    }
    await gateway.send('POST', '/key/generate', { body: { team_id: 'a' } });
  });
  afterAll(() => gateway.close());

  const page = async (caller: Caller, query: string) =>
    (await caller.send('GET', `/v2/team/list?${query}`)).json<TeamPage>();
  const ids = (found: TeamPage | PresentedTeam[]) =>
    (Array.isArray(found) ? found : found.teams).map((team) => team.team_id);

  test('teams come by page, newest first, and sorted as one likes', async () => {
    expect(ids(await page(viewer, ''))).toEqual(['open', 'c', 'b', 'a']);
    expect(ids(await page(viewer, 'sort_by=team_alias'))).toEqual(['b', 'open', 'c', 'a']);
    expect(ids(await page(viewer, 'sort_by=team_id&sort_order=desc'))).toEqual(['open', 'c', 'b', 'a']);
    expect(await page(viewer, 'page=2&page_size=3')).toMatchObject({
      teams: [{ team_id: 'a', members_count: 2, keys_count: 1 }],
      total: 4,
      page: 2,
      page_size: 3,
      total_pages: 2,
    });
    expect(ids(await page(viewer, 'team_alias=100%25'))).toEqual(['b']);
    expect(ids(await page(viewer, 'search=open'))).toEqual(['open', 'b']);
    expect(ids(await page(viewer, `user_id=${member.userId}&team_id=c`))).toEqual(['c']);
    expect((await viewer.send('GET', '/v2/team/list?user_id=nobody')).status).toBe(404);
    expect((await viewer.send('GET', '/v2/team/list?page_size=101')).status).toBe(422);
  });

  test('a deleted team stays readable as it was, to those who saw it and to nobody else', async () => {
    const organizationId = await makeOrganization(gateway);
    const orgAdmin = await makeCaller(gateway, 'internal_user');
    await post(gateway, '/organization/member_add', {
      organization_id: organizationId,
      member: { role: 'org_admin', user_id: orgAdmin.userId },
    });
    const boss = await makeCaller(gateway, 'internal_user');
    const make = async (fields: Record<string, unknown>) => {
      now += 1_000;
      await post(gateway, '/team/new', {
        max_budget: 20,
        models: ['demo'],
        metadata: { note: 'kept' },
        members_with_roles: [
          { user_id: boss.userId, role: 'admin' },
          { user_id: member.userId, role: 'user' },
        ],
        ...fields,
      });
    };
    await make({ team_id: 'gone', team_alias: 'Gone' });
    await make({ team_id: 'gone-too', team_alias: '50% Gone', organization_id: organizationId });
    await post(gateway, '/key/generate', { team_id: 'gone' });
    const deleted = await gateway.send('POST', '/team/delete', { body: { team_ids: ['gone', 'gone-too'] } });
    expect(deleted.status, deleted.text).toBe(200);
    const [row] = (await page(viewer, 'status=deleted&team_id=gone')).teams;
    expect(row).toMatchObject({
      team_id: 'gone',
      team_alias: 'Gone',
      max_budget: 20,
      models: ['demo'],
      metadata: { note: 'kept' },
      members_count: 3,
      keys_count: 1,
      deleted_at: new Date(now).toISOString(),
      deleted_by: 'default_user_id',
    });
    expect(row?.members_with_roles.map(({ user_id }) => user_id)).toContain(member.userId);
    expect(ids(await page(viewer, 'status=deleted'))).toEqual(['gone-too', 'gone']);
    expect(await page(viewer, 'status=deleted&page=2&page_size=1')).toMatchObject({ total: 2, total_pages: 2 });
    expect(ids(await page(viewer, 'status=deleted&sort_by=team_id'))).toEqual(['gone', 'gone-too']);
    expect(ids(await page(viewer, 'status=deleted&team_alias=50%25'))).toEqual(['gone-too']);
    expect(ids(await page(viewer, 'status=deleted&search=GONE-'))).toEqual(['gone-too']);
    expect(ids(await page(viewer, `status=deleted&organization_id=${organizationId}`))).toEqual(['gone-too']);
    expect(ids(await page(viewer, 'status=deleted&organization_id=default_organization'))).toEqual(['gone']);
    expect(ids(await page(viewer, `status=deleted&user_id=${outsider.userId}`))).toEqual([]);
    expect(ids(await page(viewer, `status=deleted&user_id=${boss.userId}`))).toEqual(['gone-too', 'gone']);
    expect(ids(await page(viewer, ''))).not.toContain('gone');
    expect(ids(await page(member, 'status=deleted'))).toEqual(['gone-too', 'gone']);
    expect(ids(await page(orgAdmin, 'status=deleted'))).toEqual(['gone-too']);
    expect(ids(await page(outsider, 'status=deleted'))).toEqual([]);
    // What mates have spent is for admins of the team, as it was.
    const spends = async (caller: Caller) =>
      (await page(caller, 'status=deleted&team_id=gone')).teams[0]?.team_memberships.length;
    expect(await spends(boss)).toBe(3);
    expect(await spends(member)).toBe(1);
    // A later team of the same id is another one.
    await make({ team_id: 'gone', team_alias: 'Again' });
    expect((await page(viewer, 'status=deleted&team_id=gone')).teams.map((team) => team.team_alias)).toEqual(['Gone']);
    await post(gateway, '/team/delete', { team_ids: ['gone'] });
    expect((await page(viewer, 'status=deleted&team_id=gone')).total).toBe(2);
  });

  test('a team that could not be deleted leaves nothing in the list of the deleted', async () => {
    const before = (await page(viewer, 'status=deleted')).total;
    expect((await gateway.send('POST', '/team/delete', { body: { team_ids: ['a', 'no-such-team'] } })).status).toBe(
      404,
    );
    expect((await member.send('POST', '/team/delete', { team_ids: ['a'] })).status).toBe(401);
    expect((await page(viewer, 'status=deleted')).total).toBe(before);
    expect(ids(await page(viewer, 'team_id=a'))).toEqual(['a']);
  });

  test('everybody but admins finds the teams they belong to', async () => {
    expect(ids(await page(member, ''))).toEqual(['c', 'b', 'a']);
    expect(ids(await page(member, 'team_id=open'))).toEqual([]);
    expect(ids(await page(outsider, ''))).toEqual([]);
    expect((await member.send('GET', `/v2/team/list?user_id=${outsider.userId}`)).status).toBe(401);
  });

  test('any team is found by those who see everything', async () => {
    const find = (caller: Caller) => caller.send('GET', '/team/filter/ui?team_alias=yak');
    expect(ids((await find(viewer)).json<PresentedTeam[]>())).toEqual(['c']);
    expect((await find(member)).status).toBe(401);
    expect((await find(ownViewer)).status).toBe(401);
  });

  test('an open team is joined by oneself, as a plain member', async () => {
    const available = async () => ids((await outsider.send('GET', '/team/available')).json<PresentedTeam[]>());
    expect(await available()).toEqual(['open']);
    const join = (caller: Caller, fields: Record<string, unknown> = {}, more: Record<string, unknown> = {}) =>
      caller.send('POST', '/team/member_add', {
        team_id: 'open',
        member: { role: 'user', user_id: caller.userId, ...fields },
        ...more,
      });
    expect((await join(outsider, { role: 'admin' })).status).toBe(403);
    expect((await join(outsider, { user_id: member.userId })).status).toBe(403);
    expect((await join(outsider, {}, { max_budget_in_team: 99 })).status).toBe(403);
    expect((await join(outsider, {}, { team_id: 'a' })).status).toBe(403);
    expect((await join(ownViewer)).status).toBe(403);
    expect((await join(viewer)).status).toBe(403);
    const answers = await Promise.all(Array.from({ length: 10 }, () => join(outsider)));
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, ...Array.from({ length: 9 }, () => 400)]);
    expect(await available()).toEqual([]);
    expect(ids(await page(outsider, ''))).toEqual(['open']);
  });

  test('lists tell what the members with limits of their own may spend, and oneself; a team tells it of all', async () => {
    const [limited, plain] = [await makeCaller(gateway, 'internal_user'), await makeCaller(gateway, 'internal_user')];
    const boss = await makeCaller(gateway, 'internal_user');
    await post(gateway, '/team/new', {
      team_id: 'limits',
      members_with_roles: [
        { user_id: boss.userId, role: 'admin' },
        { user_id: plain.userId, role: 'user' },
      ],
    });
    const member = { user_id: limited.userId, role: 'user' };
    await post(gateway, '/team/member_add', { team_id: 'limits', member, rpm_limit: 7 });
    const shown = async (caller: Caller, path: string) => {
      const body = (await caller.send('GET', path)).json<TeamPage | PresentedTeam[] | { team_info: PresentedTeam }>();
      if ('team_info' in body) return body.team_info;
      return (Array.isArray(body) ? body : body.teams).find((team) => team.team_id === 'limits');
    };
    const told = async (caller: Caller, path: string) =>
      (await shown(caller, path))?.team_memberships.map((membership) => membership.user_id).sort();
    const everybody = [boss, plain, limited]
      .map(({ userId }) => userId)
      .concat('default_user_id')
      .sort();
    for (const path of ['/team/list', '/v2/team/list?team_id=limits']) {
      expect(await told(viewer, path)).toEqual([limited.userId]);
      expect(await told(boss, path)).toEqual([boss.userId, limited.userId].sort());
      expect(await told(plain, path)).toEqual([plain.userId]);
      const members = (await shown(plain, path))?.members_with_roles.map(({ user_id }) => user_id);
      expect(members?.sort()).toEqual(everybody);
    }
    // A list about somebody tells of them.
    expect(await told(viewer, `/team/list?user_id=${plain.userId}`)).toEqual([plain.userId, limited.userId].sort());
    expect(await told(viewer, '/team/info?team_id=limits')).toEqual(everybody);
  });
});
