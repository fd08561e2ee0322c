import { expect, test } from 'vitest';
import { startTestApp } from '../start-test-app.ts';
import { statements } from './statements.ts';

test('Every endpoint has a statement of who may call it on what, by which the walks know what to expect', async () => {
  const gateway = await startTestApp();
  const stated = new Set(statements.map((statement) => statement.endpoint));
  const declared = gateway.app.routes.map(({ endpoint }) => `${endpoint.method} ${endpoint.path}`);
  await gateway.close();
  expect(declared.filter((endpoint) => !stated.has(endpoint))).toEqual([]);
  expect([...stated].filter((endpoint) => !declared.includes(endpoint))).toEqual([]);
});
