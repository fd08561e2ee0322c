import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Storage } from '../../storage/open-storage.ts';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { startIdentityProvider } from '../../testing/identity-provider.ts';
import { errorOf, makeCaller } from '../../testing/make-caller.ts';
import { makePerson, testPassword } from '../../testing/make-person.ts';
import { openBrowser, settingsFor } from '../../testing/sign-on-browser.ts';
import { startTestApp, type TestAnswer, type TestApp } from '../../testing/start-test-app.ts';

const secret = 'a-secret-that-must-not-be-seen';
const environment = { issuer: 'https://id.example.com', clientId: 'from-environment', clientSecret: 'env-secret' };

describeOnEachEngine('The settings of single sign-on', (openStorage) => {
  let app: TestApp;
  let storage: Storage;

  beforeAll(async () => {
    storage = await openStorage();
    app = await startTestApp({ storage, settings: { singleSignOn: settingsFor(environment) } });
  });
  beforeEach(async () => {
    await storage.db.deleteFrom('config').where('param_name', '=', 'sso_settings').execute();
  });
  afterAll(() => app.close());

  const read = async () =>
    (await app.send('GET', '/get/sso_settings')).json<{
      values: Record<string, unknown>;
      field_schema: { properties: Record<string, unknown> };
      provenance: Record<string, string>;
      callback_url: string;
      warnings: string[];
    }>();
  const update = (body: Record<string, unknown>): Promise<TestAnswer> =>
    app.send('PATCH', '/update/sso_settings', { body });

  it('show what is set and where it comes from, and of a secret only that there is one', async () => {
    const { values, provenance, field_schema, callback_url } = await read();
    expect(values).toMatchObject({
      generic_client_id: 'from-environment',
      generic_client_secret: '********',
      google_client_id: null,
      google_client_secret: null,
      allow_new_users: true,
    });
    expect(provenance).toMatchObject({ generic_client_id: 'environment', google_client_id: 'default' });
    expect(Object.keys(field_schema.properties).sort()).toEqual(Object.keys(values).sort());
    expect(callback_url).toBe(`${app.url}/sso/callback`);
  });

  it('stand above the environment, are seen at once, and are taken back with null', async () => {
    expect((await update({ generic_client_id: 'from-console', google_client_id: 'g' })).json()).toMatchObject({
      message: 'SSO settings updated successfully',
      status: 'success',
      settings: { generic_client_id: 'from-console', google_client_id: 'g' },
    });
    expect((await read()).provenance).toMatchObject({
      generic_client_id: 'database',
      generic_client_secret: 'environment',
    });
    await update({ generic_client_id: null, google_client_id: '' });
    const { values, provenance } = await read();
    expect([values['generic_client_id'], values['google_client_id']]).toEqual(['from-environment', null]);
    expect(provenance['generic_client_id']).toBe('environment');
  });

  it('keep secrets encrypted in the database, and out of every answer and the audit log', async () => {
    const answer = await update({ google_client_id: 'g', google_client_secret: secret });
    const stored = await storage.db.selectFrom('config').selectAll().where('param_name', '=', 'sso_settings').execute();
    const log = await storage.db.selectFrom('audit_log').selectAll().where('object_id', '=', 'sso_settings').execute();
    for (const text of [answer.text, JSON.stringify(await read()), JSON.stringify(stored), JSON.stringify(log)]) {
      expect(text).not.toContain(secret);
    }
    expect(log.at(-1)?.after_json).toContain('"changed_credentials":["google_client_secret"]');
    expect(JSON.parse(stored[0]?.param_value ?? '{}')).toMatchObject({
      google_client_secret: expect.stringMatching(/^v1\./),
    });
  });

  it('leave a secret as it is when a form sends back what it was shown', async () => {
    await update({ google_client_id: 'g', google_client_secret: secret });
    const before = await storage.db.selectFrom('audit_log').select('audit_id').execute();
    await update({ ...(await read()).values, proxy_base_url: null, generic_display_name: 'Acme' });
    const after = await storage.db.selectFrom('audit_log').selectAll().execute();
    const entry = after.find((row) => !before.some((old) => old.audit_id === row.audit_id));
    expect(entry?.after_json).not.toContain('changed_credentials');
    expect((await read()).provenance).toMatchObject({ generic_client_id: 'environment', google_client_id: 'database' });
    expect((await read()).values).toMatchObject({ google_client_secret: '********', generic_display_name: 'Acme' });
    expect((await app.send('GET', '/.well-known/litellm-ui-config', { key: null })).json()).toMatchObject({
      sso_providers: [{ name: 'google' }, { name: 'generic', label: 'Acme' }],
    });
  });

  it('keep what two admins set at the same time', async () => {
    const fields = [
      'google_client_id',
      'microsoft_client_id',
      'generic_display_name',
      'generic_scope',
      'microsoft_tenant',
    ];
    await Promise.all(fields.map((field) => update({ [field]: `x-${field}` })));
    const { values } = await read();
    expect(fields.map((field) => values[field])).toEqual(fields.map((field) => `x-${field}`));
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['an address without encryption', { generic_discovery_url: 'http://id.example.com' }, 'generic_discovery_url'],
    [
      'an address with a password',
      { generic_token_endpoint: 'https://a:b@id.example.com/t' },
      'generic_token_endpoint',
    ],
    ['another scheme', { generic_userinfo_endpoint: 'file:///etc/passwd' }, 'generic_userinfo_endpoint'],
    ['SAML', { saml_idp_metadata_url: 'https://id.example.com/saml' }, 'saml_idp_metadata_url'],
    ['another address of the gateway', { proxy_base_url: 'https://elsewhere.example.com' }, 'proxy_base_url'],
    ['something that is no domain', { allowed_email_domains: ['acme.io', 'not a domain'] }, 'allowed_email_domains'],
    ['something that is no address', { user_email: 'nobody' }, 'user_email'],
  ])('refuse %s, and change nothing', async (_what, body, param) => {
    const before = await read();
    const answer = await update({ google_client_id: 'must-not-be-kept', ...body });
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining(param)]);
    expect(await read()).toEqual(before);
  });

  it.each([
    { role_mappings: { provider: 'generic', group_claim: 'groups', roles: { root: ['x'] } } },
    { role_mappings: { provider: 'generic', roles: {} } },
    { ui_access_mode: 'nobody' },
    { google_enabled: 'yes' },
  ])('refuse %j', async (body) => {
    expect((await update(body)).status).toBe(422);
  });

  it('are for admins; viewers of everything may look', async () => {
    for (const role of ['proxy_admin_viewer', 'internal_user', 'internal_user_viewer'] as const) {
      const caller = await makeCaller(app, role);
      const status = role === 'proxy_admin_viewer' ? 200 : 401;
      expect((await caller.send('GET', '/get/sso_settings')).status).toBe(status);
      expect([401, 403]).toContain((await caller.send('PATCH', '/update/sso_settings', {})).status);
      expect([401, 403]).toContain((await caller.send('POST', '/sso/preview', { provider: 'generic' })).status);
      expect([401, 403]).toContain((await caller.send('GET', '/sso/preview/x')).status);
    }
    const viewer = await makeCaller(app, 'proxy_admin_viewer');
    expect((await viewer.send('GET', '/get/sso_settings')).text).not.toContain('env-secret');
  });

  it('say what is unfinished, and what lets everybody in', async () => {
    expect((await read()).warnings).toEqual([]);
    await update({ google_client_id: 'g', microsoft_client_id: 'm', microsoft_client_secret: 's' });
    expect((await read()).warnings).toEqual([
      'google is not offered: google_client_secret is not set.',
      'microsoft is not offered: microsoft_tenant is not set.',
    ]);
    await update({ google_client_secret: 's', microsoft_tenant: 'common' });
    expect((await read()).warnings).toEqual([
      expect.stringContaining('a Google account can sign in'),
      expect.stringContaining('a Microsoft account can sign in'),
    ]);
    await update({ allowed_email_domains: ['acme.io'] });
    expect((await read()).warnings).toEqual([]);
    const readiness = await app.send('GET', '/sso/readiness', { key: null });
    expect(readiness.text).not.toContain('from-environment');
  });

  it('switch a provider off without forgetting it', async () => {
    await update({ generic_enabled: false });
    expect((await app.send('GET', '/sso/key/generate', { key: null })).status).toBe(404);
    const opened = await openBrowser(app).open('/sso/key/generate');
    expect([opened.status, opened.headers.get('location')]).toEqual([303, `${app.url}/ui/login`]);
    expect((await app.send('GET', '/.well-known/litellm-ui-config', { key: null })).json()).toMatchObject({
      sso_configured: false,
      sso_providers: [],
    });
  });

  it('take the password away from everybody but admins, when that is enforced', async () => {
    const [admin, user] = [await makePerson(app, 'proxy_admin'), await makePerson(app, 'internal_user')];
    const invited = await app.send('POST', '/user/new', {
      body: { user_email: 'late@acme.io', auto_create_key: false },
    });
    const userId = String(invited.json()['user_id']);
    const link = String((await app.send('POST', '/invitation/new', { body: { user_id: userId } })).json()['id']);
    const opened = await app.send('GET', `/onboarding/get_token?invite_link=${link}`, { key: null });
    await update({ enforce_sso: true, auto_redirect_to_sso: true });
    expect((await app.send('GET', '/.well-known/litellm-ui-config', { key: null })).json()).toMatchObject({
      password_sign_in: false,
      auto_redirect_to_sso: true,
    });
    const signIn = (username: string, password = testPassword) =>
      app.send('POST', '/v2/login', { key: null, body: { username, password } });
    expect((await signIn(admin.email)).status).toBe(200);
    expect(errorOf(await signIn(user.email))).toMatchObject({ status: 403, param: 'provider_required' });
    // Whoever does not know the password learns nothing.
    expect(errorOf(await signIn(user.email, 'Wrong-Horse-42!'))).toMatchObject({
      status: 401,
      param: 'invalid_credentials',
    });
    const body = { invitation_link: link, user_id: userId, password: testPassword };
    const claimed = await app.send('POST', '/onboarding/claim_token', {
      key: String(opened.json()['onboarding_token']),
      body,
    });
    expect(claimed.status).toBe(403);
    await update({ generic_enabled: false });
    expect((await signIn(user.email)).status).toBe(200);
  });

  it('that cannot be decrypted leave the sign-in page working, and say so', async () => {
    await update({ generic_client_secret: secret });
    const other = await startTestApp({
      storage: { ...storage, close: async () => undefined },
      settings: { saltKey: 'another-salt-key-0123456789', singleSignOn: settingsFor(environment) },
    });
    try {
      expect((await other.send('GET', '/.well-known/litellm-ui-config', { key: null })).status).toBe(200);
      const { warnings } = (await other.send('GET', '/get/sso_settings')).json<{ warnings: string[] }>();
      expect(warnings).toEqual([expect.stringContaining('generic_client_secret cannot be decrypted')]);
    } finally {
      await other.close();
    }
  });
});

