import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../testing/start-test-app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

test('A page of another site signs nobody in: browsers say where a request comes from', async () => {
  for (const path of ['/login', '/v2/login']) {
    const send = (site: string) =>
      app.send('POST', path, {
        key: null,
        headers: { 'sec-fetch-site': site, 'content-type': 'application/x-www-form-urlencoded' },
        body: 'username=ann%40example.com&password=wrong',
      });
    const refused = await send('cross-site');
    expect([refused.status, refused.json()['error']]).toEqual([403, expect.objectContaining({ type: 'csrf_error' })]);
    expect((await send('same-origin')).status).toBe(401);
  }
});

test('A body that is nested without end is refused, not failed on', async () => {
  const nested = `{"key_alias":"deep","metadata":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`;
  const answer = await app.send('POST', '/key/generate', { body: nested });
  expect([answer.status, answer.text]).toEqual([422, expect.stringContaining('nested deeper than 100 levels')]);
});

test('A body that is longer than any list of people is not even parsed', async () => {
  const body = `{"username":"${'x'.repeat(11 * 1024 * 1024)}","password":""}`;
  expect((await app.send('POST', '/v2/login', { key: null, body })).status).toBe(413);
});
