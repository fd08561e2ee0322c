import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSettings } from '../../config/load-settings.ts';
import type { TokenAccessSettings } from '../../config/token-access-settings.ts';
import type { Storage } from '../../storage/open-storage.ts';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { type IdentityProvider, startIdentityProvider, type TestClaims } from '../../testing/identity-provider.ts';
import { errorOf } from '../../testing/make-caller.ts';
import { startTestApp, type TestApp } from '../../testing/start-test-app.ts';

/** What the config file says, with `litellm_jwtauth` as given; the environment names the issuer. */
function configured(issuer: string, jwtAuth: Record<string, unknown> = {}, environment: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-jwt-'));
  try {
    const config = { general_settings: { enable_jwt_auth: true, litellm_jwtauth: jwtAuth } };
    writeFileSync(join(folder, 'config.yaml'), JSON.stringify(config));
    return loadSettings({
      environment: {
        ...{ JWT_ISSUER: issuer, JWT_AUDIENCE: 'latchkey-api, other-api', JWT_PUBLIC_KEY_URL: `${issuer}/jwks` },
        ...environment,
      },
      arguments: [],
      folder,
    }).settings.tokenAccess;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const chat = { model: 'demo', messages: [{ role: 'user', content: 'hello' }] };

describeOnEachEngine('A token of an identity provider', (openStorage) => {
  let provider: IdentityProvider;
  let storage: Storage;
  let app: TestApp;

  const start = (jwtAuth: Record<string, unknown>) =>
    startTestApp({
      storage: { ...storage, close: async () => undefined },
      settings: { tokenAccess: configured(provider.issuer, jwtAuth) as TokenAccessSettings },
    });
  const token = (claims: TestClaims = {}) => provider.accessToken({ sub: 'ann', ...claims });
  const call = (key: string, at = app, headers: Record<string, string> = {}) =>
    at.send('POST', '/v1/chat/completions', { key, body: chat, headers });
  const makeUser = async (fields: Record<string, unknown>) => {
    const answer = await app.send('POST', '/user/new', { body: { auto_create_key: false, ...fields } });
    expect(answer.status, answer.text).toBe(200);
  };

  beforeAll(async () => {
    provider = await startIdentityProvider();
    storage = await openStorage();
    app = await start({ team_id_jwt_field: 'team', end_user_id_jwt_field: 'customer', user_email_jwt_field: 'email' });
    await makeUser({ user_id: 'ann', user_role: 'internal_user' });
    await app.send('POST', '/team/new', { body: { team_id: 'red' } });
  });
  afterAll(async () => {
    await app.close();
    await provider.close();
  });

  it('stands for its holder on both planes', async () => {
    expect((await call(token())).status).toBe(200);
    expect((await app.send('GET', '/user/info', { key: token() })).json()).toMatchObject({ user_id: 'ann' });
    expect((await app.send('GET', '/v1/models', { key: token() })).json()['data']).toHaveLength(1);
    expect((await app.send('GET', '/user/list', { key: token() })).status).toBe(403);
    expect((await app.send('GET', '/user/info?user_id=default_user_id', { key: token() })).status).toBe(403);
    const created = await app.send('POST', '/key/generate', { key: token(), body: {} });
    expect(created.json()).toMatchObject({ user_id: 'ann' });
    expect((await app.send('GET', '/ui/session', { key: token() })).status).toBe(403);
  });

  it('spends from the budget of its holder, and stops with it', async () => {
    await makeUser({ user_id: 'spender', user_role: 'internal_user', max_budget: 0.5, models: ['demo'] });
    const key = token({ sub: 'spender' });
    expect((await call(key)).status).toBe(200);
    await app.flush();
    const logs = await storage.db.selectFrom('request_logs').selectAll().where('user_id', '=', 'spender').execute();
    expect(logs).toHaveLength(1);
    expect(logs[0]?.key_hash).toMatch(/^[0-9a-f]{64}$/);
    expect((await app.send('POST', '/user/update', { body: { user_id: 'spender', spend: 1 } })).status).toBe(200);
    expect(errorOf(await call(token({ sub: 'spender', jti: 'another' })))).toMatchObject({
      status: 422,
      type: 'budget_exceeded',
    });
    expect(errorOf(await call(key))).toMatchObject({ status: 422, type: 'budget_exceeded' });
    await app.send('POST', '/user/update', { body: { user_id: 'spender', max_budget: null, models: ['nothing'] } });
    expect((await call(key)).status).toBe(403);
  });

  it('ends when its holder is disabled, at once and on both planes', async () => {
    await makeUser({ user_id: 'leaver', user_role: 'internal_user' });
    const key = token({ sub: 'leaver' });
    expect((await call(key)).status).toBe(200);
    await app.send('POST', '/user/disable', { body: { user_ids: ['leaver'] } });
    expect([(await call(key)).status, (await app.send('GET', '/user/info', { key })).status]).toEqual([401, 401]);
  });

  it.each<[string, () => string]>([
    ['of another issuer', () => token({ iss: 'https://evil.example' })],
    ['for another audience', () => token({ aud: 'another-api' })],
    ['for no audience', () => token({ aud: undefined })],
    ['that is over', () => token({ exp: Math.floor(Date.now() / 1000) - 60 })],
    ['without an end', () => token({ exp: undefined })],
    ['that does not hold yet', () => token({ nbf: Math.floor(Date.now() / 1000) + 600 })],
    ['that names nobody', () => token({ sub: undefined })],
    ['with a key that the issuer does not have', () => provider.accessToken({ sub: 'ann' }, { kid: 'unknown' })],
    ['without a signature', () => withHeader(token(), { alg: 'none' }, () => '')],
    ['signed with what everybody knows', () => hmacSigned(token(), provider.issuer)],
    ['with other claims than were signed', () => withClaims(token(), { sub: 'default_user_id' })],
    ['with a signature of another algorithm', () => provider.accessToken({ sub: 'ann' }, { alg: 'ES256' })],
    ['of the master key’s holder', () => token({ sub: 'default_user_id' })],
    ['of nobody whom we know', () => token({ sub: 'nobody' })],
    ['for a team that does not exist', () => token({ team: 'unknown' })],
    ['that is longer than any', () => token({ filler: 'x'.repeat(13_000) })],
    ['with injected text', () => token({ sub: "x' or '1'='1" })],
  ])('%s lets nobody in', async (_what, make) => {
    const key = make();
    for (const answer of [await call(key), await app.send('GET', '/user/info', { key })]) {
      expect([401, 403, 431]).toContain(answer.status);
      expect(answer.text).not.toContain(key.slice(0, 40));
    }
  });

  it('is itself alone: one that begins alike, or ends alike, is another', async () => {
    const good = token();
    expect((await call(good)).status).toBe(200);
    const [head = '', claims = '', signature = ''] = good.split('.');
    const changed = `${signature.slice(0, -8)}${signature.endsWith('AAAAAAAA') ? 'BBBBBBBB' : 'AAAAAAAA'}`;
    expect((await call(`${head}.${claims}.${changed}`)).status).toBe(401);
    expect((await call(good)).status).toBe(200);
  });

  it('is checked once; the issuer is asked for its keys seldom, whatever keys tokens name', async () => {
    const before = provider.seen.length;
    const key = token({ jti: 'once' });
    for (let time = 0; time < 5; time += 1) expect((await call(key)).status).toBe(200);
    for (let time = 0; time < 50; time += 1)
      expect(
        (await call(provider.accessToken({ sub: 'ann', jti: String(time) }, { kid: `made-up-${time}` }))).status,
      ).toBe(401);
    expect(provider.seen.length - before).toBeLessThanOrEqual(1);
  });

  it('can name its team, and then spends from it and calls what teams may', async () => {
    const key = token({ sub: 'service', team: 'red' });
    expect((await call(key)).status).toBe(200);
    await app.flush();
    const [log] = await storage.db.selectFrom('request_logs').selectAll().where('team_id', '=', 'red').execute();
    expect(log).toMatchObject({ user_id: 'service', team_id: 'red' });
    expect((await app.send('GET', '/team/info?team_id=red', { key })).status).toBe(200);
    const refused = await app.send('POST', '/key/generate', { key, body: {} });
    expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('not allowed to call this route')]);
    await app.send('POST', '/team/block', { body: { team_id: 'red' } });
    expect([(await call(key)).status, (await app.send('GET', '/models', { key })).status]).toEqual([401, 401]);
    await app.send('POST', '/team/unblock', { body: { team_id: 'red' } });
  });

  it('says on whose behalf its calls are made, whatever the request says', async () => {
    const key = token({ customer: 'customer-of-the-token' });
    const body = { ...chat, user: 'somebody-else' };
    expect((await app.send('POST', '/v1/chat/completions', { key, body })).status).toBe(200);
    await app.flush();
    const named = await storage.db.selectFrom('request_logs').select('end_user').where('end_user', '!=', '').execute();
    expect(named).toEqual([{ end_user: 'customer-of-the-token' }]);
    await app.send('POST', '/customer/new', { body: { user_id: 'customer-of-the-token' } });
    await app.send('POST', '/customer/block', { body: { user_ids: ['customer-of-the-token'] } });
    expect((await app.send('POST', '/v1/chat/completions', { key, body })).status).toBe(400);
  });

  it('with the scope of admins is one, for what admins’ tokens may call', async () => {
    const key = token({ sub: 'robot', scope: 'openid litellm_proxy_admin' });
    expect((await app.send('POST', '/user/new', { key, body: { user_id: 'made-by-robot' } })).status).toBe(200);
    const entry = await storage.db
      .selectFrom('audit_log')
      .select('actor_user_id')
      .where('object_id', '=', 'made-by-robot')
      .executeTakeFirstOrThrow();
    expect(entry.actor_user_id).toBe('robot');
    expect((await app.send('GET', '/get/sso_settings', { key })).status).toBe(403);
    expect((await call(key)).status).toBe(403);
    for (const scope of [
      'litellm_proxy_admin_x',
      'x-litellm_proxy_admin',
      ['LITELLM_PROXY_ADMIN'],
      { litellm_proxy_admin: true },
    ])
      expect((await app.send('POST', '/user/new', { key: token({ scope }), body: {} })).status).toBe(401);
  });

  it('works while the issuer is away, if it worked before; others are asked to wait', async () => {
    const away = await startIdentityProvider();
    const other = await startTestApp({
      storage: { ...storage, close: async () => undefined },
      settings: { tokenAccess: configured(away.issuer) as TokenAccessSettings },
    });
    try {
      const known = away.accessToken({ sub: 'ann' });
      expect((await call(known, other)).status).toBe(200);
      await away.close();
      expect((await call(known, other)).status).toBe(200);
      const fresh = await startTestApp({
        storage: { ...storage, close: async () => undefined },
        settings: { tokenAccess: configured(away.issuer) as TokenAccessSettings },
      });
      for (const answer of [await call(known, fresh), await fresh.send('GET', '/user/info', { key: known })]) {
        expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
      }
      await fresh.close();
    } finally {
      await other.close();
    }
  });

  it('must have the scope and come from the client that are asked for', async () => {
    const strict = await start({ required_scope: 'gateway:call', allowed_clients: ['portal'] });
    const status = async (claims: TestClaims) => (await call(token(claims), strict)).status;
    try {
      expect(await status({ scope: 'gateway:call', azp: 'portal' })).toBe(200);
      expect(await status({ scp: ['gateway:call'], client_id: 'portal' })).toBe(200);
      expect(await status({ scope: 'gateway:call', azp: 'other', client_id: 'portal' })).toBe(403);
      expect(await status({ scope: 'gateway:call' })).toBe(403);
      expect(await status({ scope: 'gateway:calls', azp: 'portal' })).toBe(403);
      expect(await status({ azp: 'portal' })).toBe(403);
    } finally {
      await strict.close();
    }
  });

  it('makes the account of its holder, where that is set; the address must be of the domain, and verified to count', async () => {
    const open = await start({
      ...{ user_id_upsert: true, user_email_jwt_field: 'mail', user_allowed_email_domain: 'Acme.io' },
      ...{ user_roles_jwt_field: 'roles', role_mappings: [{ role: 'gw.staff', internal_role: 'internal_user' }] },
    });
    const user = async (id: string) =>
      storage.db.selectFrom('users').selectAll().where('user_id', '=', id).executeTakeFirst();
    try {
      await makeUser({ user_id: 'owner', user_email: 'owner@acme.io', user_role: 'proxy_admin' });
      const fresh = token({
        sub: 'fresh',
        mail: 'fresh@acme.io',
        email_verified: true,
        roles: ['gw.staff'],
        name: 'Fresh',
      });
      const answers = await Promise.all([
        call(fresh, open),
        call(fresh, open),
        open.send('GET', '/user/info', { key: fresh }),
      ]);
      expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200]);
      expect(await user('fresh')).toMatchObject({
        user_email: 'fresh@acme.io',
        user_role: 'internal_user',
        user_alias: 'Fresh',
      });
      const unverified = token({ sub: 'unverified', mail: 'unverified@acme.io' });
      expect((await call(unverified, open)).status).toBe(200);
      expect(await user('unverified')).toMatchObject({ user_email: null, user_role: 'internal_user_viewer' });
      // Somebody else's address, another domain, none.
      expect((await call(token({ sub: 'thief', mail: 'owner@acme.io' }), open)).status).toBe(403);
      expect((await call(token({ sub: 'out', mail: 'out@evil.example', email_verified: true }), open)).status).toBe(
        403,
      );
      expect((await call(token({ sub: 'out' }), open)).status).toBe(403);
      expect([await user('thief'), await user('out')]).toEqual([undefined, undefined]);
      // Their own, verified: the account that has it.
      const same = token({ sub: 'subject-of-owner', mail: 'OWNER@acme.io', email_verified: true });
      expect((await open.send('GET', '/user/info', { key: same })).json()).toMatchObject({ user_id: 'owner' });
      // An address that the holder of an account has entered may be another person's.
      await storage.db.updateTable('users').set({ email_chosen_at: 1 }).where('user_id', '=', 'fresh').execute();
      const other = token({ sub: 'subject-of-another', mail: 'fresh@acme.io', email_verified: true });
      expect((await call(other, open)).status).toBe(401);
    } finally {
      await open.close();
    }
  });

  it('is followed by the account, where that is set: roles and teams, with entries in the audit log', async () => {
    const synced = await start({
      ...{ sync_user_role_and_teams: true, team_ids_jwt_field: 'groups', user_roles_jwt_field: 'realm.roles' },
      ...{ team_allowed_routes: ['openai_routes', 'info_routes', '/user/info'], user_id_upsert: true },
      role_mappings: [
        { role: 'admins', internal_role: 'proxy_admin' },
        { role: 'staff', internal_role: 'internal_user' },
      ],
    });
    try {
      for (const team_id of ['blue', 'green']) await app.send('POST', '/team/new', { body: { team_id } });
      await makeUser({ user_id: 'synced', user_role: 'internal_user_viewer' });
      const seen = async (roles: string[] | undefined, groups: string[] | undefined) => {
        const key = token({ sub: 'synced', realm: { roles }, groups, jti: String(Math.random()) });
        const answer = await synced.send('GET', '/user/info', { key });
        expect(answer.status, answer.text).toBe(200);
        const { user_info } = answer.json<{ user_info: { user_role: string; teams: string[] } }>();
        return [user_info.user_role, [...user_info.teams].sort()];
      };
      const count = async () => (await storage.db.selectFrom('audit_log').select('audit_id').execute()).length;
      expect(await seen(['staff'], ['blue', 'unknown'])).toEqual(['internal_user', ['blue']]);
      const before = await count();
      expect(await seen(['staff'], ['blue', 'unknown'])).toEqual(['internal_user', ['blue']]);
      expect(await count()).toBe(before);
      expect(await seen(['admins'], ['green'])).toEqual(['proxy_admin', ['green']]);
      // Role and two memberships.
      expect(await count()).toBe(before + 3);
      expect(await seen(undefined, undefined)).toEqual(['internal_user_viewer', ['green']]);
      expect(await seen([], [])).toEqual(['internal_user_viewer', []]);
    } finally {
      await synced.close();
    }
  });

  it('must have a role that means something, where that is enforced; a role of teams stands for nobody', async () => {
    const enforced = await start({
      ...{ enforce_rbac: true, user_roles_jwt_field: 'roles', team_id_jwt_field: 'team' },
      role_mappings: [
        { role: 'consumer', internal_role: 'team' },
        { role: 'staff', internal_role: 'internal_user' },
      ],
    });
    const allowed = await start({ user_roles_jwt_field: 'roles', user_allowed_roles: ['basic', 'plus'] });
    try {
      expect((await call(token({ roles: ['staff'] }), enforced)).status).toBe(200);
      expect((await call(token({ roles: ['other'] }), enforced)).status).toBe(403);
      expect((await call(token({}), enforced)).status).toBe(403);
      const team = token({ sub: 'ann', roles: ['consumer'], team: 'red' });
      expect((await enforced.send('GET', '/team/info?team_id=red', { key: team })).status).toBe(200);
      expect((await call(team, enforced)).status).toBe(200);
      await enforced.flush();
      const logs = await storage.db.selectFrom('request_logs').selectAll().where('team_id', '=', 'red').execute();
      expect(logs.some((log) => log.user_id === '')).toBe(true);
      expect((await call(token({ roles: ['consumer'] }), enforced)).status).toBe(403);
      expect((await call(token({ roles: ['plus'] }), allowed)).status).toBe(200);
      expect((await call(token({ roles: ['minus'] }), allowed)).status).toBe(403);
    } finally {
      await enforced.close();
      await allowed.close();
    }
  });

  it('is nothing where it is not switched on', async () => {
    const off = await startTestApp({ storage: { ...storage, close: async () => undefined } });
    try {
      for (const answer of [await call(token(), off), await off.send('GET', '/user/info', { key: token() })]) {
        expect([answer.status, answer.text]).toEqual([401, expect.stringContaining("expected to start with 'sk-'")]);
      }
    } finally {
      await off.close();
    }
  });
});