describeOnEachEngine('A dry run of a sign-in', (openStorage) => {
  it('shows the claims and what they lead to, and changes nothing', async () => {
    const provider = await startIdentityProvider();
    const storage = await openStorage();
    const app = await startTestApp({ storage, settings: { singleSignOn: settingsFor(provider) } });
    try {
      await app.send('POST', '/team/new', { body: { team_id: 'red', team_alias: 'The Reds' } });
      await app.send('PATCH', '/update/sso_settings', {
        body: {
          generic_enabled: false,
          role_mappings: { provider: 'generic', group_claim: 'groups', roles: { proxy_admin: ['admins'] } },
          team_mappings: { team_ids_jwt_field: 'teams' },
        },
      });
      provider.people.set('ann', {
        ...{ email: 'ann@acme.io', email_verified: true, preferred_username: 'ann' },
        ...{ groups: ['admins'], teams: ['red'], name: '<script>alert(1)</script>' },
      });
      const browser = openBrowser(app);
      const begin = async (name = 'generic') => {
        const answer = await app.send('POST', '/sso/preview', { body: { provider: name } });
        const [cookie = ''] = answer.headers.getSetCookie()[0]?.split(';') ?? [];
        browser.cookies.set(cookie.slice(0, cookie.indexOf('=')), cookie.slice(cookie.indexOf('=') + 1));
        return answer.json<{ preview_id: string; authorization_url: string }>();
      };
      const tables = ['users', 'user_identities', 'sessions', 'team_members', 'audit_log'] as const;
      const count = async () => {
        const rows = tables.map((table) => storage.db.selectFrom(table).selectAll().execute());
        return (await Promise.all(rows)).map((all) => all.length);
      };
      const before = await count();

      const { preview_id, authorization_url } = await begin();
      const result = () => app.send('GET', `/sso/preview/${preview_id}`);
      expect((await result()).json()).toMatchObject({ status: 'pending', provider: 'generic', outcome: null });
      const callback = await provider.signIn(authorization_url, 'ann');
      const page = await browser.open(callback);
      expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
      expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(page.text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
      expect(page.text).not.toContain('<script');
      expect((await result()).json()).toMatchObject({
        status: 'ready',
        outcome: {
          claims: { sub: 'ann', groups: ['admins'], email_verified: true },
          refusal: null,
          user: {
            user_id: 'ann',
            user_email: 'ann@acme.io',
            user_role: 'proxy_admin',
            is_new: true,
            teams: [{ team_id: 'red', team_alias: 'The Reds' }],
          },
          changes: expect.arrayContaining([
            { action: 'created', object_type: 'user', object_id: 'ann' },
            { action: 'created', object_type: 'team-member', object_id: 'red/ann' },
          ]),
        },
      });
      expect(browser.session()).toBeNull();
      expect(await count()).toEqual(before);
      const stored = JSON.stringify(await storage.db.selectFrom('sign_on_previews').selectAll().execute());
      expect(stored).not.toContain('acme.io');
      expect((await browser.open(callback)).status).toBe(303);

      // Another admin's, and an unknown one.
      const other = await makeCaller(app, 'proxy_admin');
      expect((await other.send('GET', `/sso/preview/${preview_id}`)).status).toBe(404);
      expect((await other.send('GET', '/sso/preview/unknown')).status).toBe(404);

      // Somebody who would be kept out, and a provider that cannot be believed.
      await app.send('PATCH', '/update/sso_settings', { body: { allowed_email_domains: ['elsewhere.io'] } });
      const refused = await begin();
      await browser.open(await provider.signIn(refused.authorization_url, 'ann'));
      const shown = async (id: string) =>
        (await app.send('GET', `/sso/preview/${id}`)).json<{ outcome: object }>().outcome;
      expect(await shown(refused.preview_id)).toMatchObject({
        claims: { email: 'ann@acme.io' },
        refusal: { code: 'email_domain_not_allowed' },
        user: null,
      });
      provider.changeIdToken = (claims) => ({ ...claims, aud: 'another' });
      const invalid = await begin();
      await browser.open(await provider.signIn(invalid.authorization_url, 'ann'));
      expect(await shown(invalid.preview_id)).toMatchObject({ claims: {}, refusal: { code: 'answer_invalid' } });

      expect((await app.send('POST', '/sso/preview', { body: { provider: 'google' } })).text).toContain(
        'google_client_id',
      );
      expect((await app.send('POST', '/sso/preview', { body: { provider: 'nobody' } })).status).toBe(400);
    } finally {
      await app.close();
      await provider.close();
    }
  });
});
