import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { resetDueBudgets } from '../management/budgets/index.ts';
import { hashSecret } from '../management/keys/key-secret.ts';
import { spendOf } from '../testing/books.ts';
import { describeOnEachEngine } from '../testing/each-engine.ts';
import { errorOf } from '../testing/make-caller.ts';
import { makePersonalKey, makeTeamKey, post } from '../testing/make-key.ts';
import { startTestApp, type TestAnswer, type TestApp, testDeployment } from '../testing/start-test-app.ts';
import { chat, chatCompletion, type FakeUpstream, startUpstream, usageOf } from '../testing/upstream.ts';

/** What one call costs here: 10 and 2 tokens. */
const oneCallUsd = 0.000019;
const oneCallNanoUsd = 19_000;

describeOnEachEngine('A budget for single models or for a period', (openStorage) => {
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

  function call(key: string, model = 'gpt', more: Record<string, unknown> = {}): Promise<TestAnswer> {
    return app.send('POST', '/v1/chat/completions', {
      key,
      body: { model, messages: [{ role: 'user', content: 'Hi' }], max_tokens: 1, ...more },
    });
  }

  async function expectServed(key: string, model = 'gpt', times = 1): Promise<void> {
    for (let n = 0; n < times; n += 1) {
      const answer = await call(key, model);
      expect(answer.status, answer.text).toBe(200);
    }
  }

  /** What the database says was spent in the windows of one owner, by model and period. */
  async function windowsOf(ownerId: string): Promise<Record<string, number>> {
    await app.flush();
    const rows = await app.storage.db
      .selectFrom('budget_windows')
      .selectAll()
      .where('owner_id', '=', ownerId)
      .execute();
    return Object.fromEntries(rows.map((row) => [`${row.model}/${row.budget_duration}`, row.spend_nano_usd]));
  }

  describe('of a key', () => {
    it('refuses the model it is spent for, in the contract’s words, and no other', async () => {
      const model_max_budget = { gpt: { budget_limit: oneCallUsd * 2, time_period: '1d' } };
      const { key } = await makePersonalKey(app, { key: { model_max_budget, key_alias: 'by-model' } });
      await expectServed(key, 'gpt', 2);
      expect(errorOf(await call(key))).toEqual({
        status: 422,
        message: `LiteLLM Virtual Key: sk-...${key.slice(-4)}, key_alias: by-model, exceeded budget for model=gpt. Current cost: 0.000038, Max budget: 0.000038. It starts anew at 2026-11-24T00:00:00.000Z.`,
        type: 'budget_exceeded',
        param: null,
      });
      await expectServed(key, 'other', 2);
      expect((await spendOf(app, key)).key).toBe(4 * oneCallNanoUsd);
      const { info } = (await app.send('GET', '/key/info', { key })).json<{ info: Record<string, unknown> }>();
      expect(info).toMatchObject({
        model_max_budget,
        model_max_budget_usage: {
          gpt: {
            current_spend: 0.000038,
            budget_limit: 0.000038,
            time_period: '1d',
            budget_reset_at: '2026-11-24T00:00:00.000Z',
          },
        },
      });
    });

    it.each([
      ['the names of BudgetConfig', { max_budget: oneCallUsd, budget_duration: '30d' }],
      ['a plain number, for ever', oneCallUsd],
      ['no period, for ever', { budget_limit: oneCallUsd }],
    ])('is understood in its other form: %s', async (_name, budget) => {
      const { key } = await makePersonalKey(app, { key: { model_max_budget: { gpt: budget } } });
      await expectServed(key);
      expect(errorOf(await call(key))).toMatchObject({ status: 422, type: 'budget_exceeded' });
    });

    it('for a pattern is shared by all models that it means', async () => {
      const model_max_budget = { 'vendor/*': { budget_limit: oneCallUsd * 2, time_period: '1d' } };
      const { key } = await makePersonalKey(app, { key: { model_max_budget } });
      await expectServed(key, 'vendor/a');
      await expectServed(key, 'vendor/b');
      for (const model of ['vendor/a', 'vendor/b']) expect((await call(key, model)).status).toBe(422);
      await expectServed(key, 'gpt');
    });

    it('starts anew when its period is over, at that instant, without any timer', async () => {
      const model_max_budget = { gpt: { budget_limit: oneCallUsd, time_period: '1h' } };
      const { key } = await makePersonalKey(app, { key: { model_max_budget } });
      await expectServed(key);
      const end = clock - (clock % 3_600_000) + 3_600_000;
      clock = end - 1;
      expect((await call(key)).status).toBe(422);
      clock = end;
      await expectServed(key);
      expect((await call(key)).status).toBe(422);
      const hash = hashSecret(key);
      expect(await windowsOf(hash)).toEqual({ 'gpt/1h': oneCallNanoUsd });
      expect((await spendOf(app, key)).key).toBe(2 * oneCallNanoUsd);
      await resetDueBudgets(app.app.parts);
      expect(await windowsOf(hash)).toEqual({ 'gpt/1h': oneCallNanoUsd });
    });

    it('is overspent by one call at most when many meet its last cent', async () => {
      const model_max_budget = { gpt: { budget_limit: oneCallUsd * 3.5, time_period: '1d' } };
      const { key } = await makePersonalKey(app, { key: { model_max_budget } });
      await expectServed(key, 'gpt', 3);
      upstream.respond((request, response, incoming) => {
        setTimeout(() => void chatCompletion('Hello', usageOf(10, 2))(request, response, incoming), 50);
      });
      const answers = await Promise.all(Array.from({ length: 50 }, () => call(key, 'gpt', { max_tokens: 2_000 })));
      expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
      expect(await windowsOf(hashSecret(key))).toEqual({ 'gpt/1d': 4 * oneCallNanoUsd });
    });

    it('that is raised lets the very next call through; one that is taken away binds no more', async () => {
      const budget = (budget_limit: number) => ({ gpt: { budget_limit, time_period: '1d' } });
      const { key } = await makePersonalKey(app, { key: { model_max_budget: budget(oneCallUsd) } });
      await expectServed(key);
      expect((await call(key)).status).toBe(422);
      await post(app, '/key/update', { key, model_max_budget: budget(oneCallUsd * 2) });
      await expectServed(key);
      expect((await call(key)).status).toBe(422);
      await post(app, '/key/update', { key, model_max_budget: {} });
      await expectServed(key, 'gpt', 2);
    });

    it('goes on when the secret is replaced', async () => {
      const model_max_budget = { gpt: { budget_limit: oneCallUsd, time_period: '1d' } };
      const { key } = await makePersonalKey(app, { key: { model_max_budget } });
      await expectServed(key);
      await app.flush();
      const { key: secret } = await post(app, '/key/regenerate', { key });
      expect((await call(String(secret))).status).toBe(422);
    });

    it('can be several at once, for periods of their own', async () => {
      const budget_limits = [
        { budget_duration: '1h', max_budget: oneCallUsd },
        { budget_duration: '1d', max_budget: oneCallUsd * 2 },
      ];
      const { key } = await makePersonalKey(app, { key: { budget_limits, key_alias: 'by-period' } });
      await expectServed(key);
      expect(errorOf(await call(key)).message).toContain(
        `Budget has been exceeded! Key=by-period (sk-...${key.slice(-4)}) Current cost: 0.000019, Max budget: 0.000019 for 1h. It starts anew at 2026`,
      );
      clock += 3_600_000;
      await expectServed(key, 'other');
      clock += 3_600_000;
      expect(errorOf(await call(key)).message).toContain('Max budget: 0.000038 for 1d.');
      await app.flush();
      const { info } = (await app.send('GET', '/key/info', { key })).json<{ info: Record<string, unknown> }>();
      expect(info['budget_limits_usage']).toMatchObject([
        { budget_duration: '1h', max_budget: oneCallUsd, spend: 0 },
        { budget_duration: '1d', max_budget: oneCallUsd * 2, spend: oneCallUsd * 2 },
      ]);
      clock += 24 * 3_600_000;
      await expectServed(key);
    });
  });

  it('of a team binds all of its keys together, and of a user all personal ones', async () => {
    const limits = { model_max_budget: { gpt: { budget_limit: oneCallUsd * 2, time_period: '1d' } } };
    const { key, userId, teamId } = await makeTeamKey(app, { team: limits, user: limits });
    const second = String((await post(app, '/key/generate', { team_id: teamId }))['key']);
    const personal = String((await post(app, '/key/generate', { user_id: userId }))['key']);
    await expectServed(key);
    await expectServed(second);
    for (const each of [key, second]) {
      expect(errorOf(await call(each)).message).toContain(`LiteLLM Team: ${teamId}, exceeded budget for model=gpt.`);
    }
    await expectServed(personal, 'gpt', 2);
    expect(errorOf(await call(personal)).message).toContain(`LiteLLM User: ${userId}, exceeded budget for model=gpt.`);
    expect(await windowsOf(teamId)).toEqual({ 'gpt/1d': 2 * oneCallNanoUsd });
    expect(await windowsOf(userId)).toEqual({ 'gpt/1d': 2 * oneCallNanoUsd });
    const user = (await app.send('GET', `/v2/user/info?user_id=${userId}`)).json();
    expect(user['model_max_budget_usage']).toMatchObject({ gpt: { current_spend: oneCallUsd * 2 } });
    await post(app, '/user/update', { user_id: userId, model_max_budget: null });
    await expectServed(personal);
    await post(app, '/team/update', { team_id: teamId, model_max_budget: null });
    await expectServed(key);
    await post(app, '/user/delete', { user_ids: [userId] });
    await post(app, '/team/delete', { team_ids: [teamId] });
    expect([await windowsOf(teamId), await windowsOf(userId)]).toEqual([{}, {}]);
  });

  it('is not spent by failures, and not by answers from before its window', async () => {
    const model_max_budget = { gpt: { budget_limit: oneCallUsd, time_period: '1h' } };
    const { key } = await makePersonalKey(app, { key: { model_max_budget } });
    upstream.respond((_request, response) => void response.destroy());
    for (let n = 0; n < 3; n += 1) expect((await call(key)).status).toBe(500);
    expect(Object.values(await windowsOf(hashSecret(key)))).toEqual([0]);
    let finish: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => {
      upstream.respond((request, response, incoming) => {
        finish = () => void chatCompletion('Hello', usageOf(10, 2))(request, response, incoming);
        resolve();
      });
    });
    const slow = call(key);
    await begun;
    clock += 3_600_000;
    upstream.respond(chat(['Hello'], usageOf(10, 2)));
    await expectServed(key);
    finish();
    expect((await slow).status).toBe(200);
    expect(await windowsOf(hashSecret(key))).toEqual({ 'gpt/1h': oneCallNanoUsd });
    expect((await spendOf(app, key)).key).toBe(2 * oneCallNanoUsd);
  });

  it('is changed by whoever may change budgets, and by nobody else', async () => {
    const { key, userId } = await makePersonalKey(app, { key: { model_max_budget: { gpt: oneCallUsd } } });
    const before = await rowOf(key);
    for (const [body, status] of [
      [{ model_max_budget: {} }, 403],
      [{ model_max_budget: { gpt: 100 } }, 403],
      [{ budget_limits: [{ budget_duration: '1d', max_budget: 1 }] }, 403],
    ] as const) {
      expect((await app.send('POST', '/key/update', { key, body: { key, ...body } })).status).toBe(status);
    }
    const stranger = await makePersonalKey(app);
    const answer = await app.send('POST', '/key/update', { key: stranger.key, body: { key, model_max_budget: {} } });
    expect(answer.status).toBe(403);
    const self = await app.send('POST', '/user/update', {
      key,
      body: { user_id: userId, model_max_budget: { gpt: 9 } },
    });
    expect(errorOf(self).status).toBe(403);
    expect(await rowOf(key)).toEqual(before);
  });

  it.each([
    [{ model_max_budget: { gpt: -1 } }, 422],
    [{ model_max_budget: { gpt: { budget_limit: -1, time_period: '1d' } } }, 422],
    [{ model_max_budget: { gpt: 'much' } }, 422],
    [{ model_max_budget: { gpt: { budget_limit: 1, time_period: 'sometimes' } } }, 400],
    [{ model_max_budget: { gpt: { budget_limit: 1, time_period: '2mo' } } }, 400],
    [{ model_max_budget: { gpt: { budget_limit: 1, time_period: '0d' } } }, 400],
    [{ model_max_budget: { '': 1 } }, 422],
    [{ model_max_budget: Object.fromEntries(Array.from({ length: 201 }, (_, n) => [`m${n}`, 1])) }, 400],
    [{ budget_limits: [{ budget_duration: '1d' }] }, 422],
    [{ budget_limits: [{ budget_duration: 'x', max_budget: 1 }] }, 400],
    [{ budget_limits: ['1d', '1d'].map((budget_duration) => ({ budget_duration, max_budget: 1 })) }, 400],
    [{ model_rpm_limit: { gpt: -1 } }, 422],
    [{ model_tpm_limit: { gpt: 1.5 } }, 422],
  ])('that makes no sense changes nothing: %j', async (fields, status) => {
    const { key, userId, teamId } = await makeTeamKey(app);
    const before = [await rowOf(key), await rowOfTeam(teamId)];
    for (const [path, body] of [
      ['/key/update', { key, ...fields }],
      ['/key/generate', { key_alias: 'never-made', ...fields }],
      ['/team/update', { team_id: teamId, ...fields }],
      ['/user/update', { user_id: userId, ...fields }],
      ['/user/new', { user_id: 'never-made', ...fields }],
    ] as const) {
      const answer = await app.send('POST', path, { body });
      expect([path, answer.status, answer.text]).toEqual([path, status, answer.text]);
    }
    expect([await rowOf(key), await rowOfTeam(teamId)]).toEqual(before);
    expect((await app.send('GET', '/user/info?user_id=never-made')).status).toBe(404);
  });

  describe('A limit of rate on one model', () => {
    it('of a key refuses that model alone', async () => {
      const { key } = await makePersonalKey(app, {
        key: { model_rpm_limit: { gpt: 1 }, model_tpm_limit: { other: 12 } },
      });
      await expectServed(key);
      const hash = hashSecret(key);
      expect(errorOf(await call(key))).toMatchObject({
        status: 429,
        message: expect.stringContaining(
          `Rate limit exceeded for model_per_key: ${hash}:gpt. Limit type: requests. Current limit: 1, Remaining: 0.`,
        ),
      });
      await expectServed(key, 'other');
      expect((await call(key, 'other')).headers.get('rate_limit_type')).toBe('tokens');
      await expectServed(key, 'vendor/a', 3);
    });

    it('stands in a model’s budget too, and holds for teams and for people', async () => {
      const { key, teamId, userId } = await makeTeamKey(app, {
        team: { model_max_budget: { gpt: { budget_limit: 1, time_period: '1d', rpm_limit: 1 } } },
        user: { model_rpm_limit: { other: 0 } },
      });
      await expectServed(key);
      expect(errorOf(await call(key)).message).toContain(`Rate limit exceeded for model_per_team: ${teamId}:gpt.`);
      await expectServed(key, 'other');
      const personal = String((await post(app, '/key/generate', { user_id: userId }))['key']);
      expect(errorOf(await call(personal, 'other')).message).toContain(`model_per_user: ${userId}:other.`);
    });
  });

  async function rowOf(key: string): Promise<Record<string, unknown>> {
    const { info } = (await app.send('POST', '/v2/key/info', { body: { keys: [key] } })).json<{
      info: Record<string, unknown>[];
    }>();
    return info[0] ?? {};
  }

  async function rowOfTeam(teamId: string): Promise<unknown> {
    return (await app.send('GET', `/team/info?team_id=${teamId}`)).json()['team_info'];
  }
});
