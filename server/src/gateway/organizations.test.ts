import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { logOf } from '../testing/books.ts';
import { describeOnEachEngine } from '../testing/each-engine.ts';
import { errorOf } from '../testing/make-caller.ts';
import { makePersonalKey, makeTeamKey, post } from '../testing/make-key.ts';
import { makeOrganization } from '../testing/make-organization.ts';
import { startTestApp, type TestAnswer, type TestApp, testDeployment } from '../testing/start-test-app.ts';
import { chat, type FakeUpstream, startUpstream, usageOf } from '../testing/upstream.ts';

/** What one call costs here: 10 and 2 tokens. */
const oneCallUsd = 0.000019;
const oneCallNanoUsd = 19_000;

describeOnEachEngine('An organization', (openTestStorage) => {
  let upstream: FakeUpstream;
  let app: TestApp;
  let clock = Date.UTC(2026, 10, 23, 15, 10, 30);

  beforeAll(async () => {
    upstream = await startUpstream();
    app = await startTestApp({
      settings: { models: ['gpt', 'other'].map((name) => testDeployment(name, upstream.url)) },
      storage: await openTestStorage(),
      now: () => clock,
    });
  });
  afterAll(async () => {
    await app.close();
    await upstream.close();
  });
  beforeEach(() => upstream.respond(chat(['Hello'], usageOf(10, 2))));

  function call(key: string, model = 'gpt'): Promise<TestAnswer> {
    const body = { model, messages: [{ role: 'user', content: 'Hi' }], max_tokens: 1 };
    return app.send('POST', '/v1/chat/completions', { key, body });
  }

  async function expectServed(key: string, model = 'gpt'): Promise<void> {
    const answer = await call(key, model);
    expect(answer.status, answer.text).toBe(200);
  }

  /** Puts a team, or a key without one, into an organization. */
  async function put(what: { teamId: string } | { key: string }, organizationId: string | null): Promise<void> {
    const organization_id = organizationId ?? '';
    if ('teamId' in what) await post(app, '/team/update', { team_id: what.teamId, organization_id });
    else await post(app, '/key/update', { key: what.key, organization_id });
  }

  async function join(organizationId: string, userId: string, maxBudgetUsd: number): Promise<void> {
    await post(app, '/organization/member_add', {
      organization_id: organizationId,
      member: { user_id: userId, role: 'internal_user' },
      max_budget_in_organization: maxBudgetUsd,
    });
  }

  async function spendOf(organizationId: string): Promise<number> {
    await app.flush();
    const row = await app.storage.db
      .selectFrom('organizations')
      .select('spend_nano_usd')
      .where('organization_id', '=', organizationId)
      .executeTakeFirstOrThrow();
    return row.spend_nano_usd;
  }

  async function rollupsOf(organizationId: string): Promise<{ team_id: string; requests: number; spend: number }[]> {
    await app.flush();
    return app.storage.db
      .selectFrom('organization_rollups')
      .select(['team_id', 'requests', 'spend_nano_usd as spend'])
      .where('organization_id', '=', organizationId)
      .orderBy('team_id')
      .execute();
  }

  test('pays for the keys of its teams and for its keys without a team, together and exactly', async () => {
    const organizationId = await makeOrganization(app, { max_budget: 3 * oneCallUsd });
    const ofTeam = await makeTeamKey(app);
    const personal = await makePersonalKey(app);
    await put({ teamId: ofTeam.teamId }, organizationId);
    await put({ key: personal.key }, organizationId);
    await expectServed(ofTeam.key);
    await expectServed(personal.key);
    await expectServed(ofTeam.key);
    expect(await spendOf(organizationId)).toBe(3 * oneCallNanoUsd);
    for (const { key } of [ofTeam, personal]) {
      expect(errorOf(await call(key))).toEqual({
        status: 422,
        message: `Budget has been exceeded! Organization=${organizationId} Current cost: 0.000057, Max budget: 0.000057`,
        type: 'budget_exceeded',
        param: null,
      });
    }
    const outside = await makeTeamKey(app);
    await expectServed(outside.key);
    expect(await logOf(app, ofTeam.key)).toMatchObject([
      { organization_id: organizationId },
      { organization_id: organizationId },
    ]);
    expect((await logOf(app, outside.key))[0]?.organization_id).toBe('');
  });

  test('keeps what it has paid when a team moves on; from then on the next one pays', async () => {
    const [before, after] = [await makeOrganization(app), await makeOrganization(app)];
    const { key, teamId } = await makeTeamKey(app);
    await put({ teamId }, before);
    await expectServed(key);
    await put({ teamId }, after);
    await expectServed(key);
    await expectServed(key);
    await put({ teamId }, null);
    await expectServed(key);
    expect([await spendOf(before), await spendOf(after)]).toEqual([oneCallNanoUsd, 2 * oneCallNanoUsd]);
    expect(await rollupsOf(before)).toEqual([{ team_id: teamId, requests: 1, spend: oneCallNanoUsd }]);
    expect(await rollupsOf(after)).toEqual([{ team_id: teamId, requests: 2, spend: 2 * oneCallNanoUsd }]);
  });

  test('lets a member spend what is set for them in it, over all of their keys, and others go on', async () => {
    const organizationId = await makeOrganization(app);
    const first = await makeTeamKey(app);
    const second = await makeTeamKey(app);
    for (const { teamId } of [first, second]) await put({ teamId }, organizationId);
    await join(organizationId, first.userId, oneCallUsd);
    await expectServed(first.key);
    const personal = String((await post(app, '/key/generate', { user_id: first.userId }))['key']);
    await put({ key: personal }, organizationId);
    for (const key of [first.key, personal]) {
      expect(errorOf(await call(key))).toMatchObject({
        status: 422,
        message: `Budget has been exceeded! OrganizationMember=${first.userId}:${organizationId} Current cost: 0.000019, Max budget: 0.000019`,
      });
    }
    await expectServed(second.key);
  });

  test('begins anew with the window of its budget, for itself and its members, when the next call comes', async () => {
    const organizationId = await makeOrganization(app, { max_budget: oneCallUsd, budget_duration: '1d' });
    const { key, teamId, userId } = await makeTeamKey(app);
    await put({ teamId }, organizationId);
    await join(organizationId, userId, oneCallUsd);
    await expectServed(key);
    expect((await call(key)).status).toBe(422);
    clock += 86_400_000;
    await expectServed(key);
    expect((await call(key)).status).toBe(422);
    expect(await spendOf(organizationId)).toBe(oneCallNanoUsd);
  });

  test('limits the requests, the tokens and the models of all that belongs to it', async () => {
    const organizationId = await makeOrganization(app, { rpm_limit: 2, models: ['gpt'] });
    const first = await makeTeamKey(app);
    const second = await makeTeamKey(app);
    for (const { teamId } of [first, second]) await put({ teamId }, organizationId);
    await expectServed(first.key);
    await expectServed(second.key);
    expect(errorOf(await call(second.key))).toMatchObject({
      status: 429,
      message: expect.stringContaining(
        `Rate limit exceeded for organization: ${organizationId}. Limit type: requests. Current limit: 2, Remaining: 0.`,
      ),
    });
    expect(errorOf(await call(first.key, 'other'))).toMatchObject({
      status: 403,
      type: 'org_model_access_denied',
      param: 'model',
    });
    const listed = (await app.send('GET', '/v1/models', { key: first.key })).json<{ data: { id: string }[] }>();
    expect(listed.data.map(({ id }) => id)).toEqual(['gpt']);
    const tokens = await makeOrganization(app, { tpm_limit: 12 });
    await put({ teamId: first.teamId }, tokens);
    await expectServed(first.key, 'other');
    expect((await call(first.key)).headers.get('rate_limit_type')).toBe('tokens');
  });

  test('obeys a change of its budget from the very next call', async () => {
    const organizationId = await makeOrganization(app, { max_budget: 0 });
    const { key, teamId } = await makeTeamKey(app);
    await put({ teamId }, organizationId);
    expect((await call(key)).status).toBe(422);
    const shown = await app.send('GET', `/organization/info?organization_id=${organizationId}`);
    const { budget_id } = shown.json<{ budget_id: string }>();
    await post(app, '/budget/update', { budget_id, max_budget: 1 });
    await expectServed(key);
    await post(app, '/budget/update', { budget_id, rpm_limit: 0 });
    expect((await call(key)).status).toBe(429);
    expect((await app.send('POST', '/budget/delete', { body: { id: budget_id } })).status).toBe(400);
  });
});
