import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { describeOnEachEngine } from '../testing/each-engine.ts';
import { makePersonalKey } from '../testing/make-key.ts';
import { startTestApp, type TestApp, testDeployment } from '../testing/start-test-app.ts';
import { chat, type FakeUpstream, startUpstream, usageOf } from '../testing/upstream.ts';

describeOnEachEngine('A limit of tokens', (openStorage) => {
  let upstream: FakeUpstream;
  let app: TestApp;
  const clock = Date.UTC(2026, 10, 23, 15, 10, 30);

  beforeAll(async () => {
    upstream = await startUpstream();
    upstream.respond(chat(['Hello'], usageOf(10, 2)));
  });
  afterEach(() => app.close());
  afterAll(() => upstream.close());

  it.each([
    ['total', 12],
    ['input', 10],
    ['output', 2],
  ] as const)('counts the tokens that the configuration names: %s', async (tokenRateLimitType, counted) => {
    const settings = { models: [testDeployment('gpt', upstream.url)], tokenRateLimitType };
    app = await startTestApp({ settings, storage: await openStorage(), now: () => clock });
    const { key } = await makePersonalKey(app, { key: { tpm_limit: 2 * counted } });
    for (const stream of [false, true]) {
      const body = { model: 'gpt', messages: [{ role: 'user', content: 'Hi' }], stream };
      const answer = await app.send('POST', '/v1/chat/completions', { key, body });
      expect(answer.status, answer.text).toBe(200);
      expect(answer.headers.get('x-ratelimit-remaining-tokens')).toBe(String(stream ? counted : 2 * counted));
      await app.flush();
      const shown = await app.send('GET', `/limits/effective?key=${key}`);
      expect(shown.json<{ limits: unknown[] }>().limits).toEqual([
        expect.objectContaining({ kind: 'tokens', used: (stream ? 2 : 1) * counted, calls_left: stream ? 0 : 1 }),
      ]);
    }
    const refused = await app.send('POST', '/v1/chat/completions', { key, body: { model: 'gpt', messages: [] } });
    expect([refused.status, refused.headers.get('rate_limit_type')]).toEqual([429, 'tokens']);
  });
});
