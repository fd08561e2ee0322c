import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { makeCaller } from '../../testing/make-caller.ts';
import { startTestApp, type TestApp } from '../../testing/start-test-app.ts';

describeOnEachEngine('What new teams get', (openStorage) => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp({
      storage: await openStorage(),
      settings: { teamDefaults: { max_budget: 25, budget_duration: '1mo', models: ['gpt-5'] } },
    });
  });
  afterAll(() => app.close());

  const read = async () => (await app.send('GET', '/get/default_team_settings')).json();
  const set = (body: unknown) => app.send('PATCH', '/update/default_team_settings', { body });
  const newTeam = async (body: Record<string, unknown> = {}, on = app) =>
    (await on.send('POST', '/team/new', { body })).json();

  it('is the config file until somebody sets it; models are for teams of groups alone', async () => {
    expect(await read()).toEqual({
      values: {
        ...{ models: ['gpt-5'], max_budget: 25, budget_duration: '1mo', tpm_limit: null, rpm_limit: null },
        ...{ team_member_permissions: null, organization_id: null },
      },
      field_schema: {
        description: expect.any(String),
        properties: expect.objectContaining({ max_budget: { description: expect.any(String), type: 'number' } }),
      },
      provenance: {
        ...{ models: 'config file', max_budget: 'config file', budget_duration: 'config file' },
        ...{ tpm_limit: 'default', rpm_limit: 'default', team_member_permissions: 'default' },
        organization_id: 'default',
      },
    });
    expect(await newTeam()).toMatchObject({ max_budget: 25, budget_duration: '1mo', tpm_limit: null, models: [] });
  });

  it('is what an admin has set, from the next team on, where the request does not say', async () => {
    const permissions = ['/key/generate', '/key/delete'];
    const answer = await set({ max_budget: 2.5, rpm_limit: 0, team_member_permissions: permissions });
    expect(answer.json()).toEqual({
      message: 'Default team settings updated successfully',
      status: 'success',
      settings: {
        ...{ models: ['gpt-5'], max_budget: 2.5, budget_duration: '1mo', tpm_limit: null, rpm_limit: 0 },
        ...{ team_member_permissions: permissions, organization_id: null },
      },
    });
    expect(await read()).toMatchObject({ provenance: { max_budget: 'database', rpm_limit: 'database' } });
    const filled = { max_budget: 2.5, budget_duration: '1mo', rpm_limit: 0, team_member_permissions: permissions };
    expect(await newTeam()).toMatchObject(filled);
    expect(await newTeam({ max_budget: 0, rpm_limit: 5, budget_duration: '7d' })).toMatchObject({
      ...{ max_budget: 0, rpm_limit: 5, budget_duration: '7d' },
    });
  });

  it('can be an organization that exists', async () => {
    const organization = await app.send('POST', '/organization/new', { body: { organization_alias: 'Acme' } });
    const { organization_id } = organization.json<{ organization_id: string }>();
    expect((await set({ organization_id: 'nowhere' })).status).toBe(400);
    expect((await set({ organization_id })).status).toBe(200);
    expect(await newTeam()).toMatchObject({ organization_id });
    await set({ organization_id: null });
  });

  it('is nothing where an admin has set null, whatever the file says', async () => {
    await set({ max_budget: null, budget_duration: null, rpm_limit: null, team_member_permissions: null });
    expect(await newTeam()).toMatchObject({ max_budget: null, budget_duration: null, rpm_limit: null });
  });

  it('is for teams of groups alone with the semantics of January 2026', async () => {
    const { settings } = app.app.parts;
    const older = await startTestApp({
      storage: await openStorage(),
      settings: { ...settings, compatibility: '2026-01', teamDefaults: { max_budget: 25 } },
    });
    expect(await newTeam({}, older)).toMatchObject({ max_budget: null });
    await older.app.close(100);
  });

  it('keeps all of what several admins set at the same time', async () => {
    await Promise.all([set({ max_budget: 7 }), set({ budget_duration: '7d' }), set({ tpm_limit: 9 })]);
    expect((await read())['values']).toMatchObject({ max_budget: 7, budget_duration: '7d', tpm_limit: 9 });
  });

  it('does not change when a value makes no sense', async () => {
    const before = await read();
    for (const [body, status] of [
      [{ max_budget: -1 }, 422],
      [{ max_budget: 1, tpm_limit: -1 }, 422],
      [{ max_budget: 1, budget_duration: 'sometimes' }, 400],
      [{ max_budget: 1, team_member_permissions: ['/user/new'] }, 422],
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
      expect((await caller.send('GET', '/get/default_team_settings')).status, role).toBe(readStatus);
      const changed = await caller.send('PATCH', '/update/default_team_settings', { max_budget: 1e6 });
      expect(changed.status, role).toBe(setStatus);
    }
    expect(await read()).toEqual(before);
  });

  it('leaves a trace in the audit log', async () => {
    await set({ max_budget: 8 });
    const log = await app.send('GET', '/audit?table_name=LiteLLM_Config&page_size=1');
    expect(log.json()).toMatchObject({
      audit_logs: [
        { object_id: 'default_team_params', before_value: { max_budget: 7 }, updated_values: { max_budget: 8 } },
      ],
    });
  });
});
