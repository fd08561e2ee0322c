import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../testing/start-test-app.ts';

let gateway: TestApp;
beforeAll(async () => {
  gateway = await startTestApp({ settings: { serverRootPath: '/gateway' } });
});
afterAll(() => gateway.close());

test('every declared endpoint stands in the API’s description under each of its paths', async () => {
  const answer = await gateway.send('GET', '/openapi.json', { key: null });
  const { openapi, paths } = answer.json<{ openapi: string; paths: Record<string, Record<string, unknown>> }>();
  expect(openapi).toBe('3.1.0');
  for (const { endpoint } of gateway.app.routes) {
    for (const path of [endpoint.path, ...endpoint.aliases]) {
      expect(paths[path.replace('/*', '/{id}')], path).toHaveProperty(endpoint.method.toLowerCase());
    }
  }
  expect(paths).toHaveProperty('/v1/chat/completions');
});

test('the page to read the API loads only from the gateway itself', async () => {
  const page = await gateway.send('GET', '/docs', { key: null });
  expect(page.status).toBe(200);
  const addresses = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');
  expect(addresses.length).toBeGreaterThan(2);
  for (const address of addresses) {
    expect(address.startsWith('/gateway/docs/')).toBe(true);
    const asset = await gateway.send('GET', address.slice('/gateway'.length), { key: null });
    expect(asset.status, address).toBe(200);
  }
  const other = await gateway.send('GET', '/docs/assets/package.json', { key: null });
  expect(other.status).toBe(404);
});
