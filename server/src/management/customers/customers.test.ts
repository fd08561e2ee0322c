import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { type Caller, errorOf, makeCaller } from '../../testing/make-caller.ts';
import { startTestApp, type TestApp } from '../../testing/start-test-app.ts';
import { resetDueBudgets } from '../budgets/index.ts';

describeOnEachEngine('Customers', (openStorage) => {
  let app: TestApp;
  let caller: Caller;
  let clock = Date.parse('2026-11-25T15:10:30Z');

  beforeAll(async () => {
    app = await startTestApp({ storage: await openStorage(), now: () => clock });
    caller = await makeCaller(app, 'internal_user');
  });
  afterAll(() => app.close());

  const post = (path: string, body: unknown) => app.send('POST', path, { body });
  const info = async (id: string) => (await app.send('GET', `/customer/info?end_user_id=${id}`)).json();
  const call = (user: string, key = caller.key) =>
    app.send('POST', '/v1/chat/completions', {
      key,
      body: { model: 'demo', user, messages: [{ role: 'user', content: 'hi' }] },
    });

  it('are added, alone or with a budget of their own or a shared one', async () => {
    expect((await post('/customer/new', { user_id: 'plain', alias: 'Plain' })).json()).toEqual({
      user_id: 'plain',
      blocked: false,
      alias: 'Plain',
      spend: 0,
      allowed_model_region: null,
      default_model: null,
      budget_id: null,
      litellm_budget_table: null,
      object_permission_id: null,
      object_permission: null,
    });
    const own = await post('/end_user/new', {
      user_id: 'own',
      max_budget: 3,
      budget_duration: '1d',
      default_model: 'demo',
    });
    expect(own.json()).toMatchObject({
      default_model: 'demo',
      budget_id: expect.any(String),
      litellm_budget_table: { max_budget: 3, budget_reset_at: '2026-11-26T15:10:30.000Z' },
    });
    await post('/budget/new', { budget_id: 'shared', max_budget: 9 });
    for (const user_id of ['share-1', 'share-2']) await post('/customer/new', { user_id, budget_id: 'shared' });
    expect(await info('share-1')).toMatchObject({ budget_id: 'shared', litellm_budget_table: { max_budget: 9 } });
    expect((await post('/budget/delete', { id: 'shared' })).status).toBe(400);
    const list = (await app.send('GET', '/end_user/list')).json<{ user_id: string }[]>();
    expect(list.map((customer) => customer.user_id)).toEqual(expect.arrayContaining(['own', 'plain', 'share-1']));
  });

  it('are added once', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => post('/customer/new', { user_id: 'once' })));
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 400, 400, 400, 400, 400]);
    const refused = answers.find((answer) => answer.status === 400);
    expect(refused && errorOf(refused)).toEqual({
      status: 400,
      message: 'Customer already exists, passed user_id=once. Please pass a new user_id.',
      type: 'bad_request',
      param: 'user_id',
    });
  });

  it('change as far as something was sent; a shared budget stays as it is', async () => {
    await post('/customer/update', { user_id: 'plain', blocked: true, alias: null });
    expect(await info('plain')).toMatchObject({ blocked: true, alias: 'Plain' });
    await post('/customer/update', { user_id: 'plain', blocked: false, max_budget: 0 });
    expect(await info('plain')).toMatchObject({ blocked: false, litellm_budget_table: { max_budget: 0 } });
    await post('/customer/update', { user_id: 'share-1', max_budget: 1 });
    expect(await info('share-1')).toMatchObject({ litellm_budget_table: { max_budget: 1 } });
    expect(await info('share-2')).toMatchObject({ budget_id: 'shared', litellm_budget_table: { max_budget: 9 } });
    const { budget_id } = await info('share-1');
    await post('/customer/update', { user_id: 'share-1', max_budget: 2 });
    expect(await info('share-1')).toMatchObject({ budget_id, litellm_budget_table: { max_budget: 2 } });
  });

  it('take a budget of their own rather than change one that binds keys or organizations too', async () => {
    const bound = [
      ['with-key', '/key/generate'],
      ['with-organization', '/organization/new'],
    ] as const;
    for (const [budget_id, path] of bound) {
      await post('/budget/new', { budget_id, max_budget: 9 });
      const other = await post(path, { budget_id, organization_alias: 'Crimson' });
      expect(other.status, other.text).toBe(200);
      await post('/customer/new', { user_id: budget_id, budget_id });
      await post('/customer/update', { user_id: budget_id, max_budget: 90 });
      expect(await info(budget_id)).toMatchObject({ litellm_budget_table: { max_budget: 90 } });
      const [budget] = (await post('/budget/info', { budgets: [budget_id] })).json<{ max_budget: number }[]>();
      expect(budget?.max_budget).toBe(9);
    }
  });

  it('are deleted, all of them or none', async () => {
    for (const user_id of ['gone-1', 'gone-2']) await post('/customer/new', { user_id });
    const refused = await post('/customer/delete', { user_ids: ['gone-1', 'x', 'y'] });
    expect(errorOf(refused)).toMatchObject({ status: 404, message: 'End User Id(s)=x, y do not exist in db' });
    expect(await info('gone-1')).toMatchObject({ user_id: 'gone-1' });
    expect((await post('/customer/delete', { user_ids: ['gone-1', 'gone-2'] })).json()).toEqual({
      deleted_customers: 2,
      message: "Successfully deleted customers with ids: ['gone-1', 'gone-2']",
    });
    const missing = await app.send('GET', '/customer/info?end_user_id=gone-1');
    expect(errorOf(missing)).toEqual({
      status: 404,
      message: 'End User Id=gone-1 does not exist in db',
      type: 'not_found',
      param: 'end_user_id',
    });
  });

  it('are not changed by what makes no sense', async () => {
    const before = await info('own');
    for (const [path, body, status] of [
      ['/customer/new', {}, 422],
      ['/customer/new', { user_id: 'half', max_budget: 1, budget_id: 'shared' }, 422],
      ['/customer/new', { user_id: 'half', default_model: 'no-such-model' }, 422],
      ['/customer/new', { user_id: 'half', allowed_model_region: 'moon' }, 422],
      ['/customer/new', { user_id: 'half', max_budget: -1 }, 400],
      ['/customer/new', { user_id: 'half', max_budget: 1, budget_duration: 'sometimes' }, 400],
      ['/customer/new', { user_id: 'half', budget_id: 'no-such-budget' }, 400],
      ['/customer/update', { user_id: 'no-such-customer', blocked: true }, 404],
      ['/customer/update', { user_id: 'own', max_budget: -1, alias: 'x' }, 400],
      ['/customer/update', { user_id: 'own', budget_id: 'no-such-budget', alias: 'x' }, 400],
      ['/customer/delete', { user_ids: [] }, 400],
      ['/customer/block', { user_ids: [] }, 422],
    ] as const) {
      const answer = await post(path, body);
      expect([JSON.stringify(body), answer.status]).toEqual([JSON.stringify(body), status]);
    }
    expect(await info('own')).toEqual(before);
    expect((await app.send('GET', '/customer/info?end_user_id=half')).status).toBe(404);
  });

  describe('on whose behalf models are called', () => {
    it('come into being with the first call, and their spend is counted over all keys', async () => {
      expect((await call('new-here')).status).toBe(200);
      expect((await call('new-here', (await makeCaller(app, 'internal_user')).key)).status).toBe(200);
      await app.flush();
      const customer = await info('new-here');
      expect(customer).toMatchObject({ user_id: 'new-here', blocked: false, budget_id: null });
      const { spend } = await app.storage.db
        .selectFrom('request_logs')
        .select(({ fn }) => fn.sum<number>('spend_nano_usd').as('spend'))
        .where('end_user', '=', 'new-here')
        .executeTakeFirstOrThrow();
      expect(customer['spend']).toBe(spend / 1e9);
      expect(spend).toBeGreaterThan(0);
    });

    it('are refused from the very next call once blocked, whoever calls, until they are unblocked', async () => {
      expect((await call('trouble')).status).toBe(200);
      const blocked = await post('/customer/block', { user_ids: ['trouble', 'never-seen'] });
      expect(blocked.json()).toMatchObject({
        blocked_users: [
          { user_id: 'never-seen', blocked: true },
          { user_id: 'trouble', blocked: true },
        ],
      });
      for (const user of ['trouble', 'never-seen']) {
        const refused = await call(user);
        expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('blocked')]);
      }
      expect(
        (
          await app.send('POST', '/v1/chat/completions', {
            body: { model: 'demo', user: 'trouble', messages: [{ role: 'user', content: 'hi' }] },
          })
        ).status,
      ).toBe(400);
      expect((await call('somebody-else')).status).toBe(200);
      expect((await post('/customer/unblock', { user_ids: ['trouble'] })).json()).toEqual({ blocked_users: [] });
      expect((await call('trouble')).status).toBe(200);
    });

    it('are refused when their budget is spent, until it is raised or its window ends', async () => {
      await post('/customer/new', { user_id: 'poor', max_budget: 0.0000001, budget_duration: '1d' });
      expect((await call('poor')).status).toBe(200);
      const refused = await call('poor');
      expect(refused.status).toBe(422);
      expect(errorOf(refused)).toMatchObject({
        type: 'budget_exceeded',
        message: expect.stringContaining('ExceededBudget: End User=poor over budget.'),
      });
      expect((await call('somebody-else')).status).toBe(200);
      await post('/customer/update', { user_id: 'poor', max_budget: 5 });
      expect((await call('poor')).status).toBe(200);
      await post('/customer/update', { user_id: 'poor', max_budget: 0.0000001 });
      expect((await call('poor')).status).toBe(422);
      clock += 86_400_001;
      await app.flush();
      await resetDueBudgets(app.app.parts);
      expect(await info('poor')).toMatchObject({ spend: 0 });
      expect((await call('poor')).status).toBe(200);
    });
  });

  it('are changed by admins, read by viewers of everything, and nobody else’s business', async () => {
    const before = await info('own');
    for (const [role, readStatus, writeStatus] of [
      ['proxy_admin_viewer', 200, 403],
      ['internal_user', 401, 401],
      ['internal_user_viewer', 401, 401],
    ] as const) {
      const other = await makeCaller(app, role);
      for (const path of ['/customer/list', '/customer/info?end_user_id=own']) {
        expect([role, path, (await other.send('GET', path)).status]).toEqual([role, path, readStatus]);
      }
      for (const [path, body] of [
        ['/customer/new', { user_id: 'not-mine' }],
        ['/customer/update', { user_id: 'own', blocked: true }],
        ['/customer/delete', { user_ids: ['own'] }],
        ['/customer/block', { user_ids: ['own'] }],
        ['/end_user/unblock', { user_ids: ['own'] }],
      ] as const) {
        expect([role, path, (await other.send('POST', path, body)).status]).toEqual([role, path, writeStatus]);
      }
    }
    expect(await info('own')).toEqual(before);
  });
});