describe('The settings of tokens', () => {
  it.each(['JWT_ISSUER', 'JWT_AUDIENCE', 'JWT_PUBLIC_KEY_URL'])('do not start without %s', (name) => {
    expect(() => configured('https://id.example.com', {}, { [name]: '' })).toThrow(`but ${name} is not set`);
  });

  it('do not start with keys that travel without encryption', () => {
    const url = 'http://id.example.com/jwks';
    expect(() => configured('https://id.example.com', {}, { JWT_PUBLIC_KEY_URL: url })).toThrow('https://');
  });

  it('do not start with a setting that would not be acted on', () => {
    expect(() => configured('https://id.example.com', { user_allowed_routes: ['/x'] })).toThrow(
      'general_settings.litellm_jwtauth must hold these settings only',
    );
  });
});

function withHeader(token: string, header: object, sign: (signed: string) => string): string {
  const signed = `${Buffer.from(JSON.stringify(header)).toString('base64url')}.${token.split('.')[1]}`;
  return `${signed}.${sign(signed) || 'AA'}`;
}

function withClaims(token: string, changes: object): string {
  const [head, claims = '', signature] = token.split('.');
  const changed = { ...(JSON.parse(Buffer.from(claims, 'base64url').toString()) as object), ...changes };
  return `${head}.${Buffer.from(JSON.stringify(changed)).toString('base64url')}.${signature}`;
}

/** With the public text of the issuer's key set as the shared secret. */
function hmacSigned(token: string, secret: string): string {
  return withHeader(token, { alg: 'HS256', kid: 'test-key' }, (signed) =>
    createHmac('sha256', secret).update(signed).digest('base64url'),
  );
}
