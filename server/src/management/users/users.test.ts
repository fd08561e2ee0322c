import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Role } from '../../access/permissions.contract.ts';
import { roles } from '../../access/permissions.contract.ts';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { acceptNewInvitation, makePerson, type Person } from '../../testing/make-person.ts';
import { startTestApp, type TestAnswer, type TestApp } from '../../testing/start-test-app.ts';

describeOnEachEngine('People', (openStorage) => {
  let app: TestApp;
  const now = Date.parse('2026-11-25T15:10:30Z');
  const people = new Map<Role, Person>();

  beforeAll(async () => {
    app = await startTestApp({ storage: await openStorage(), now: () => now });
    for (const role of roles) people.set(role, await makePerson(app, role, { user_id: `the-${role}` }));
    await app.send('POST', '/team/new', { body: { team_id: 'dev', team_alias: 'Developers' } });
  });
  afterAll(() => app.close());

  const create = (body: Record<string, unknown>) => app.send('POST', '/user/new', { body });
  const update = (body: Record<string, unknown>) => app.send('POST', '/user/update', { body });
  const remove = (...user_ids: string[]) => app.send('POST', '/user/delete', { body: { user_ids } });

  async function infoOf(userId: string): Promise<Record<string, unknown>> {
    return (await app.send('GET', `/user/info?user_id=${userId}`)).json();
  }
  const as = (role: Role): Person => {
    const person = people.get(role);
    if (!person) throw new Error(`There is no ${role}.`);
    return person;
  };
  const messageOf = (answer: TestAnswer) => answer.json<{ error: { message: string } }>().error.message;

  describe('are added', () => {
    it('with a first key that works, by default', async () => {
      const answer = await create({ user_email: 'first@acme.io', user_role: 'internal_user', duration: '30d' });
      expect(answer.json()).toMatchObject({
        key: expect.stringMatching(/^sk-[\w-]{22}$/),
        token: null,
        token_id: null,
        user_email: 'first@acme.io',
        user_role: 'internal_user',
        teams: null,
        expires: '2026-12-25T15:10:30.000Z',
        created_by: 'default_user_id',
      });
      const own = await app.send('GET', '/user/info', { key: String(answer.json()['key']) });
      expect(own.json()).toMatchObject({ user_id: answer.json()['user_id'], keys: [{ team_alias: 'None' }] });
    });

    it('with a first key as the request says: its aliases, cache controls, permissions and block', async () => {
      const ofKey = { aliases: { mini: 'gpt-5.5' }, allowed_cache_controls: ['no-cache'], permissions: { a: true } };
      const answer = await create({ user_id: 'particular', ...ofKey, blocked: true });
      expect(answer.json()).toMatchObject({ ...ofKey, blocked: true });
      expect(await infoOf('particular')).toMatchObject({
        user_info: { object_permission: null, object_permission_id: null },
        keys: [{ ...ofKey, blocked: true, status: 'revoked' }],
      });
      expect((await create({ user_id: 'ordinary' })).json()).toMatchObject({
        aliases: {},
        allowed_cache_controls: [],
        permissions: {},
        blocked: null,
      });
    });

    it('without a key on request, and then with an empty one in the answer', async () => {
      const answer = (await create({ user_id: 'keyless', auto_create_key: false })).json();
      expect(answer).toMatchObject({ key: '', key_name: null, user_id: 'keyless', user_role: 'internal_user' });
      expect(await infoOf('keyless')).toMatchObject({ keys: [], user_info: { status: 'no_password' } });
    });

    it('into their teams, with role and budget there', async () => {
      await create({ user_id: 'lead', teams: [{ team_id: 'dev', user_role: 'admin', max_budget_in_team: 2.5 }] });
      expect(await infoOf('lead')).toMatchObject({
        user_info: { teams: ['dev'] },
        teams: [
          {
            team_alias: 'Developers',
            members_with_roles: expect.arrayContaining([expect.objectContaining({ user_id: 'lead', role: 'admin' })]),
            team_memberships: expect.arrayContaining([
              expect.objectContaining({
                user_id: 'lead',
                litellm_budget_table: expect.objectContaining({ max_budget: 2.5 }),
              }),
            ]),
          },
        ],
      });
    });

    it('not at all when a team is unknown, a key alias taken, or a period unreadable', async () => {
      await create({ user_id: 'alias-owner', key_alias: 'taken' });
      for (const [body, status] of [
        [{ teams: ['dev', 'no-such-team'] }, 404],
        [{ key_alias: 'taken' }, 400],
        [{ max_budget: 1, budget_duration: 'sometimes' }, 400],
        [{ max_budget: 1, budget_duration: '2mo' }, 400],
        [{ duration: 'long' }, 400],
        [{ user_email: 'not an address' }, 400],
        [{ max_budget: -1 }, 422],
        [{ user_role: 'emperor' }, 422],
      ] as const) {
        expect((await create({ user_id: 'half', ...body })).status, JSON.stringify(body)).toBe(status);
        expect((await app.send('GET', '/user/info?user_id=half')).status).toBe(404);
      }
    });

    it('once: the same id or e-mail address, in any case, is refused with the stored value', async () => {
      await create({ user_id: 'dora', user_email: 'Dora@Acme.io' });
      const sameEmail = await create({ user_email: ' dora@acme.IO ' });
      expect([sameEmail.status, sameEmail.json()]).toEqual([
        409,
        {
          error: {
            message: "{'error': 'User with email Dora@Acme.io already exists'}",
            type: 'internal_server_error',
            param: 'None',
            code: '409',
          },
        },
      ]);
      expect(messageOf(await create({ user_id: 'dora' }))).toBe("{'error': 'User with id dora already exists'}");
    });

    it('once also when ten requests come at the same time', async () => {
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, at) => create({ user_email: at % 2 === 0 ? 'race@acme.io' : 'RACE@ACME.IO' })),
      );
      expect(answers.map((answer) => answer.status).sort()).toEqual([200, ...Array.from({ length: 9 }, () => 409)]);
      for (const answer of answers.filter((one) => one.status === 409)) {
        expect(messageOf(answer)).toMatch(/^\{'error': 'User with email race@acme\.io already exists'\}$/i);
      }
    });

    it('without a password: nobody sets that of another person', async () => {
      const answer = await create({ user_id: 'half', password: 'Correct-Horse-42!' });
      expect(answer.status).toBe(422);
      expect(answer.json()).toMatchObject({ detail: [{ loc: ['body', 'password'] }] });
      expect(answer.text).not.toContain('Correct-Horse');
      expect((await app.send('GET', '/user/info?user_id=half')).status).toBe(404);
    });
  });

  describe('are shown', () => {
    it('without anything that could be used as a secret', async () => {
      const text = JSON.stringify(await infoOf('the-internal_user'));
      expect(text).toContain('"status":"active"');
      expect(text).not.toMatch(/argon2|password/);
    });

    it('to themselves; other ids are refused alike, whether they exist or not', async () => {
      const { send, userId } = as('internal_user');
      expect((await send('GET', '/user/info')).json()).toMatchObject({ user_id: userId });
      for (const other of ['the-proxy_admin', 'nobody']) {
        const answer = await send('GET', `/user/info?user_id=${other}`);
        expect([answer.status, messageOf(answer)]).toEqual([
          403,
          `key not allowed to access this user's info. user_id=${other}, key's user_id=${userId}`,
        ]);
      }
    });

    it('to admins and admin viewers, who hear of ids that nobody has', async () => {
      expect((await as('proxy_admin_viewer').send('GET', '/user/info?user_id=dora')).status).toBe(200);
      const unknown = await as('proxy_admin_viewer').send('GET', '/user/info?user_id=nobody');
      expect([unknown.status, messageOf(unknown)]).toEqual([404, 'User nobody not found']);
    });

    it('by an id with a plus that a client did not escape', async () => {
      await create({ user_id: 'ann+test@acme.io', auto_create_key: false });
      expect(await infoOf('ann+test@acme.io')).toMatchObject({ user_id: 'ann+test@acme.io' });
    });

    it('as invited while they have an open link, and as expired after it', async () => {
      await create({ user_id: 'invited', auto_create_key: false });
      await app.send('POST', '/invitation/new', { body: { user_id: 'invited' } });
      expect((await infoOf('invited'))['user_info']).toMatchObject({
        status: 'invited',
        invitation_expires_at: '2026-12-02T15:10:30.000Z',
      });
      await app.storage.db
        .updateTable('invitations')
        .set({ expires_at: now })
        .where('user_id', '=', 'invited')
        .execute();
      expect((await infoOf('invited'))['user_info']).toMatchObject({ status: 'invitation_expired' });
      await acceptNewInvitation(app, 'invited');
      expect((await infoOf('invited'))['user_info']).toMatchObject({ status: 'active', invitation_expires_at: null });
    });
  });

  describe('are listed', () => {
    const list = async (query: string) =>
      (await app.send('GET', `/user/list?${query}`)).json<{
        users: { user_id: string; key_count: number }[];
        total: number;
        page: number;
        total_pages: number;
      }>();
    const idsOf = async (query: string) => (await list(query)).users.map((user) => user.user_id);

    beforeAll(async () => {
      for (const [letter, spend] of [
        ['a', 3],
        ['b', 1],
        ['c', 2],
      ] as const) {
        await create({
          user_id: `list-${letter}`,
          user_email: `${letter}_%@list.io`,
          spend,
          auto_create_key: letter === 'a',
        });
      }
    });

    it('page by page, sorted, with the number of their keys', async () => {
      const first = await list('search=list-&sort_by=spend&sort_order=desc&page_size=2');
      expect(first).toMatchObject({ total: 3, page: 1, total_pages: 2 });
      expect(first.users.map((user) => [user.user_id, user.key_count])).toEqual([
        ['list-a', 1],
        ['list-c', 0],
      ]);
      expect(await idsOf('search=list-&sort_by=spend&sort_order=desc&page_size=2&page=2')).toEqual(['list-b']);
    });

    it.each([
      ['search=LIST-B', ['list-b']],
      ['user_email=b_%25@', ['list-b']],
      ['user_email=%25%25', []],
      ['user_ids=list-a,list-c&sort_by=user_id', ['list-a', 'list-c']],
      ['user_ids=st-b', ['list-b']],
      ['team=dev&search=lead', ['lead']],
      ['role=proxy_admin_viewer', ['the-proxy_admin_viewer']],
    ])('by %s', async (query, expected) => {
      expect(await idsOf(query)).toEqual(expected);
    });

    it.each([
      ['sort_by=password_hash', 400],
      ['sort_by=spend&sort_order=up', 400],
      ['page=0', 422],
      ['page_size=101', 422],
      ['page_size=ten', 422],
      ['role=emperor', 422],
    ])('not by %s', async (query, status) => {
      const answer = await app.send('GET', `/user/list?${query}`);
      expect(answer.status).toBe(status);
      expect(answer.json()).toHaveProperty('detail');
    });
  });

  describe('are changed', () => {
    it('in what is sent; null, [] and {} change nothing, but a null budget removes it', async () => {
      await create({ user_id: 'eve', models: ['small'], max_budget: 5, tpm_limit: 100, metadata: { desk: 4 } });
      await update({ user_id: 'eve', user_alias: 'Eve', models: [], tpm_limit: null, metadata: {} });
      expect((await infoOf('eve'))['user_info']).toMatchObject({
        user_alias: 'Eve',
        models: ['small'],
        max_budget: 5,
        tpm_limit: 100,
        metadata: { desk: 4 },
      });
      const answer = await update({ user_id: 'eve', max_budget: null });
      expect(answer.json()).toMatchObject({ user_id: 'eve', data: { max_budget: null, models: ['small'] } });
    });

    it('with a new date when the period of the budget changes', async () => {
      const answer = await update({ user_id: 'eve', max_budget: 7, budget_duration: '7d' });
      expect(answer.json()['data']).toMatchObject({ budget_reset_at: '2026-11-30T00:00:00.000Z' });
    });

    it('by e-mail address, in any case', async () => {
      const answer = await update({ user_email: 'DORA@acme.io', user_alias: 'Dora' });
      expect(answer.json()).toMatchObject({
        user_id: 'dora',
        data: { user_alias: 'Dora', user_email: 'Dora@Acme.io' },
      });
    });

    it('only if they exist: nobody is added by a change', async () => {
      for (const body of [{ user_id: 'nobody' }, { user_email: 'nobody@acme.io' }]) {
        expect((await update({ ...body, user_alias: 'x' })).status).toBe(404);
      }
      expect((await update({ user_alias: 'x' })).status).toBe(400);
    });

    it('not to the address of somebody else', async () => {
      const answer = await update({ user_id: 'eve', user_email: 'dora@acme.io' });
      expect([answer.status, messageOf(answer)]).toEqual([
        409,
        "{'error': 'User with email Dora@Acme.io already exists'}",
      ]);
    });

    it.each([
      'max_budget',
      'spend',
      'models',
      'tpm_limit',
      'rpm_limit',
      'max_parallel_requests',
      'budget_duration',
      'soft_budget',
    ])('by themselves not in %s', async (field) => {
      const { send, userId } = as('internal_user');
      const value = field === 'models' ? ['big'] : field === 'budget_duration' ? '1d' : 1_000;
      const answer = await send('POST', '/user/update', { user_id: userId, [field]: value });
      expect([answer.status, messageOf(answer)]).toEqual([
        403,
        `Non-admin users cannot modify '${field}' on their own record. Contact your proxy admin.`,
      ]);
    });

    it('by themselves in name and address, but not in role or password, and nobody else', async () => {
      const { send, userId } = as('internal_user');
      expect((await send('POST', '/user/update', { user_id: userId, user_alias: 'Me' })).status).toBe(200);
      expect(messageOf(await send('POST', '/user/update', { user_id: userId, user_role: 'proxy_admin' }))).toBe(
        'Only proxy admins can modify user roles.',
      );
      expect((await send('POST', '/user/update', { user_id: userId, password: 'Another-Horse-43!' })).status).toBe(403);
      expect((await send('POST', '/user/update', { user_id: userId, max_budget: null })).status).toBe(403);
      for (const other of [{ user_id: 'dora' }, { user_id: 'nobody' }, { user_email: 'dora@acme.io' }]) {
        const answer = await send('POST', '/user/update', { ...other, user_alias: 'x' });
        expect([answer.status, messageOf(answer)]).toEqual([
          403,
          expect.stringContaining('Only PROXY_ADMIN can update other users.'),
        ]);
      }
      expect((await infoOf(userId))['user_info']).toMatchObject({ user_alias: 'Me', user_role: 'internal_user' });
    });

    it('in their own address, by which nobody else finds them until an admin has confirmed it', async () => {
      const { send, userId } = as('internal_user');
      const address = 'the-boss@acme.io';
      expect((await send('POST', '/user/update', { user_id: userId, user_email: address })).status).toBe(200);
      await app.send('POST', '/team/new', { body: { team_id: 'by-address' } });
      const join = () =>
        app.send('POST', '/team/member_add', {
          body: { team_id: 'by-address', member: { role: 'admin', user_email: address } },
        });
      for (const answer of [await update({ user_email: address, user_role: 'proxy_admin' }), await join()]) {
        expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('nobody has confirmed it')]);
      }
      expect((await infoOf(userId))['user_info']).toMatchObject({ user_role: 'internal_user', teams: [] });
      expect((await update({ user_id: userId, user_email: address })).status).toBe(200);
      expect((await join()).status).toBe(200);
    });

    it('as admin viewers only in their own address, as viewers not at all', async () => {
      const viewer = as('proxy_admin_viewer');
      const own = { user_id: viewer.userId, user_email: 'viewer@acme.io' };
      expect((await viewer.send('POST', '/user/update', own)).status).toBe(200);
      expect(messageOf(await viewer.send('POST', '/user/update', { ...own, user_alias: 'x' }))).toContain(
        'only user_email can be updated',
      );
      expect((await viewer.send('POST', '/user/update', { user_id: 'dora', user_email: 'x@acme.io' })).status).toBe(
        403,
      );
      const { send, userId } = as('internal_user_viewer');
      expect((await send('POST', '/user/update', { user_id: userId, user_email: 'x@acme.io' })).status).toBe(401);
    });
  });

  describe('are deleted', () => {
    it('with their keys, sessions, invitations and memberships; the spend of their keys stays', async () => {
      const person = await makePerson(app, 'internal_user', {
        user_id: 'leaver',
        teams: ['dev'],
        auto_create_key: true,
      });
      const key = String((await app.send('POST', '/key/generate', { body: { user_id: 'leaver' } })).json()['key']);
      await app.send('POST', '/invitation/new', { body: { user_id: 'leaver' } });
      const answer = await remove('leaver');
      expect([answer.status, answer.json()]).toEqual([200, 1]);
      expect((await app.send('GET', '/user/info?user_id=leaver')).status).toBe(404);
      expect((await app.send('GET', '/user/info', { key })).status).toBe(401);
      expect((await app.send('GET', '/ui/session', { key: person.session })).status).toBe(401);
      const { db } = app.storage;
      for (const table of ['invitations', 'sessions', 'team_members'] as const) {
        expect(await db.selectFrom(table).selectAll().where('user_id', '=', 'leaver').execute()).toEqual([]);
      }
      const keys = await db
        .selectFrom('keys')
        .select(['deleted_at', 'deleted_by'])
        .where('user_id', '=', 'leaver')
        .execute();
      expect(keys).toEqual(Array.from({ length: 2 }, () => ({ deleted_at: now, deleted_by: 'default_user_id' })));
    });

    it('all or none', async () => {
      const answer = await remove('dora', 'nobody');
      expect([answer.status, answer.json()]).toEqual([
        404,
        { detail: { error: 'User not found, passed user_id=nobody' } },
      ]);
      expect((await infoOf('dora'))['user_id']).toBe('dora');
    });

    it('never: oneself, and the row of the master key', async () => {
      const admin = as('proxy_admin');
      expect((await admin.send('POST', '/user/delete', { user_ids: [admin.userId] })).status).toBe(400);
      expect((await remove('default_user_id')).status).toBe(400);
      expect((await remove()).status).toBe(400);
    });
  });

  describe('who are the last admin', () => {
    it('keep the role, unless the holder of the master key takes it; the master key’s own row keeps it always', async () => {
      const admin = as('proxy_admin');
      const demote = { user_id: admin.userId, user_role: 'internal_user' };
      const answer = await admin.send('POST', '/user/update', demote);
      expect([answer.status, messageOf(answer)]).toEqual([400, expect.stringContaining('is the last proxy_admin')]);
      expect((await update({ user_id: 'default_user_id', user_role: 'internal_user' })).status).toBe(400);

      const second = await makePerson(app, 'proxy_admin');
      expect((await admin.send('POST', '/user/update', demote)).status).toBe(200);
      expect((await second.send('POST', '/user/delete', { user_ids: [admin.userId] })).status).toBe(200);
      expect((await remove(second.userId)).status).toBe(200);
    });
  });

  it('are counted for those who see everything, against no bound', async () => {
    const counted = async () =>
      (await as('proxy_admin_viewer').send('GET', '/user/available_users')).json<Record<string, number | null>>();
    const before = await counted();
    expect(before).toMatchObject({ total_users: null, total_users_remaining: null, total_teams_remaining: null });
    await makePerson(app, 'internal_user');
    expect((await app.send('POST', '/team/new', { body: {} })).status).toBe(200);
    const after = await counted();
    expect(after['total_users_used']).toBe(Number(before['total_users_used']) + 1);
    expect(after['total_teams_used']).toBe(Number(before['total_teams_used']) + 1);
    for (const role of ['internal_user', 'internal_user_viewer'] as const) {
      expect((await as(role).send('GET', '/user/available_users')).status).toBe(401);
    }
  });

  it('can have four roles, which all but keys without a person may read', async () => {
    const answer = await as('internal_user_viewer').send('GET', '/user/available_roles');
    expect(Object.keys(answer.json())).toEqual([...roles]);
    expect(answer.json()['internal_user']).toEqual({
      description: 'view/create/delete their own keys, view their own spend',
      ui_label: 'Internal User (Create/Delete/View)',
    });
  });

  it('are managed by admins: every other role is refused, and nothing happens', async () => {
    const refusals = async (role: Role) => {
      const { send } = as(role);
      return [
        (await send('POST', '/user/new', { user_id: 'sneaked' })).status,
        (await send('GET', '/user/list')).status,
        (await send('POST', '/user/delete', { user_ids: ['dora'] })).status,
      ];
    };
    expect(await refusals('proxy_admin_viewer')).toEqual([403, 200, 403]);
    expect(await refusals('internal_user')).toEqual([401, 403, 401]);
    expect(await refusals('internal_user_viewer')).toEqual([401, 403, 401]);
    expect(messageOf(await as('internal_user').send('POST', '/user/new', {}))).toMatch(
      /^Authentication Error, Only proxy admin can be used to .*Route=\/user\/new\. Your role=internal_user\. Your user_id=the-in\*+er$/,
    );
    expect((await app.send('GET', '/user/info?user_id=sneaked')).status).toBe(404);
    expect((await infoOf('dora'))['user_id']).toBe('dora');
  });

  it('leave a trace of every change, without secrets', async () => {
    const entries = await app.storage.db
      .selectFrom('audit_log')
      .select(['action', 'actor_user_id'])
      .where('object_type', '=', 'user')
      .where('object_id', '=', 'eve')
      .orderBy('happened_at')
      .execute();
    expect(entries.map((entry) => entry.action)).toContain('created');
    expect(entries.filter((entry) => entry.action === 'updated').length).toBeGreaterThanOrEqual(3);
    expect(new Set(entries.map((entry) => entry.actor_user_id))).toEqual(new Set(['default_user_id']));
  });
});

