import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { spendOf } from '../testing/books.ts';
import { describeOnEachEngine } from '../testing/each-engine.ts';
import { errorOf } from '../testing/make-caller.ts';
import { makePersonalKey, makeTeamKey, post } from '../testing/make-key.ts';
import { startTestApp, type TestAnswer, type TestApp, testDeployment } from '../testing/start-test-app.ts';
import { chat, chatCompletion, type FakeUpstream, startUpstream, usageOf } from '../testing/upstream.ts';

const oneCallUsd = 0.000019;
const oneCallNanoUsd = 19_000;

describeOnEachEngine('A budget that keys refer to', (openStorage) => {
  let upstream: FakeUpstream;
  let app: TestApp;
  let clock = Date.UTC(2026, 10, 23, 15, 10, 30);
  let count = 0;

  beforeAll(async () => {
    upstream = await startUpstream();
    const models = ['gpt', 'other'].map((name) => testDeployment(name, upstream.url));
    app = await startTestApp({ settings: { models }, storage: await openStorage(), now: () => clock });
  });
  afterAll(async () => {
    await app.close();
    await upstream.close();
  });
  beforeEach(() => upstream.respond(chat(['Hello'], usageOf(10, 2))));

  async function makeBudget(fields: Record<string, unknown>): Promise<string> {
    count += 1;
    return String((await post(app, '/budget/new', { budget_id: `shared-${count}`, ...fields }))['budget_id']);
  }

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

  it('binds each of them with its own spend, in the contract’s words, and is shown with the key', async () => {
    const budget_id = await makeBudget({ max_budget: oneCallUsd, budget_duration: '1d' });
    const { key } = await makePersonalKey(app, { key: { budget_id, key_alias: `first-${budget_id}` } });
    const { key: second } = await makePersonalKey(app, { key: { budget_id } });
    await expectServed(key);
    expect(errorOf(await call(key))).toMatchObject({
      status: 422,
      type: 'budget_exceeded',
      message: `Budget has been exceeded! Key=first-${budget_id} (sk-...${key.slice(-4)}) Current cost: 0.000019, Max budget: 0.000019`,
    });
    await expectServed(second);
    expect((await spendOf(app, second)).key).toBe(oneCallNanoUsd);
    const { info } = (await app.send('GET', '/key/info', { key })).json<{ info: Record<string, unknown> }>();
    expect(info).toMatchObject({
      budget_id,
      max_budget: null,
      litellm_budget_table: { budget_id, max_budget: oneCallUsd },
    });
  });

  it('binds by what it says at the next call, however often it changes', async () => {
    const budget_id = await makeBudget({ max_budget: oneCallUsd });
    const { key } = await makePersonalKey(app, { key: { budget_id } });
    await expectServed(key);
    for (const [change, status] of [
      [{}, 422],
      [{ max_budget: 1 }, 200],
      [{ rpm_limit: 0 }, 429],
      [{ rpm_limit: null, tpm_limit: 0 }, 429],
      [{ tpm_limit: null, max_parallel_requests: 0 }, 429],
      [{ max_parallel_requests: null, model_max_budget: { gpt: 0 } }, 422],
      [{ model_max_budget: null }, 200],
      [{ max_budget: oneCallUsd }, 422],
      [{ max_budget: null }, 200],
    ] as const) {
      await post(app, '/budget/update', { budget_id, ...change });
      const answer = await call(key);
      expect([change, answer.status, answer.text]).toEqual([change, status, answer.text]);
    }
  });

  it('gives way to the money that the key has of its own; of two rates both hold', async () => {
    const budget_id = await makeBudget({ max_budget: 0, rpm_limit: 2, model_max_budget: { gpt: 0 } });
    const { key } = await makePersonalKey(app, {
      key: { budget_id, max_budget: 1, model_max_budget: { gpt: 1 }, rpm_limit: 9 },
    });
    await expectServed(key, 'gpt', 2);
    expect((await call(key)).status).toBe(429);
  });

  it('starts anew for all of its keys when its window is over, but not for keys with a period of their own', async () => {
    const budget_id = await makeBudget({ max_budget: oneCallUsd, budget_duration: '1d' });
    const { key } = await makePersonalKey(app, { key: { budget_id } });
    const { key: own } = await makePersonalKey(app, { key: { budget_id, budget_duration: '30d' } });
    for (const each of [key, own]) {
      await expectServed(each);
      expect((await call(each)).status).toBe(422);
    }
    clock += 24 * 3_600_000 - 1;
    expect((await call(key)).status).toBe(422);
    clock += 1;
    await expectServed(key);
    expect((await call(key)).status).toBe(422);
    expect((await call(own)).status).toBe(422);
    expect((await spendOf(app, key)).key).toBe(oneCallNanoUsd);
    expect((await spendOf(app, own)).key).toBe(oneCallNanoUsd);
  });

  it('is overspent by one call at most when many meet its last cent', async () => {
    const budget_id = await makeBudget({ max_budget: oneCallUsd * 1.5 });
    const { key } = await makePersonalKey(app, { key: { budget_id } });
    await expectServed(key);
    upstream.respond((request, response, incoming) => {
      setTimeout(() => void chatCompletion('Hello', usageOf(10, 2))(request, response, incoming), 50);
    });
    const answers = await Promise.all(Array.from({ length: 50 }, () => call(key, 'gpt', { max_tokens: 2_000 })));
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
    expect((await spendOf(app, key)).key).toBe(2 * oneCallNanoUsd);
  });

  it('is taken and left by a change of the key, and deleted once no key refers to it', async () => {
    const budget_id = await makeBudget({ max_budget: 0 });
    const { key } = await makePersonalKey(app);
    await expectServed(key);
    await post(app, '/key/update', { key, budget_id });
    expect((await call(key)).status).toBe(422);
    expect((await app.send('POST', '/budget/delete', { body: { id: budget_id } })).text).toContain(
      'is in use, by key sk-...',
    );
    await post(app, '/key/update', { key, budget_id: null });
    await expectServed(key);
    const gone = await makePersonalKey(app, { key: { budget_id } });
    await post(app, '/key/delete', { keys: [gone.key] });
    await post(app, '/budget/delete', { id: budget_id });
    expect((await app.send('POST', '/key/update', { body: { key, budget_id } })).status).toBe(400);
    await expectServed(key);
  });

  it('is chosen by admins of the gateway, not by owners and not by admins of a team', async () => {
    const budget_id = await makeBudget({ max_budget: 1_000 });
    const { key } = await makePersonalKey(app, { key: { max_budget: 0 } });
    const team = await makeTeamKey(app);
    await post(app, '/team/member_update', { team_id: team.teamId, user_id: team.userId, role: 'admin' });
    for (const [holder, path, body] of [
      [key, '/key/generate', { budget_id }],
      [key, '/key/update', { key, budget_id }],
      [key, '/key/regenerate', { key, budget_id }],
      [team.key, '/key/update', { key: team.key, budget_id }],
      [team.key, '/key/generate', { team_id: team.teamId, budget_id }],
    ] as const) {
      const answer = await app.send('POST', path, { key: holder, body });
      expect([path, answer.status, answer.text]).toEqual([path, 403, answer.text]);
      expect(answer.text).toContain('Only proxy admins can set the budget_id of a key');
    }
    expect((await app.send('POST', '/key/generate', { body: { budget_id: 'no-such-budget' } })).status).toBe(400);
    expect((await call(key)).status).toBe(422);
  });
});
