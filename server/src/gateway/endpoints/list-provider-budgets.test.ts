import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Settings } from '../../config/settings.ts';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { makeCaller } from '../../testing/make-caller.ts';
import { startTestApp, type TestApp, testDeployment } from '../../testing/start-test-app.ts';
import { chat, type FakeUpstream, startUpstream, usageOf } from '../../testing/upstream.ts';

describeOnEachEngine('GET /provider/budgets', (openStorage) => {
  let upstream: FakeUpstream;
  let app: TestApp;
  let clock: number;

  beforeAll(async () => {
    upstream = await startUpstream();
    upstream.respond(chat(['Hello'], usageOf(10, 2)));
  });
  beforeEach(() => {
    clock = Date.UTC(2026, 10, 23, 15, 10, 30);
  });
  afterEach(() => app.close());
  afterAll(() => upstream.close());

  async function start(settings: Partial<Settings>): Promise<void> {
    const models = [testDeployment('gpt', upstream.url), testDeployment('open', upstream.url, { provider: 'groq' })];
    app = await startTestApp({
      settings: { models, ...settings },
      storage: await openStorage(),
      now: () => clock,
    });
  }

  async function call(model: string): Promise<number> {
    return (await app.send('POST', '/v1/chat/completions', { body: { model, messages: [], max_tokens: 1 } })).status;
  }

  const budgets = async () => (await app.send('GET', '/provider/budgets')).json<Record<string, unknown>>();

  it('tells what each provider may cost, what it has cost in the period that runs, and when that ends', async () => {
    await start({
      providerBudgets: {
        openai: { maxNanoUsd: 19_000, duration: '1d' },
        groq: { maxNanoUsd: 2_500_000_000, duration: null },
      },
      budgetResetSecondOfDay: 6 * 3_600,
    });
    const groq = { budget_limit: 2.5, time_period: null, budget_reset_at: null };
    const openai = { budget_limit: 0.000019, time_period: '1d', budget_reset_at: '2026-11-24T06:00:00.000Z' };
    expect(await budgets()).toEqual({ providers: { openai: { ...openai, spend: 0 }, groq: { ...groq, spend: 0 } } });
    expect([await call('open'), await call('open'), await call('gpt'), await call('gpt')]).toEqual([
      200, 200, 200, 429,
    ]);
    const spent = { providers: { openai: { ...openai, spend: 0.000019 }, groq: { ...groq, spend: 0.000038 } } };
    expect(await budgets()).toEqual(spent);
    await app.flush();
    expect(await budgets()).toEqual(spent);
    clock = Date.UTC(2026, 10, 24, 5, 59, 59);
    expect([await call('gpt'), await budgets()]).toEqual([429, spent]);
    clock = Date.UTC(2026, 10, 24, 6);
    expect(await budgets()).toMatchObject({
      providers: { openai: { spend: 0, budget_reset_at: '2026-11-25T06:00:00.000Z' }, groq: { spend: 0.000038 } },
    });
    expect(await call('gpt')).toBe(200);
  });

  it('is empty where no provider has a budget', async () => {
    await start({ proxyBudget: { maxNanoUsd: 1, duration: '1d' } });
    expect(await budgets()).toEqual({ providers: {} });
  });

  it('is for those who see everything', async () => {
    await start({ providerBudgets: { openai: { maxNanoUsd: 1, duration: '1d' } } });
    for (const [role, status] of [
      ['proxy_admin', 200],
      ['proxy_admin_viewer', 200],
      ['internal_user', 401],
      ['internal_user_viewer', 401],
    ] as const) {
      const caller = await makeCaller(app, role);
      const answer = await caller.send('GET', '/provider/budgets');
      expect([role, answer.status], answer.text).toEqual([role, status]);
      if (status === 401) expect(answer.text).not.toContain('openai');
    }
    expect((await app.send('GET', '/provider/budgets', { key: null })).status).toBe(401);
  });
});