describeOnEachEngine('The budget of internal users', (openStorage) => {
  let app: TestApp;
  const budget = { maxBudgetNanoUsd: 10e9, budgetDuration: '1mo' };
  const params = { userRole: null, maxBudgetNanoUsd: null, budgetDuration: null, models: [], teams: [] };

  beforeAll(async () => {
    app = await startTestApp({
      storage: await openStorage(),
      now: () => Date.parse('2026-11-25T15:10:30Z'),
      settings: { internalUserDefaults: { ...budget, params } },
    });
  });
  afterAll(() => app.close());

  const infoOf = async (userId: string) =>
    (await app.send('GET', `/user/info?user_id=${userId}`)).json<{ user_info: Record<string, unknown> }>().user_info;
  const update = (body: Record<string, unknown>) => app.send('POST', '/user/update', { body });

  it('is given to new internal users with a date, and to no other role', async () => {
    for (const user_role of roles) {
      const answer = await app.send('POST', '/user/new', { body: { user_id: `a-${user_role}`, user_role } });
      const expected = user_role === 'internal_user' ? [10, '1mo'] : [null, null];
      expect([answer.json()['max_budget'], answer.json()['budget_duration']]).toEqual(expected);
    }
    expect((await infoOf('a-internal_user'))['budget_reset_at']).toBe('2026-12-01T00:00:00.000Z');
  });

  it('does not replace a budget of one’s own when the role is sent along', async () => {
    await update({ user_id: 'a-internal_user', max_budget: 50 });
    await update({ user_id: 'a-internal_user', user_role: 'internal_user' });
    expect(await infoOf('a-internal_user')).toMatchObject({ max_budget: 50, budget_duration: '1mo' });
    await update({ user_id: 'a-internal_user', max_budget: null });
    await update({ user_id: 'a-internal_user', user_role: 'internal_user' });
    expect(await infoOf('a-internal_user')).toMatchObject({ max_budget: null });
  });

  it('is given to somebody without one who becomes an internal user', async () => {
    await update({ user_id: 'a-internal_user_viewer', user_role: 'internal_user' });
    expect(await infoOf('a-internal_user_viewer')).toMatchObject({ max_budget: 10, budget_duration: '1mo' });
    await update({ user_id: 'a-proxy_admin', max_budget: 3 });
    await update({ user_id: 'a-proxy_admin', user_role: 'internal_user' });
    expect(await infoOf('a-proxy_admin')).toMatchObject({ max_budget: 3, budget_duration: null });
  });
});
