import { expect, test } from 'vitest';
import type { Route } from '../http/call.ts';
import { endpointsNotServed } from './endpoints-not-served.ts';
import { startTestApp } from './start-test-app.ts';

function rowOf({ endpoint }: Route): string {
  const paths = [endpoint.path, ...endpoint.aliases].map((path) => `\`${path}\``).join(', ');
  return `| ${endpoint.method} | ${paths} | ${endpoint.summary.replaceAll('|', '\\|')} | ${endpoint.permission} |`;
}

test('the list of endpoints in the documentation is what the gateway serves', async () => {
  const gateway = await startTestApp();
  const rows = gateway.app.routes.map(rowOf);
  const served = new Set(
    gateway.app.routes.flatMap(({ endpoint: { method, path, aliases } }) =>
      [path, ...aliases].map((one) => `${method} ${one}`),
    ),
  );
  await gateway.close();
  const document = [
    '# Endpoints',
    '',
    'Written by a test from the declarations; `permission` is a row of the table in',
    '`server/src/access/permissions.contract.ts`, `public` needs no credential, `signed-in` any.',
    'Beside these there are `POST /v1/chat/completions` and `POST /v1/embeddings` (also without `/v1`).',
    '',
    '| method | path | what it does | permission |',
    '|---|---|---|---|',
    ...rows.sort((one, other) => (one.split('|')[2] ?? '').localeCompare(other.split('|')[2] ?? '', 'en')),
    '',
    '## Not served, and why',
    '',
    'What else LiteLLM’s management API has. Such a path answers 404, like any other that does not exist.',
    '',
    '| endpoints | why not |',
    '|---|---|',
    ...endpointsNotServed.map(
      ({ endpoints, reason }) => `| ${endpoints.map((one) => `\`${one}\``).join(', ')} | ${reason} |`,
    ),
    '',
  ].join('\n');
  expect(endpointsNotServed.flatMap(({ endpoints }) => endpoints).filter((one) => served.has(one))).toEqual([]);
  await expect(document).toMatchFileSnapshot('../../../docs/endpoints.md');
});
