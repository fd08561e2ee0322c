import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { describeOnEachEngine } from '../testing/each-engine.ts';
import { errorOf } from '../testing/make-caller.ts';
import { makePersonalKey, post } from '../testing/make-key.ts';
import {
  startTestApp,
  type TestAnswer,
  type TestApp,
  testDeployment,
  testMasterKey,
} from '../testing/start-test-app.ts';
import { chat, type FakeUpstream, startUpstream, usageOf } from '../testing/upstream.ts';

const oneCallUsd = 0.000019;
const oneCallNanoUsd = 19_000;

describeOnEachEngine('A customer', (openStorage) => {
  let upstream: FakeUpstream;
  let app: TestApp;
  let key: string;
  let clock = Date.UTC(2026, 10, 23, 15, 10, 30);
  let count = 0;

  beforeAll(async () => {
    upstream = await startUpstream();
    const at = (name: string, id: string, region: string | null) => testDeployment(name, upstream.url, { id, region });
    app = await startTestApp({
      settings: {
        models: [
          at('gpt', 'gpt-nowhere', null),
          at('gpt', 'gpt-us', 'us-east-1'),
          at('gpt', 'gpt-eu', 'eu'),
          at('american', 'american-1', 'eastus2'),
          at('european', 'european-1', 'westeurope'),
        ],
        customerDefaults: { maxBudgetNanoUsd: null, budgetId: 'for-everybody' },
      },
      storage: await openStorage(),
      now: () => clock,
    });
    key = (await makePersonalKey(app)).key;
  });
  afterAll(async () => {
    await app.close();
    await upstream.close();
  });
  beforeEach(() => upstream.respond(chat(['Hello'], usageOf(10, 2))));

  async function makeCustomer(fields: Record<string, unknown> = {}): Promise<string> {
    count += 1;
    return String((await post(app, '/customer/new', { user_id: `customer-${count}`, ...fields }))['user_id']);
  }

  function call(user: string, more: Record<string, unknown> = {}, by = key): Promise<TestAnswer> {
    const body = { model: 'gpt', user, messages: [{ role: 'user', content: 'Hi' }], max_tokens: 1, ...more };
    return app.send('POST', '/v1/chat/completions', { key: by, body });
  }

  async function expectServed(user: string, more: Record<string, unknown> = {}, by = key): Promise<TestAnswer> {
    const answer = await call(user, more, by);
    expect(answer.status, answer.text).toBe(200);
    return answer;
  }

  it.each([
    ['rpm_limit', 1, 'requests'],
    ['tpm_limit', 12, 'tokens'],
    ['max_parallel_requests', 0, 'max_parallel_requests'],
  ])('with a %s is held to it over all keys', async (name, limit, limitType) => {
    const user = await makeCustomer({ [name]: limit });
    const other = await makePersonalKey(app);
    if (limit > 0) await expectServed(user);
    const refusal = await call(user, {}, other.key);
    expect(errorOf(refusal)).toMatchObject({
      status: 429,
      message: expect.stringContaining(`Rate limit exceeded for end_user: ${user}. Limit type: ${limitType}.`),
    });
    await expectServed(await makeCustomer(), {}, other.key);
  });

  it('with budgets and rates of single models is held to them', async () => {
    const user = await makeCustomer({
      model_max_budget: {
        gpt: { max_budget: oneCallUsd, budget_duration: '1d' },
        european: { rpm_limit: 1 },
      },
    });
    await expectServed(user);
    expect(errorOf(await call(user))).toMatchObject({
      status: 422,
      type: 'budget_exceeded',
      message: `LiteLLM End User: ${user}, exceeded budget for model=gpt. Current cost: 0.000019, Max budget: 0.000019. It starts anew at 2026-11-24T00:00:00.000Z.`,
    });
    await expectServed(user, { model: 'european' });
    expect(errorOf(await call(user, { model: 'european' })).message).toContain(`model_per_end_user: ${user}:european.`);
    await app.flush();
    const windows = await app.storage.db
      .selectFrom('budget_windows')
      .select(['model', 'spend_nano_usd'])
      .where('owner_id', '=', user)
      .execute();
    expect(windows).toEqual([{ model: 'gpt', spend_nano_usd: oneCallNanoUsd }]);
    await post(app, '/customer/delete', { user_ids: [user] });
    await expectServed(user);
  });

  it('is held to a shared budget as it is now', async () => {
    await post(app, '/budget/new', { budget_id: 'shared', max_budget: 1 });
    const user = await makeCustomer({ budget_id: 'shared' });
    await expectServed(user);
    await post(app, '/budget/update', { budget_id: 'shared', rpm_limit: 0 });
    expect((await call(user)).status).toBe(429);
    await post(app, '/budget/update', { budget_id: 'shared', rpm_limit: null, max_budget: oneCallUsd });
    expect((await call(user)).status).toBe(422);
  });

  it('who is blocked or over budget is refused to the holder of the master key too', async () => {
    const user = await makeCustomer({ max_budget: oneCallUsd, rpm_limit: 9 });
    await expectServed(user, {}, testMasterKey);
    expect(errorOf(await call(user, {}, testMasterKey))).toMatchObject({
      status: 422,
      message: `ExceededBudget: End User=${user} over budget. Spend=0.000019, Budget=0.000019`,
    });
    await post(app, '/customer/block', { user_ids: [user] });
    expect(errorOf(await call(user, {}, testMasterKey))).toMatchObject({ status: 400, type: 'blocked_customer' });
  });

  describe('with a region', () => {
    it('is served there, by whatever names the clouds have for it, and nowhere else', async () => {
      const european = await makeCustomer({ allowed_model_region: 'eu' });
      const american = await makeCustomer({ allowed_model_region: 'us' });
      for (let n = 0; n < 5; n += 1) {
        expect((await expectServed(european)).headers.get('x-litellm-model-id')).toBe('gpt-eu');
        expect((await expectServed(american)).headers.get('x-litellm-model-id')).toBe('gpt-us');
      }
      await expectServed(european, { model: 'european' });
      await expectServed(american, { model: 'american' });
      expect(errorOf(await call(european, { model: 'american' }))).toMatchObject({
        status: 403,
        type: 'region_access_denied',
        param: 'model',
        message: expect.stringContaining(`The calls of End User=${european} must stay in region 'eu'`),
      });
      expect((await call(american, { model: 'european' })).status).toBe(403);
      expect((await call(european, { model: 'no-such-model' })).status).toBe(400);
    });

    it('is served by the default model where the requested one is not there, if the key may use it', async () => {
      const user = await makeCustomer({ allowed_model_region: 'eu', default_model: 'european' });
      const answer = await expectServed(user, { model: 'american' });
      expect(answer.headers.get('x-litellm-model-group')).toBe('european');
      expect((await expectServed(user)).headers.get('x-litellm-model-id')).toBe('gpt-eu');
      const narrow = await makePersonalKey(app, { key: { models: ['american'] } });
      expect(errorOf(await call(user, { model: 'american' }, narrow.key))).toMatchObject({
        status: 403,
        type: 'key_model_access_denied',
      });
      const lost = await makeCustomer({ allowed_model_region: 'eu', default_model: 'american' });
      expect((await call(lost, { model: 'american' })).status).toBe(403);
    });
  });

  it('without a budget, known or not, has the default one, which starts anew for all of them', async () => {
    await post(app, '/budget/new', { budget_id: 'for-everybody', max_budget: oneCallUsd, budget_duration: '1d' });
    const known = await makeCustomer();
    const own = await makeCustomer({ max_budget: 1 });
    for (const user of [known, 'never-met-before']) {
      await expectServed(user);
      expect((await call(user)).status).toBe(422);
      await app.flush();
      expect((await call(user)).status).toBe(422);
    }
    await expectServed(own);
    await expectServed(own);
    expect((await app.send('POST', '/budget/delete', { body: { id: 'for-everybody' } })).status).toBe(400);
    clock += 24 * 3_600_000;
    for (const user of [known, 'never-met-before']) {
      await expectServed(user);
      expect((await call(user)).status).toBe(422);
    }
    await app.flush();
    const spend = await app.send('GET', `/customer/info?end_user_id=${own}`);
    expect(spend.json()['spend']).toBe(oneCallUsd * 2);
  });
});
