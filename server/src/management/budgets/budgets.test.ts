import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { makeCaller } from '../../testing/make-caller.ts';
import { startTestApp, type TestApp } from '../../testing/start-test-app.ts';
import { resetDueBudgets } from './reset-due-budgets.ts';

describeOnEachEngine('Budgets that stand by themselves', (openStorage) => {
  let app: TestApp;
  let clock = Date.parse('2026-11-25T15:10:30Z');

  beforeAll(async () => {
    app = await startTestApp({ storage: await openStorage(), now: () => clock });
  });
  afterAll(() => app.close());

  const post = (path: string, body: unknown) => app.send('POST', path, { body });
  const info = async (...budgets: string[]) =>
    (await post('/budget/info', { budgets })).json<Record<string, unknown>[]>();

  it('are created with a window that begins now', async () => {
    const answer = await post('/budget/new', {
      budget_id: 'a-day',
      max_budget: 5,
      soft_budget: 4,
      tpm_limit: 100,
      budget_duration: '1d',
      model_max_budget: { demo: { budget_limit: 1, time_period: '1d' } },
    });
    expect([answer.status, answer.json()]).toEqual([
      200,
      {
        budget_id: 'a-day',
        max_budget: 5,
        soft_budget: 4,
        max_parallel_requests: null,
        tpm_limit: 100,
        rpm_limit: null,
        model_max_budget: { demo: { budget_limit: 1, time_period: '1d' } },
        budget_duration: '1d',
        budget_reset_at: '2026-11-26T15:10:30.000Z',
        created_at: '2026-11-25T15:10:30.000Z',
        created_by: 'default_user_id',
        updated_at: '2026-11-25T15:10:30.000Z',
        updated_by: 'default_user_id',
      },
    ]);
    expect((await post('/budget/new', { max_budget: 1 })).json()).toMatchObject({
      budget_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      budget_reset_at: null,
    });
    const given = await post('/budget/new', { budget_duration: '30d', budget_reset_at: '2027-01-01T00:00:00Z' });
    expect(given.json()).toMatchObject({ budget_reset_at: '2027-01-01T00:00:00.000Z' });
  });

  it('are created once, however many try at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => post('/budget/new', { budget_id: 'one' })));
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, ...Array.from({ length: 9 }, () => 400)]);
    expect(answers.find((answer) => answer.status === 400)?.json()).toHaveProperty('detail.error');
  });

  it('change as far as something was sent, and their window stays', async () => {
    await post('/budget/new', { budget_id: 'changing', max_budget: 5, rpm_limit: 7, budget_duration: '1d' });
    const answer = await post('/budget/update', { budget_id: 'changing', max_budget: null, budget_duration: '30d' });
    expect(answer.json()).toMatchObject({
      max_budget: null,
      rpm_limit: 7,
      budget_duration: '30d',
      budget_reset_at: '2026-11-26T15:10:30.000Z',
    });
    expect((await info('changing', 'no-such-budget')).map((row) => row['max_budget'])).toEqual([null]);
  });

  it('are listed, and told limit by limit', async () => {
    const list = (await app.send('GET', '/budget/list')).json<{ budget_id: string }[]>();
    expect(list.map((row) => row.budget_id)).toEqual(expect.arrayContaining(['a-day', 'one', 'changing']));
    const settings = (await app.send('GET', '/budget/settings?budget_id=a-day')).json<Record<string, unknown>[]>();
    expect(settings.map((field) => [field['field_name'], field['field_value'], field['stored_in_db']])).toEqual([
      ['max_parallel_requests', null, false],
      ['tpm_limit', 100, true],
      ['rpm_limit', null, false],
      ['budget_duration', '1d', true],
      ['max_budget', 5, true],
      ['soft_budget', 4, true],
    ]);
  });

  it('come page by page, with the ways to the other pages', async () => {
    interface Page {
      data: { budget_id: string }[];
      meta: { total_count: number; page: number; page_size: number; total_pages: number };
      links: Record<'self' | 'first' | 'last', string> & Record<'prev' | 'next', string | null>;
    }
    const page = async (path: string) => (await app.send('GET', path)).json<Page>();
    const all = (await app.send('GET', '/budget/list')).json<{ budget_id: string }[]>();
    const seen: string[] = [];
    let next: string | null = '/management/v1/budgets?page_size=2';
    let pages = 0;
    for (; next !== null; pages += 1) {
      const found: Page = await page(next);
      expect(found.meta).toEqual({
        total_count: all.length,
        page: pages + 1,
        page_size: 2,
        total_pages: Math.ceil(all.length / 2),
      });
      seen.push(...found.data.map(({ budget_id }) => budget_id));
      next = found.links.next;
    }
    expect(pages).toBe(Math.ceil(all.length / 2));
    expect(seen).toEqual(all.map(({ budget_id }) => budget_id));
    const { data, links } = await page('/management/v1/budgets?page=90&page_size=100');
    expect([data, links.prev, links.last]).toEqual([
      [],
      '/management/v1/budgets?page=1&page_size=100',
      '/management/v1/budgets?page=1&page_size=100',
    ]);
    for (const query of ['page=0', 'page=x', 'page_size=101']) {
      expect((await app.send('GET', `/management/v1/budgets?${query}`)).status, query).toBe(422);
    }
  });

  it('are deleted, and answered as they were', async () => {
    await post('/budget/new', { budget_id: 'going', max_budget: 2 });
    expect((await post('/budget/delete', { id: 'going' })).json()).toMatchObject({ budget_id: 'going', max_budget: 2 });
    expect(await info('going', 'a-day')).toHaveLength(1);
    expect((await post('/budget/delete', { id: 'going' })).status).toBe(404);
  });

  it('do not change when a value makes no sense', async () => {
    const before = await info('a-day');
    for (const [path, body, status] of [
      ['/budget/update', { budget_id: 'a-day', max_budget: -1 }, 400],
      ['/budget/update', { budget_id: 'a-day', soft_budget: -1 }, 400],
      ['/budget/update', { budget_id: 'a-day', max_budget: 1, budget_duration: 'sometimes' }, 400],
      ['/budget/update', { budget_id: 'a-day', budget_reset_at: 'soon' }, 400],
      ['/budget/update', { budget_id: 'a-day', rpm_limit: -1 }, 422],
      ['/budget/update', { max_budget: 1 }, 400],
      ['/budget/update', { budget_id: 'no-such-budget', max_budget: 1 }, 404],
      ['/budget/new', { budget_id: 'half', max_budget: -1 }, 400],
      ['/budget/new', { budget_id: 'half', budget_duration: '0d' }, 400],
      ['/budget/new', { budget_id: 'half', model_max_budget: { gpt: { budget_limit: 1, time_period: 'often' } } }, 400],
      ['/budget/info', { budgets: [] }, 400],
    ] as const) {
      const answer = await post(path, body);
      expect([JSON.stringify(body), answer.status]).toEqual([JSON.stringify(body), status]);
      expect(answer.json()).toHaveProperty('detail');
    }
    expect((await app.send('GET', '/budget/settings?budget_id=no-such-budget')).status).toBe(404);
    expect(await info('a-day', 'half')).toEqual(before);
  });

  it('begin anew when their window is over, once, and without drifting', async () => {
    clock = Date.parse('2026-11-26T20:00:00Z');
    await Promise.all(Array.from({ length: 4 }, () => resetDueBudgets(app.app.parts)));
    expect(await info('a-day')).toMatchObject([{ budget_reset_at: '2026-11-27T15:10:30.000Z' }]);
    clock = Date.parse('2026-12-24T18:00:00Z');
    await resetDueBudgets(app.app.parts);
    expect(await info('a-day')).toMatchObject([{ budget_reset_at: '2026-12-25T18:00:00.000Z' }]);
  });

  it('are changed by admins, read by viewers of everything, and nobody else’s business', async () => {
    const before = await info('a-day');
    for (const [role, readStatus, writeStatus] of [
      ['proxy_admin_viewer', 200, 403],
      ['internal_user', 401, 401],
      ['internal_user_viewer', 401, 401],
    ] as const) {
      const caller = await makeCaller(app, role);
      for (const path of ['/budget/list', '/management/v1/budgets', '/budget/settings?budget_id=a-day']) {
        expect([role, path, (await caller.send('GET', path)).status]).toEqual([role, path, readStatus]);
      }
      for (const [path, body] of [
        ['/budget/new', { budget_id: 'not-mine' }],
        ['/budget/update', { budget_id: 'a-day', max_budget: 1e6 }],
        ['/budget/info', { budgets: ['a-day'] }],
        ['/budget/delete', { id: 'a-day' }],
      ] as const) {
        expect([role, path, (await caller.send('POST', path, body)).status]).toEqual([role, path, writeStatus]);
      }
    }
    expect(await info('a-day', 'not-mine')).toEqual(before);
  });
});
