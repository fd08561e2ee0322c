import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { permissions, reachOf, roles } from '../access/permissions.contract.ts';
import type { Route } from '../http/call.ts';
import { startTestApp, type TestApp } from './start-test-app.ts';

/** The columns of the table: the four roles, a key whose owner has no row, and nobody. */
const callers = [...roles, 'unknown', 'nobody'] as const;
type CallerName = (typeof callers)[number];

let gateway: TestApp;
const keys = new Map<CallerName, string | null>([['nobody', null]]);

beforeAll(async () => {
  const cache = { mode: 'default_on', ttlMs: null, maxBytes: 1_000_000, namespace: null, callTypes: [] } as const;
  // With a response cache, since its ping says 503 where there is none.
  gateway = await startTestApp({ settings: { cache: { ...cache, enabled: true } } });
  for (const role of roles) {
    const answer = await gateway.send('POST', '/user/new', { body: { user_role: role, user_id: `a-${role}` } });
    expect(answer.status, answer.text).toBe(200);
    keys.set(role, answer.json<{ key: string }>().key);
  }
  const orphan = await gateway.send('POST', '/key/generate', { body: { user_id: 'nobody-with-this-id' } });
  keys.set('unknown', orphan.json<{ key: string }>().key);
});

afterAll(() => gateway.close());

/** What the permission table grants; for open endpoints, that they are. */
function granted(route: Route, caller: CallerName): string {
  const { permission } = route.endpoint;
  if (permission === 'public') return 'open';
  if (caller === 'nobody') return '401';
  return permission === 'signed-in' ? 'any' : reachOf({ role: caller, organizationIds: [] }, permission);
}

async function call(route: Route, caller: CallerName): Promise<{ status: number; text: string }> {
  const { method, path } = route.endpoint;
  return gateway.send(method, path.replace('*', 'demo'), {
    key: keys.get(caller) ?? null,
    ...(method === 'GET' ? {} : { body: {} }),
  });
}

const routeRefusal =
  /Only proxy admin can be used|user not allowed to access this route|can list users|admins can call|User not proxy admin OR team admin|only for MASTER KEY/;

describe('roles and endpoints', () => {
  test('the table of roles and endpoints is the one on record, and every refusal in it is what callers get', async () => {
    const rows: string[] = [];
    for (const route of gateway.app.routes) {
      const cells: string[] = [];
      for (const caller of callers) {
        const reach = granted(route, caller);
        const answer = await call(route, caller);
        const place = `${route.endpoint.method} ${route.endpoint.path} as ${caller}: ${answer.status} ${answer.text.slice(0, 300)}`;
        if (reach === 'none') {
          expect([401, 403], place).toContain(answer.status);
          expect(answer.text, place).toMatch(routeRefusal);
        } else if (reach === '401') {
          expect(answer.status, place).toBe(401);
        } else {
          expect(answer.status, place).toBeLessThan(500);
          expect(answer.text, place).not.toMatch(/Only proxy admin can be used|user not allowed to access this route/);
        }
        cells.push(reach === 'none' ? String(answer.status) : reach);
      }
      rows.push(
        `${`${route.endpoint.method} ${route.endpoint.path}`.padEnd(42)} ${cells.map((cell) => cell.padEnd(6)).join(' ')}`.trimEnd(),
      );
    }
    const head = `${''.padEnd(42)} ${['admin', 'viewer', 'user', 'u-view', 'no row', 'nobody'].map((name) => name.padEnd(6)).join(' ')}`;
    await expect([head.trimEnd(), ...rows.sort()].join('\n')).toMatchFileSnapshot('role-endpoint-table.txt');
  });

  test('the reach of every permission is the one on record', async () => {
    const rows = (Object.keys(permissions) as (keyof typeof permissions)[]).map((permission) =>
      [
        permission.padEnd(28),
        ...[...roles, 'unknown' as const].map((role) => reachOf({ role, organizationIds: [] }, permission).padEnd(6)),
        // The role within an organization, for somebody whose own role grants least.
        reachOf({ role: 'unknown', organizationIds: ['an-organization'] }, permission),
      ]
        .join(' ')
        .trimEnd(),
    );
    await expect(rows.join('\n')).toMatchFileSnapshot('role-permission-table.txt');
  });

  test('a viewer of everything cannot call models, a viewer of own things can', async () => {
    const body = { model: 'demo', messages: [{ role: 'user', content: 'hi' }] };
    const viewer = await gateway.send('POST', '/v1/chat/completions', {
      key: keys.get('proxy_admin_viewer') ?? null,
      body,
    });
    expect(viewer.status).toBe(403);
    const own = await gateway.send('POST', '/v1/chat/completions', {
      key: keys.get('internal_user_viewer') ?? null,
      body,
    });
    expect(own.status).toBe(200);
  });
});
