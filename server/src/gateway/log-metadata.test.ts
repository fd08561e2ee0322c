import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeOnEachEngine } from '../testing/each-engine.ts';
import { errorOf } from '../testing/make-caller.ts';
import { startTestApp, type TestAnswer, type TestApp, testDeployment } from '../testing/start-test-app.ts';
import { chatCompletion, type FakeUpstream, sendJson, startUpstream, usageOf } from '../testing/upstream.ts';

const header = 'x-litellm-spend-logs-metadata';

describeOnEachEngine('What a caller sends for the log', (openStorage) => {
  let upstream: FakeUpstream;
  let app: TestApp;

  beforeAll(async () => {
    upstream = await startUpstream();
  });
  beforeEach(async () => {
    upstream.respond(chatCompletion('Hello', usageOf(10, 2)));
    upstream.seen.length = 0;
    const settings = { models: [testDeployment('gpt', upstream.url)] };
    app = await startTestApp({ settings, storage: await openStorage() });
  });
  afterEach(() => app.close());
  afterAll(() => upstream.close());

  function call(headers: Record<string, string> = {}, more: Record<string, unknown> = {}): Promise<TestAnswer> {
    return app.send('POST', '/v1/chat/completions', { body: { model: 'gpt', messages: [], ...more }, headers });
  }

  async function logs(): Promise<{ session_id: string | null; metadata: Record<string, unknown> }[]> {
    await app.flush();
    return (await app.send('GET', '/spend/logs')).json();
  }

  it('stands there as it was sent, beside answers and failures, and goes to no provider', async () => {
    const sent = { job: 'nightly', nested: { list: [1, null, 'ü'] }, __proto__: 1 };
    await call({ [header]: JSON.stringify(sent).replace('ü', '\\u00fc') });
    expect((await logs()).map(({ metadata }) => metadata['spend_logs_metadata'])).toEqual([sent]);
    upstream.respond((_request, response) => sendJson(response, 400, { error: { message: 'no' } }));
    expect((await call({ [header]: '{"job":"failed"}' })).status).toBe(400);
    await call();
    const all = (await logs()).map(({ metadata }) => JSON.stringify(metadata['spend_logs_metadata']));
    expect(all.sort()).toEqual([JSON.stringify(sent), 'null', '{"job":"failed"}'].sort());
    expect(JSON.stringify(upstream.seen)).not.toContain('nightly');
  });

  it.each([
    ['no JSON', 'job=nightly', 'must be a JSON object'],
    ['a list', '["nightly"]', 'must be a JSON object'],
    ['null', 'null', 'must be a JSON object'],
    ['very much', `{"job":"${'x'.repeat(5_000)}"}`, 'has 5010 characters, and at most 4096 are kept'],
  ])('is refused when it is %s', async (_name, value, message) => {
    expect(errorOf(await call({ [header]: value }))).toMatchObject({
      status: 400,
      type: 'invalid_request_error',
      param: header,
      message: expect.stringContaining(message),
    });
    expect(upstream.seen).toEqual([]);
    expect(await logs()).toEqual([]);
  });

  it('holds its calls together: by a session, else by a trace', async () => {
    await call({ 'x-litellm-trace-id': 'trace-1' });
    await call({ 'x-litellm-trace-id': 'trace-2' }, { litellm_trace_id: 'trace-3' });
    await call({ 'x-litellm-trace-id': 'trace-4', 'x-litellm-session-id': 'session-1' });
    await call();
    expect((await logs()).map((log) => log.session_id).sort()).toEqual(
      [null, 'session-1', 'trace-1', 'trace-3'].sort(),
    );
    expect(upstream.seen.every(({ body }) => !('litellm_trace_id' in body))).toBe(true);
  });
});
