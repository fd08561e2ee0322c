import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { makeCaller } from '../../testing/make-caller.ts';
import { startTestApp, type TestApp } from '../../testing/start-test-app.ts';

describeOnEachEngine('What new users get', (openStorage) => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp({
      storage: await openStorage(),
      settings: {
        internalUserDefaults: {
          maxBudgetNanoUsd: 10e9,
          budgetDuration: '1mo',
          params: { userRole: null, maxBudgetNanoUsd: null, budgetDuration: null, models: ['from-file'], teams: [] },
        },
      },
    });
    await app.send('POST', '/team/new', { body: { team_id: 'newcomers' } });
  });
  afterAll(() => app.close());

  const read = async () => (await app.send('GET', '/get/internal_user_settings')).json();
  const set = (body: unknown) => app.send('PATCH', '/update/internal_user_settings', { body });
  async function newUser(): Promise<Record<string, unknown>> {
    const added = (await app.send('POST', '/user/new', { body: { auto_create_key: false } })).json();
    return (await app.send('GET', `/v2/user/info?user_id=${added['user_id']}`)).json();
  }

  it('is the config file until somebody sets it', async () => {
    expect(await read()).toMatchObject({
      values: { user_role: 'internal_user', max_budget: 10, budget_duration: '1mo', models: ['from-file'], teams: [] },
      field_schema: { properties: { max_budget: { type: 'number' } } },
      provenance: { user_role: 'default', max_budget: 'config file', models: 'config file', teams: 'default' },
    });
    expect(await newUser()).toMatchObject({ max_budget: 10, models: ['from-file'], teams: [] });
  });

  it('is what an admin has set, from the next user on', async () => {
    const answer = await set({ max_budget: 2.5, teams: [{ team_id: 'newcomers' }] });
    expect(answer.json()).toEqual({
      message: 'Internal user settings updated successfully',
      status: 'success',
      settings: {
        user_role: 'internal_user',
        max_budget: 2.5,
        budget_duration: '1mo',
        models: ['from-file'],
        teams: ['newcomers'],
      },
    });
    expect(await read()).toMatchObject({
      values: { max_budget: 2.5 },
      provenance: { max_budget: 'database', teams: 'database', budget_duration: 'config file', user_role: 'default' },
    });
    expect(await newUser()).toMatchObject({ max_budget: 2.5, budget_duration: '1mo', teams: ['newcomers'] });
    // The same for somebody who comes into being as a member of a team.
    await app.send('POST', '/team/member_add', {
      body: { team_id: 'newcomers', member: { user_id: 'by-team', role: 'user' } },
    });
    expect((await app.send('GET', '/v2/user/info?user_id=by-team')).json()).toMatchObject({ max_budget: 2.5 });
  });

  it('is nothing where an admin has set null, whatever the file says', async () => {
    await set({
      max_budget: null,
      budget_duration: null,
      models: null,
      teams: null,
      user_role: 'internal_user_viewer',
    });
    expect(await newUser()).toMatchObject({
      user_role: 'internal_user_viewer',
      max_budget: null,
      budget_duration: null,
      models: [],
      teams: [],
    });
  });

  it('keeps all of what several admins set at the same time', async () => {
    await Promise.all([
      set({ max_budget: 7 }),
      set({ budget_duration: '7d' }),
      set({ models: ['a'] }),
      set({ user_role: 'internal_user' }),
    ]);
    expect((await read())['values']).toMatchObject({
      max_budget: 7,
      budget_duration: '7d',
      models: ['a'],
      user_role: 'internal_user',
    });
  });

  it('does not change when a value makes no sense', async () => {
    const before = await read();
    for (const [body, status] of [
      [{ max_budget: -1 }, 422],
      [{ user_role: 'emperor' }, 422],
      [{ max_budget: 1, budget_duration: 'sometimes' }, 400],
      [{ max_budget: 1, budget_duration: '2mo' }, 400],
      [{ max_budget: 1, teams: ['no-such-team'] }, 404],
      [{ teams: [{ team_id: 'newcomers', user_role: 'admin' }] }, 422],
    ] as const) {
      const answer = await set(body);
      expect([JSON.stringify(body), answer.status]).toEqual([JSON.stringify(body), status]);
      expect(answer.json()).toHaveProperty('detail');
    }
    expect(await read()).toEqual(before);
  });

  it('is set by admins, read by viewers of everything, and nobody else’s business', async () => {
    const before = await read();
    for (const [role, readStatus, setStatus] of [
      ['proxy_admin_viewer', 200, 403],
      ['internal_user', 401, 401],
      ['internal_user_viewer', 401, 401],
    ] as const) {
      const caller = await makeCaller(app, role);
      expect((await caller.send('GET', '/get/internal_user_settings')).status, role).toBe(readStatus);
      expect((await caller.send('PATCH', '/update/internal_user_settings', { max_budget: 1e6 })).status, role).toBe(
        setStatus,
      );
    }
    expect(await read()).toEqual(before);
  });

  describe('leaves a trace', () => {
    it('in the audit log', async () => {
      await set({ max_budget: 8 });
      const log = await app.send('GET', '/audit?table_name=LiteLLM_Config&page_size=1');
      expect(log.json()).toMatchObject({
        audit_logs: [{ object_id: 'default_internal_user_params', updated_values: { max_budget: 8 } }],
      });
    });
  });
});
