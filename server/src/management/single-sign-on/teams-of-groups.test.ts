import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { type IdentityProvider, startIdentityProvider } from '../../testing/identity-provider.ts';
import { type MicrosoftGraph, startMicrosoftGraph } from '../../testing/microsoft-graph.ts';
import { openBrowser, settingsFor } from '../../testing/sign-on-browser.ts';
import { startTestApp, type TestApp } from '../../testing/start-test-app.ts';

describeOnEachEngine('Groups that are assigned to the application at Microsoft', (openStorage) => {
  let graph: MicrosoftGraph;
  let provider: IdentityProvider;
  let app: TestApp;

  beforeAll(async () => {
    [graph, provider] = [await startMicrosoftGraph(), await startIdentityProvider()];
    const microsoft = {
      ...{ GENERIC_CLIENT_ID: '', MICROSOFT_CLIENT_ID: provider.clientId, MICROSOFT_TENANT: 'tenant' },
      ...{ MICROSOFT_CLIENT_SECRET: provider.clientSecret, MICROSOFT_SERVICE_PRINCIPAL_ID: 'our application' },
    };
    app = await startTestApp({
      storage: await openStorage(),
      settings: {
        singleSignOn: settingsFor(provider, microsoft, { microsoft: provider.issuer, microsoftGraph: graph.url }),
        teamDefaults: { models: ['gpt-5'], max_budget: 25, budget_duration: '1mo', rpm_limit: 60 },
      },
    });
  });
  beforeEach(() => {
    Object.assign(graph, { groups: [], assigned: [], asked: [] });
  });
  afterAll(async () => {
    await app.close();
    await provider.close();
    await graph.close();
  });

  const group = (id: string, name: string | null = `The ${id}`) => ({
    ...{ principalType: 'Group', principalId: id, principalDisplayName: name },
  });

  async function signOn(name: string): Promise<string[] | string | null> {
    provider.people.set(name, {});
    graph.person = { id: name, userPrincipalName: `${name}@acme.io`, userType: 'Member' };
    const browser = openBrowser(app);
    const answer = await browser.signOn(provider, name, { provider: 'microsoft' });
    if (browser.session() === null) {
      return new URL(answer.headers.get('location') ?? '', app.url).searchParams.get('sso_error');
    }
    const { teams } = (await app.send('GET', '/ui/session', { key: browser.session() })).json<{
      teams: { team_id: string }[];
    }>();
    return teams.map((team) => team.team_id).sort();
  }
  const team = async (teamId: string) =>
    (await app.send('GET', `/team/info?team_id=${teamId}`)).json<{ team_info: Record<string, unknown> }>().team_info;
  const madeTeams = async () =>
    (
      await app.storage.db
        .selectFrom('audit_log')
        .select('object_id')
        .where('object_type', '=', 'team')
        .where('action', '=', 'created')
        .execute()
    )
      .map((row) => row.object_id)
      .sort();

  it('become teams with the defaults of new teams; whoever is in one is in the team', async () => {
    Object.assign(graph, { groups: ['crew'], assigned: [group('crew'), group('board', null)] });
    expect(await signOn('ann')).toEqual(['crew']);
    expect(graph.asked.filter((request) => request.includes('servicePrincipals'))).toEqual([
      '/servicePrincipals/our%20application/appRoleAssignedTo Bearer',
    ]);
    expect(await team('crew')).toMatchObject({
      ...{ team_alias: 'The crew', models: ['gpt-5'], max_budget: 25, budget_duration: '1mo', rpm_limit: 60 },
      ...{ tpm_limit: null, spend: 0, budget_reset_at: expect.any(String) },
      members_with_roles: [expect.objectContaining({ user_id: 'ann', role: 'user' })],
    });
    expect(await team('board')).toMatchObject({ team_alias: null, max_budget: 25, members_with_roles: [] });
    expect(await madeTeams()).toEqual(['board', 'crew']);
  });

  it('are made once; a team that exists keeps what an admin has set', async () => {
    await app.send('POST', '/team/update', { body: { team_id: 'crew', max_budget: 7, team_alias: 'Crew' } });
    Object.assign(graph, { groups: ['crew'], assigned: [group('crew', 'Renamed'), group('crew')] });
    expect(await signOn('ann')).toEqual(['crew']);
    expect(await team('crew')).toMatchObject({ team_alias: 'Crew', max_budget: 7 });
    expect(await madeTeams()).toEqual(['board', 'crew']);
  });

  it('are made once by ten people who sign in for the first time at once', async () => {
    Object.assign(graph, { groups: ['rush'], assigned: [group('rush')] });
    // Graph answers for whoever asks, so all of them are one person in ten windows.
    const teams = await Promise.all(Array.from({ length: 10 }, () => signOn('bob')));
    expect(teams).toEqual(Array.from({ length: 10 }, () => ['rush']));
    expect((await madeTeams()).filter((id) => id === 'rush')).toHaveLength(1);
  });

  it('are groups: neither people nor applications become teams, whatever a group is called', async () => {
    const assigned = [
      { principalType: 'User', principalId: 'a-person', principalDisplayName: 'Eve' },
      { principalType: 'ServicePrincipal', principalId: 'a-program' },
      { principalType: 'Group' },
      group('odd', `Line\nbreak ${'x'.repeat(400)}`),
    ];
    Object.assign(graph, { groups: ['odd', 'a-person'], assigned });
    expect(await signOn('carl')).toEqual(['odd']);
    expect(String((await team('odd'))['team_alias'])).toHaveLength(255);
    expect((await madeTeams()).filter((id) => id.startsWith('a-'))).toEqual([]);
  });

  it('are left with the group, and the team stays', async () => {
    Object.assign(graph, { groups: [], assigned: [group('crew')] });
    expect(await signOn('ann')).toEqual([]);
    expect(await team('crew')).toMatchObject({ members_with_roles: [] });
  });
});
