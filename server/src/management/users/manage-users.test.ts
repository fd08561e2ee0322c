import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { roles } from '../../access/permissions.contract.ts';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { type Caller, makeCaller } from '../../testing/make-caller.ts';
import { makePerson } from '../../testing/make-person.ts';
import { startTestApp, type TestApp } from '../../testing/start-test-app.ts';

describeOnEachEngine('Managing people', (openStorage) => {
  let app: TestApp;
  const callers = new Map<string, Caller>();

  beforeAll(async () => {
    app = await startTestApp({ storage: await openStorage() });
    for (const role of roles) callers.set(role, await makeCaller(app, role));
    await app.send('POST', '/team/new', { body: { team_id: 'crew', team_alias: 'Crew' } });
    callers.set('lead', await makeCaller(app, 'internal_user', { teams: [{ team_id: 'crew', user_role: 'admin' }] }));
    callers.set('mate', await makeCaller(app, 'internal_user', { teams: ['crew'] }));
    callers.set('stranger', await makeCaller(app, 'internal_user'));
  });
  afterAll(() => app.close());

  const as = (name: string): Caller => {
    const caller = callers.get(name);
    if (!caller) throw new Error(`There is no ${name}.`);
    return caller;
  };
  const row = async (userId: string) => {
    await app.flush();
    return (await app.send('GET', `/v2/user/info?user_id=${userId}`)).json();
  };
  const post = (path: string, body: unknown) => app.send('POST', path, { body });
  const callsModel = (caller: Caller) =>
    caller.send('POST', '/v1/chat/completions', { model: 'demo', messages: [{ role: 'user', content: 'hi' }] });

  describe('The row of a user', () => {
    it('holds the row and neither keys nor what is secret', async () => {
      const answer = await row(as('mate').userId);
      expect(answer).toMatchObject({
        user_id: as('mate').userId,
        user_email: as('mate').email,
        user_role: 'internal_user',
        teams: ['crew'],
        spend: 0,
        object_permission: null,
        model_max_budget_usage: {},
      });
      expect(Object.keys(answer)).not.toEqual(expect.arrayContaining(['keys']));
      expect(JSON.stringify(answer)).not.toContain('password');
    });

    it('is seen by admins, viewers of everything, admins of the team and oneself; for all others there is none', async () => {
      const status = async (caller: string, userId: string) =>
        (await as(caller).send('GET', `/v2/user/info?user_id=${userId}`)).status;
      const mate = as('mate').userId;
      expect(await status('proxy_admin', mate)).toBe(200);
      expect(await status('proxy_admin_viewer', mate)).toBe(200);
      expect(await status('lead', mate)).toBe(200);
      expect(await status('mate', mate)).toBe(200);
      expect(await status('mate', as('lead').userId)).toBe(404);
      expect(await status('lead', as('stranger').userId)).toBe(404);
      expect(await status('stranger', mate)).toBe(404);
      const refused = await as('stranger').send('GET', `/v2/user/info?user_id=${mate}`);
      const unknown = await as('stranger').send('GET', '/v2/user/info?user_id=nobody-at-all');
      expect(refused.text.replace(mate, '')).toBe(unknown.text.replace('nobody-at-all', ''));
      expect((await app.send('GET', '/v2/user/info')).status).toBe(400);
      expect((await app.send('GET', '/v2/user/info?user_id=x', { key: null })).status).toBe(401);
    });
  });

  it('People are found by a part of their address among those one works with', async () => {
    const found = async (caller: string, query: string) =>
      (await as(caller).send('GET', `/user/filter/ui?${query}`))
        .json<{ user_id: string }[]>()
        .map((user) => user.user_id);
    const crew = [as('lead').userId, as('mate').userId, 'default_user_id'].sort();
    expect((await found('proxy_admin', 'user_email=CALLER-')).length).toBeGreaterThan(5);
    expect(await found('proxy_admin_viewer', `user_id=${as('mate').userId.slice(1)}`)).toEqual([as('mate').userId]);
    expect((await found('mate', '')).sort()).toEqual(crew);
    expect(await found('stranger', '')).toEqual([as('stranger').userId]);
    expect(await found('stranger', `user_email=${as('mate').email}`)).toEqual([]);
    expect(await found('proxy_admin', 'user_email=%')).toEqual([]);
    expect(await found('proxy_admin', 'page=2&page_size=1')).toHaveLength(1);
    expect((await as('mate').send('GET', '/user/filter/ui?page=0')).status).toBe(422);
    const orphan = await post('/key/generate', { user_id: 'm-nobody' });
    expect((await app.send('GET', '/user/filter/ui', { key: String(orphan.json()['key']) })).json()).toEqual([]);
  });

  describe('Disabling', () => {
    it('stops keys and sessions at once, and enabling brings the keys back', async () => {
      const person = await makePerson(app, 'internal_user');
      const made = await post('/key/generate', { user_id: person.userId });
      const key = String(made.json()['key']);
      const call = () =>
        app.send('POST', '/v1/chat/completions', {
          key,
          body: { model: 'demo', messages: [{ role: 'user', content: 'hi' }] },
        });
      expect((await call()).status).toBe(200);

      const disabled = await post('/user/disable', { user_ids: [person.userId] });
      expect(disabled.json()).toMatchObject({ users: [{ user_id: person.userId, status: 'disabled' }] });
      expect((await call()).status).toBe(401);
      expect((await app.send('GET', '/key/info', { key })).status).toBe(401);
      expect((await person.send('GET', '/user/info')).status).toBe(401);

      const enabled = await post('/user/enable', { user_ids: [person.userId] });
      expect(enabled.json()).toMatchObject({ users: [{ user_id: person.userId, status: 'active' }] });
      expect((await call()).status).toBe(200);
      // Who was signed in signs in again.
      expect((await person.send('GET', '/user/info')).status).toBe(401);
      const log = await app.send('GET', `/audit?object_id=${person.userId}&page_size=2`);
      expect(log.json<{ audit_logs: { action: string }[] }>().audit_logs.map((entry) => entry.action)).toEqual([
        'unblocked',
        'blocked',
      ]);
    });

    it('changes nobody when one of the users cannot be disabled', async () => {
      const mate = as('mate').userId;
      for (const [other, status] of [
        ['nobody-at-all', 404],
        ['default_user_id', 400],
        [as('proxy_admin').userId, 400],
      ] as const) {
        const answer = await as('proxy_admin').send('POST', '/user/disable', { user_ids: [mate, other] });
        expect([other, answer.status]).toEqual([other, status]);
      }
      for (const body of [{}, { user_ids: [] }, { user_ids: mate }]) {
        expect((await post('/user/disable', body)).status).toBe(422);
      }
      expect((await post('/user/enable', { user_ids: ['nobody-at-all'] })).status).toBe(404);
      expect((await callsModel(as('mate'))).status).toBe(200);
    });

    it('never takes the last admin', async () => {
      const second = await makeCaller(app, 'proxy_admin');
      const { userId } = as('proxy_admin');
      expect((await second.send('POST', '/user/disable', { user_ids: [userId] })).status).toBe(200);
      // A key of the disabled admin is dead, so nobody could be asked; the master key stays.
      expect((await as('proxy_admin').send('POST', '/user/enable', { user_ids: [userId] })).status).toBe(401);
      expect((await second.send('POST', '/user/disable', { user_ids: [second.userId] })).status).toBe(400);
      expect((await second.send('POST', '/user/enable', { user_ids: [userId] })).status).toBe(200);
    });

    it('is for admins', async () => {
      for (const [name, status] of [
        ['proxy_admin_viewer', 403],
        ['internal_user', 401],
        ['internal_user_viewer', 401],
        ['lead', 401],
      ] as const) {
        for (const path of ['/user/disable', '/user/enable']) {
          const answer = await as(name).send('POST', path, { user_ids: [as('mate').userId] });
          expect([name, answer.status]).toEqual([name, status]);
        }
      }
      expect((await callsModel(as('mate'))).status).toBe(200);
    });
  });

  describe('Updating many', () => {
    it('changes each on its own, and tells what became of each', async () => {
      const answer = await post('/user/bulk_update', {
        users: [
          { user_id: as('mate').userId, max_budget: 5, user_alias: 'Mate' },
          { user_id: 'nobody-at-all', max_budget: 5 },
          { user_email: as('stranger').email.toUpperCase(), user_role: 'internal_user_viewer' },
          { user_id: 'default_user_id', user_role: 'internal_user' },
          { max_budget: 5 },
          { user_id: as('lead').userId, budget_duration: 'sometimes' },
        ],
      });
      expect([answer.status, answer.json()]).toEqual([
        200,
        {
          results: [
            {
              user_id: as('mate').userId,
              user_email: null,
              success: true,
              error: null,
              updated_user: expect.objectContaining({ max_budget: 5, user_alias: 'Mate' }),
            },
            expect.objectContaining({ user_id: 'nobody-at-all', success: false, updated_user: null }),
            expect.objectContaining({ user_id: as('stranger').userId, success: true }),
            expect.objectContaining({ success: false, error: expect.stringContaining('stands for the master key') }),
            expect.objectContaining({ user_id: null, success: false }),
            expect.objectContaining({ success: false, error: expect.stringContaining('budget_duration') }),
          ],
          total_requested: 6,
          successful_updates: 2,
          failed_updates: 4,
        },
      ]);
      expect(await row(as('stranger').userId)).toMatchObject({ user_role: 'internal_user_viewer' });
      expect(await row(as('lead').userId)).toMatchObject({ budget_duration: null });
      await post('/user/update', { user_id: as('stranger').userId, user_role: 'internal_user' });
    });

    it('changes everybody at once, and calls feel it at once', async () => {
      expect((await callsModel(as('stranger'))).status).toBe(200);
      const answer = await post('/user/bulk_update', {
        all_users: true,
        user_updates: { max_budget: 0, tpm_limit: 77 },
      });
      const { total_requested, successful_updates } = answer.json<{
        total_requested: number;
        successful_updates: number;
      }>();
      expect(total_requested).toBe(successful_updates);
      expect(await row(as('stranger').userId)).toMatchObject({ max_budget: 0 });
      expect(await row('default_user_id')).toMatchObject({ max_budget: null });
      expect((await callsModel(as('stranger'))).status).toBe(422);
      await post('/user/bulk_update', { all_users: true, user_updates: { max_budget: null } });
      expect((await callsModel(as('stranger'))).status).toBe(200);
    });

    it('refuses what makes no sense, and changes nothing', async () => {
      const before = await row(as('mate').userId);
      const many = Array.from({ length: 501 }, (_, at) => ({
        user_id: at === 0 ? as('mate').userId : `u${at}`,
        rpm_limit: 1,
      }));
      for (const [body, status] of [
        [{}, 400],
        [{ users: [] }, 400],
        [{ all_users: true }, 400],
        [{ all_users: true, user_updates: {} }, 400],
        [{ all_users: true, user_updates: { user_role: 'proxy_admin' } }, 400],
        [{ all_users: true, user_updates: { password: 'Correct-Horse-42!' } }, 400],
        [{ all_users: true, user_updates: { max_budget: -1 } }, 422],
        [{ all_users: true, user_updates: { max_budget: 3, budget_duration: '0d' } }, 400],
        [{ users: many }, 400],
        [{ users: [{ user_id: as('mate').userId, rpm_limit: -1 }] }, 422],
      ] as const) {
        const answer = await post('/user/bulk_update', body);
        expect([JSON.stringify(body).slice(0, 80), answer.status]).toEqual([JSON.stringify(body).slice(0, 80), status]);
        expect(answer.json()).toHaveProperty('detail');
      }
      expect(await row(as('mate').userId)).toEqual(before);
    });

    it('is for admins', async () => {
      const before = await row(as('mate').userId);
      for (const [name, status] of [
        ['proxy_admin_viewer', 403],
        ['internal_user', 401],
        ['internal_user_viewer', 401],
        ['lead', 401],
        ['mate', 401],
      ] as const) {
        const body = { users: [{ user_id: as('mate').userId, max_budget: 1e6 }] };
        expect([name, (await as(name).send('POST', '/user/bulk_update', body)).status]).toEqual([name, status]);
      }
      expect(await row(as('mate').userId)).toEqual(before);
    });
  });

  describe('What goes with a user', () => {
    it('is told before it goes, and is gone afterwards', async () => {
      const person = await makePerson(app, 'internal_user', { teams: ['crew'] });
      await post('/key/generate', { user_id: person.userId, key_alias: 'going' });
      const preview = await app.send('GET', `/user/delete_preview?user_ids=${person.userId}`);
      expect(preview.json()).toEqual({
        users: [
          {
            user_id: person.userId,
            user_email: person.email,
            user_alias: null,
            keys: [
              { token: expect.stringMatching(/^[0-9a-f]{64}$/), key_name: expect.any(String), key_alias: 'going' },
            ],
            teams: [{ team_id: 'crew', team_alias: 'Crew', role: 'user' }],
            open_invitations: 0,
            open_sessions: 1,
            requests_last_24h: 0,
            last_request_at: null,
          },
        ],
      });
      expect((await row(person.userId))['user_id']).toBe(person.userId);
      expect((await post('/user/delete', { user_ids: [person.userId] })).text).toBe('1');
      expect((await app.send('GET', `/user/delete_preview?user_ids=${person.userId}`)).status).toBe(404);
    });

    it('is told to admins, about users who exist', async () => {
      expect((await app.send('GET', '/user/delete_preview?user_ids=,')).status).toBe(400);
      expect((await app.send('GET', '/user/delete_preview')).status).toBe(422);
      for (const [name, status] of [
        ['proxy_admin_viewer', 403],
        ['internal_user', 401],
        ['lead', 401],
      ] as const) {
        const answer = await as(name).send('GET', `/user/delete_preview?user_ids=${as('mate').userId}`);
        expect([name, answer.status]).toEqual([name, status]);
      }
    });
  });
});
