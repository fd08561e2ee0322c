import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeOnEachEngine } from '../testing/each-engine.ts';
import { makePersonalKey, makeTeamKey } from '../testing/make-key.ts';
import { startTestApp, type TestAnswer, type TestApp, testDeployment } from '../testing/start-test-app.ts';
import { chat, type FakeUpstream, startUpstream, usageOf } from '../testing/upstream.ts';

describeOnEachEngine('What the rates of a call leave', (openStorage) => {
  let upstream: FakeUpstream;
  let app: TestApp;
  const clock = Date.UTC(2026, 10, 23, 15, 10, 30);

  beforeAll(async () => {
    upstream = await startUpstream();
    const models = ['gpt', 'vendor/model'].map((name) => testDeployment(name, upstream.url));
    app = await startTestApp({ settings: { models }, storage: await openStorage(), now: () => clock });
  });
  afterAll(async () => {
    await app.close();
    await upstream.close();
  });
  beforeEach(() => upstream.respond(chat(['Hello'], usageOf(10, 2))));

  async function call(key: string, more: Record<string, unknown> = {}): Promise<TestAnswer> {
    const body = { model: 'gpt', messages: [{ role: 'user', content: 'Hi' }], max_tokens: 1, ...more };
    const answer = await app.send('POST', '/v1/chat/completions', { key, body });
    expect(answer.status, answer.text).toBe(200);
    return answer;
  }

  const ratesIn = ({ headers }: TestAnswer) =>
    Object.fromEntries([...headers].filter(([name]) => /ratelimit|key-remaining/.test(name)));

  it('stands in the headers of an answer, with the limit and when it starts anew', async () => {
    const { key } = await makePersonalKey(app, { key: { rpm_limit: 3, tpm_limit: 100, max_parallel_requests: 5 } });
    const expected = (requests: number, tokens: number) => ({
      'x-ratelimit-limit-requests': '3',
      'x-ratelimit-remaining-requests': String(requests),
      'x-ratelimit-reset-requests': '30s',
      'x-ratelimit-limit-tokens': '100',
      'x-ratelimit-remaining-tokens': String(tokens),
      'x-ratelimit-reset-tokens': '30s',
      'x-ratelimit-api_key-limit-requests': '3',
      'x-ratelimit-api_key-remaining-requests': String(requests),
      'x-ratelimit-api_key-limit-tokens': '100',
      'x-ratelimit-api_key-remaining-tokens': String(tokens),
      'x-ratelimit-api_key-limit-max_parallel_requests': '5',
      'x-ratelimit-api_key-remaining-max_parallel_requests': '4',
    });
    expect(ratesIn(await call(key))).toEqual(expected(2, 100));
    expect(ratesIn(await call(key))).toEqual(expected(1, 88));
    expect(ratesIn(await call(key, { stream: true }))).toEqual(expected(0, 76));
  });

  it('is that of the limit which leaves the least, and of each one by its name', async () => {
    const { key } = await makeTeamKey(app, { team: { rpm_limit: 2 }, key: { rpm_limit: 10 } });
    expect(ratesIn(await call(key))).toEqual({
      'x-ratelimit-limit-requests': '2',
      'x-ratelimit-remaining-requests': '1',
      'x-ratelimit-reset-requests': '30s',
      'x-ratelimit-team-limit-requests': '2',
      'x-ratelimit-team-remaining-requests': '1',
      'x-ratelimit-api_key-limit-requests': '10',
      'x-ratelimit-api_key-remaining-requests': '9',
    });
  });

  it('is told of single models where the key has limits for them, and only in calls of these', async () => {
    const limits = { model_rpm_limit: { 'vendor/*': 5 }, model_tpm_limit: { 'vendor/*': 50 } };
    const { key } = await makePersonalKey(app, { key: limits });
    expect(ratesIn(await call(key))).toEqual({});
    await call(key, { model: 'vendor/model' });
    expect(ratesIn(await call(key, { model: 'vendor/model' }))).toEqual({
      'x-ratelimit-limit-requests': '5',
      'x-ratelimit-remaining-requests': '3',
      'x-ratelimit-reset-requests': '30s',
      'x-ratelimit-limit-tokens': '50',
      'x-ratelimit-remaining-tokens': '38',
      'x-ratelimit-reset-tokens': '30s',
      'x-ratelimit-model_per_key-limit-requests': '5',
      'x-ratelimit-model_per_key-remaining-requests': '3',
      'x-ratelimit-model_per_key-limit-tokens': '50',
      'x-ratelimit-model_per_key-remaining-tokens': '38',
      'x-litellm-key-remaining-requests-vendor-model': '3',
      'x-litellm-key-remaining-tokens-vendor-model': '38',
    });
  });

  it('is not told where nothing limits, nor to the master key', async () => {
    const { key } = await makePersonalKey(app, { key: { max_budget: 1 } });
    expect(ratesIn(await call(key))).toEqual({});
    const answer = await app.send('POST', '/v1/chat/completions', { body: { model: 'gpt', messages: [] } });
    expect([answer.status, ratesIn(answer)]).toEqual([200, {}]);
  });
});
