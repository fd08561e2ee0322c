import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeOnEachEngine } from '../testing/each-engine.ts';
import { errorOf, makeCaller } from '../testing/make-caller.ts';
import { makePersonalKey, makeTeamKey, post } from '../testing/make-key.ts';
import { makeOrganization } from '../testing/make-organization.ts';
import { startTestApp, type TestAnswer, type TestApp, testDeployment } from '../testing/start-test-app.ts';
import { chat, chatCompletion, type FakeUpstream, startUpstream, usageOf } from '../testing/upstream.ts';

/** What one call costs here: 10 and 2 tokens. */
const oneCallUsd = 0.000019;
const oneCallNanoUsd = 19_000;

describeOnEachEngine('Limits of single models that an organization has', (openStorage) => {
  let upstream: FakeUpstream;
  let app: TestApp;
  let clock = Date.UTC(2026, 10, 23, 15, 10, 30);

  beforeAll(async () => {
    upstream = await startUpstream();
    const models = ['gpt', 'other', 'vendor/a', 'vendor/b'].map((name) => testDeployment(name, upstream.url));
    app = await startTestApp({ settings: { models }, storage: await openStorage(), now: () => clock });
  });
  afterAll(async () => {
    await app.close();
    await upstream.close();
  });
  beforeEach(() => upstream.respond(chat(['Hello'], usageOf(10, 2))));

  function call(key: string, model = 'gpt', maxTokens = 1): Promise<TestAnswer> {
    const body = { model, messages: [{ role: 'user', content: 'Hi' }], max_tokens: maxTokens };
    return app.send('POST', '/v1/chat/completions', { key, body });
  }

  async function expectServed(key: string, model = 'gpt'): Promise<void> {
    const answer = await call(key, model);
    expect(answer.status, answer.text).toBe(200);
  }

  /** A key of a team and a key without one, both of an organization with these limits. */
  async function keysUnder(limits: Record<string, unknown>): Promise<{ id: string; keys: [string, string] }> {
    const id = await makeOrganization(app, limits);
    const ofTeam = await makeTeamKey(app);
    const personal = await makePersonalKey(app);
    await post(app, '/team/update', { team_id: ofTeam.teamId, organization_id: id });
    await post(app, '/key/update', { key: personal.key, organization_id: id });
    return { id, keys: [ofTeam.key, personal.key] };
  }

  async function update(body: Record<string, unknown>): Promise<Record<string, unknown>> {
    const answer = await app.send('PATCH', '/organization/update', { body });
    expect(answer.status, answer.text).toBe(200);
    return answer.json();
  }

  async function windowSpend(ownerId: string): Promise<number[]> {
    await app.flush();
    const rows = await app.storage.db
      .selectFrom('budget_windows')
      .select('spend_nano_usd')
      .where('owner_kind', '=', 'organization')
      .where('owner_id', '=', ownerId)
      .execute();
    return rows.map((row) => row.spend_nano_usd);
  }

  it('bound all of its keys together, and only in calls of these models', async () => {
    const { id, keys } = await keysUnder({ model_rpm_limit: { gpt: 2 }, model_tpm_limit: { 'vendor/*': 20 } });
    const [ofTeam, personal] = keys;
    await expectServed(ofTeam);
    await expectServed(personal);
    for (const key of keys) {
      expect(errorOf(await call(key))).toMatchObject({
        status: 429,
        message: expect.stringContaining(
          `Rate limit exceeded for model_per_organization: ${id}:gpt. Limit type: requests. Current limit: 2, Remaining: 0.`,
        ),
      });
    }
    await expectServed(ofTeam, 'vendor/a');
    await expectServed(personal, 'vendor/b');
    expect((await call(ofTeam, 'vendor/b')).headers.get('rate_limit_type')).toBe('tokens');
    await expectServed(ofTeam, 'other');
    await expectServed((await makePersonalKey(app)).key);
  });

  it('are shown, change from the very next call, and go when they are null', async () => {
    const { id, keys } = await keysUnder({ model_rpm_limit: { gpt: 0 } });
    expect((await call(keys[0])).status).toBe(429);
    expect(
      await update({ organization_id: id, model_rpm_limit: { gpt: 5 }, model_tpm_limit: { gpt: 0 } }),
    ).toMatchObject({ model_rpm_limit: { gpt: 5 }, model_tpm_limit: { gpt: 0 } });
    expect((await call(keys[0])).headers.get('rate_limit_type')).toBe('tokens');
    const shown = await update({ organization_id: id, model_rpm_limit: null, model_tpm_limit: null });
    expect(shown).toMatchObject({ model_rpm_limit: null, model_tpm_limit: null });
    await expectServed(keys[0]);
  });

  it('spend one budget for a model, which refuses it when it is spent and starts anew at the end of its period', async () => {
    const { id, keys } = await keysUnder({
      model_max_budget: { gpt: { budget_limit: 2 * oneCallUsd, time_period: '1d' } },
    });
    for (const key of keys) await expectServed(key);
    for (const key of keys) {
      expect(errorOf(await call(key))).toEqual({
        status: 422,
        message: `LiteLLM Organization: ${id}, exceeded budget for model=gpt. Current cost: 0.000038, Max budget: 0.000038. It starts anew at 2026-11-24T00:00:00.000Z.`,
        type: 'budget_exceeded',
        param: null,
      });
    }
    await expectServed(keys[0], 'other');
    expect(await windowSpend(id)).toEqual([2 * oneCallNanoUsd]);
    clock = Date.UTC(2026, 10, 24, 0, 0, 1);
    await expectServed(keys[1]);
    expect(await windowSpend(id)).toEqual([oneCallNanoUsd]);
  });

  it('are overspent by one call at most when fifty meet the last cent of a model', async () => {
    const { id, keys } = await keysUnder({ model_max_budget: { gpt: { budget_limit: 2.5 * oneCallUsd } } });
    for (const key of keys) await expectServed(key);
    upstream.respond((request, response, incoming) => {
      setTimeout(() => void chatCompletion('Hello', usageOf(10, 2))(request, response, incoming), 50);
    });
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => call(keys[n % 2 === 0 ? 0 : 1], 'gpt', 2_000)),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await windowSpend(id)).toEqual([3 * oneCallNanoUsd]);
  });

  it('are told with where they come from, and explained by what admits calls', async () => {
    const { id, keys } = await keysUnder({
      model_max_budget: { gpt: { budget_limit: oneCallUsd, time_period: '7d', rpm_limit: 9 }, other: { tpm_limit: 8 } },
      model_rpm_limit: { gpt: 4 },
    });
    await expectServed(keys[0]);
    const { budget_id } = (await app.send('GET', `/organization/info?organization_id=${id}`)).json();
    const { limits } = (await app.send('GET', `/limits/effective?key=${keys[0]}`)).json<{
      limits: Record<string, unknown>[];
    }>();
    expect(
      limits.map(({ scope, kind, model, used, limit, set_on }) => [scope, kind, model, used, limit, set_on]),
    ).toEqual([
      [
        'organization',
        'budget',
        'gpt',
        oneCallUsd,
        oneCallUsd,
        { type: 'budget', id: budget_id, field: 'model_max_budget' },
      ],
      ['organization', 'requests', 'gpt', 1, 4, { type: 'organization', id, field: 'model_rpm_limit' }],
      ['organization', 'tokens', 'other', 0, 8, { type: 'budget', id: budget_id, field: 'model_max_budget' }],
    ]);
    expect(limits.map(({ set_by }) => set_by)).toEqual(Array.from({ length: 3 }, () => 'default_user_id'));
    const explained = await post(app, '/policy/explain', { key: keys[0], model: 'gpt' });
    const refused = errorOf(await call(keys[0]));
    expect(explained).toMatchObject({ allowed: false, refusal: { rule: 'budget', ...refused } });
  });

  it('that make no sense change nothing, and nobody who does not administer it sets any', async () => {
    const { id, keys } = await keysUnder({ model_rpm_limit: { gpt: 3 } });
    const before = (await app.send('GET', `/organization/info?organization_id=${id}`)).text;
    for (const [limits, status] of [
      [{ model_rpm_limit: { gpt: -1 } }, 422],
      [{ model_tpm_limit: { gpt: 1.5 } }, 422],
      [{ model_max_budget: { gpt: { budget_limit: 1, time_period: 'soon' } } }, 400],
      [{ model_rpm_limit: Object.fromEntries(Array.from({ length: 201 }, (_, n) => [`model-${n}`, 1])) }, 400],
    ] as const) {
      const body = { organization_id: id, ...limits };
      expect([limits, (await app.send('PATCH', '/organization/update', { body })).status]).toEqual([limits, status]);
      const made = await app.send('POST', '/organization/new', { body: { organization_alias: 'Bad', ...limits } });
      expect([limits, made.status]).toEqual([limits, status]);
    }
    const stranger = await makeCaller(app, 'internal_user');
    for (const key of [keys[0], stranger.key]) {
      const body = { organization_id: id, model_rpm_limit: { gpt: 100 } };
      expect((await app.send('PATCH', '/organization/update', { key, body })).status).toBeGreaterThanOrEqual(401);
    }
    expect((await app.send('GET', `/organization/info?organization_id=${id}`)).text).toBe(before);
  });
});
