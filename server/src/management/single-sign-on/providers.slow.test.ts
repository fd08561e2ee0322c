import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type IdentityProvider, startIdentityProvider } from '../../testing/identity-provider.ts';
import { type MicrosoftGraph, startMicrosoftGraph } from '../../testing/microsoft-graph.ts';
import { openBrowser, settingsFor } from '../../testing/sign-on-browser.ts';
import { startTestApp, type TestApp } from '../../testing/start-test-app.ts';

let provider: IdentityProvider;
beforeAll(async () => {
  provider = await startIdentityProvider();
});
afterAll(() => provider.close());

const sessionOf = async (app: TestApp, session: string | null) =>
  (await app.send('GET', '/ui/session', { key: session })).json<{
    user: { user_id: string; user_email: string | null; user_alias: string | null };
    role: string;
    teams: { team_id: string }[];
  }>();

describe('Microsoft Entra', () => {
  let graph: MicrosoftGraph;
  let app: TestApp;

  const start = async (tenant: string, environment: Record<string, string> = {}) => {
    app = await startTestApp({
      settings: {
        singleSignOn: settingsFor(
          provider,
          {
            ...{ GENERIC_CLIENT_ID: '', MICROSOFT_CLIENT_ID: provider.clientId },
            ...{ MICROSOFT_CLIENT_SECRET: provider.clientSecret, MICROSOFT_TENANT: tenant },
            ...environment,
          },
          { microsoft: provider.issuer, microsoftGraph: graph.url },
        ),
      },
    });
    for (const team_id of ['red', 'blue', 'green']) await app.send('POST', '/team/new', { body: { team_id } });
  };
  const signOn = async (name: string) => {
    const browser = openBrowser(app);
    const answer = await browser.signOn(provider, name, { provider: 'microsoft' });
    const location = new URL(answer.headers.get('location') ?? '', app.url);
    return { refusal: location.searchParams.get('sso_error'), session: await sessionOf(app, browser.session()) };
  };

  beforeAll(async () => {
    graph = await startMicrosoftGraph();
  });
  afterEach(async () => {
    await app.close();
    Object.assign(graph, { groups: ['red'], status: 200, nextOrigin: '', asked: [] });
  });
  afterAll(() => graph.close());

  it('knows the members of one’s own tenant by their name there; groups are teams, app roles are roles', async () => {
    await start('8a1c6a0e-0000-4000-8000-5c1d3a9e7b11');
    provider.people.set('ann', { roles: ['proxy_admin_viewer', 'Something.Else'] });
    graph.person = { id: 'oid-ann', userPrincipalName: 'Ann@acme.io', displayName: 'Ann Ruiz', userType: 'Member' };
    graph.groups = ['red', 'blue', 'not-a-team'];
    expect((await signOn('ann')).session).toMatchObject({
      user: { user_id: 'oid-ann', user_email: 'Ann@acme.io', user_alias: 'Ann Ruiz' },
      role: 'proxy_admin_viewer',
      teams: [{ team_id: 'blue' }, { team_id: 'red' }],
    });
    expect(graph.asked.every((request) => request.endsWith(' Bearer'))).toBe(true);
    expect(graph.asked).toHaveLength(4);
  });

  it('asks Graph for no groups when the ID token has them', async () => {
    await start('tenant');
    provider.people.set('bob', { groups: ['green'] });
    graph.person = { id: 'oid-bob', userPrincipalName: 'bob@acme.io' };
    expect((await signOn('bob')).session.teams).toEqual([expect.objectContaining({ team_id: 'green' })]);
    expect(graph.asked.some((request) => request.includes('memberOf'))).toBe(false);
  });

  it('sends the token to Graph alone, wherever a next page is said to be', async () => {
    await start('tenant');
    const elsewhere = await startMicrosoftGraph();
    try {
      provider.people.set('carl', {});
      graph.person = { id: 'oid-carl', userPrincipalName: 'carl@acme.io' };
      Object.assign(graph, { groups: ['red', 'blue'], nextOrigin: elsewhere.url });
      expect((await signOn('carl')).session.teams).toHaveLength(1);
      expect(elsewhere.asked).toEqual([]);
    } finally {
      await elsewhere.close();
    }
  });

  it('does not believe the addresses of guests, nor of tenants that anybody can have', async () => {
    const guest = { id: 'oid-dan', userPrincipalName: 'dan_evil.example#EXT#@acme.onmicrosoft.com', userType: 'Guest' };
    for (const [tenant, person, claims] of [
      ['tenant', guest, { email: 'victim@acme.io' }],
      ['tenant', { id: 'oid-dan', userPrincipalName: 'victim@acme.io', userType: 'Guest' }, {}],
      ['common', { id: 'oid-dan', userPrincipalName: 'victim@acme.io' }, {}],
      [
        'Organizations',
        { id: 'oid-dan', userPrincipalName: 'x@evil.example' },
        { email: 'victim@acme.io', xms_edov: false },
      ],
    ] as const) {
      await start(tenant);
      await app.send('POST', '/user/new', { body: { user_email: 'victim@acme.io', user_role: 'proxy_admin' } });
      provider.people.set('dan', claims);
      graph.person = person;
      const { session, refusal } = await signOn('dan');
      if (refusal === null) expect(session).toMatchObject({ user: { user_email: null }, role: 'internal_user_viewer' });
      else expect(refusal).toBe('email_not_verified');
      await app.close();
    }
    await start('common');
    provider.people.set('eve', { email: 'eve@acme.io', xms_edov: '1' });
    graph.person = { id: 'oid-eve', userPrincipalName: 'eve@other.example' };
    expect((await signOn('eve')).session.user.user_email).toBe('eve@acme.io');
  });

  it('signs nobody in while Graph does not answer', async () => {
    await start('tenant');
    provider.people.set('fay', {});
    graph.status = 500;
    const { refusal, session } = await signOn('fay');
    expect(refusal).toBe('answer_invalid');
    expect(session).not.toHaveProperty('user');
  });
});

describe('A provider without a discovery document', () => {
  let app: TestApp;

  const start = async (environment: Record<string, string> = {}) => {
    app = await startTestApp({
      settings: {
        singleSignOn: settingsFor(provider, {
          GENERIC_DISCOVERY_URL: '',
          GENERIC_AUTHORIZATION_ENDPOINT: `${provider.issuer}/auth`,
          GENERIC_TOKEN_ENDPOINT: `${provider.issuer}/token`,
          GENERIC_USERINFO_ENDPOINT: `${provider.issuer}/me`,
          ...environment,
        }),
      },
    });
  };
  afterEach(() => app.close());

  it('is asked for the person at its userinfo endpoint; an ID token that nothing can check counts for nothing', async () => {
    await start({ GENERIC_USER_ID_ATTRIBUTE: 'realm.login', GENERIC_USER_DISPLAY_NAME_ATTRIBUTE: 'realm.title' });
    const realm = { login: 'ann-01', title: 'Ann, PhD' };
    provider.people.set('ann', { email: 'ann@acme.io', email_verified: true, realm });
    provider.changeIdToken = (claims) => ({
      ...claims,
      email: 'forged@acme.io',
      role: 'proxy_admin',
      iss: 'https://x.example',
    });
    try {
      const browser = openBrowser(app);
      await browser.signOn(provider, 'ann');
      expect(await sessionOf(app, browser.session())).toMatchObject({
        user: { user_id: 'ann-01', user_email: 'ann@acme.io', user_alias: 'Ann, PhD' },
        role: 'internal_user_viewer',
      });
    } finally {
      provider.changeIdToken = null;
    }
    const identity = await app.storage.db.selectFrom('user_identities').selectAll().executeTakeFirstOrThrow();
    expect(identity).toMatchObject({ issuer: provider.issuer, subject: 'ann' });
  });

  it('works without encryption on this machine and nowhere else', async () => {
    await expect(start({ GENERIC_TOKEN_ENDPOINT: 'http://id.example.com/token' })).rejects.toThrow(
      "GENERIC_TOKEN_ENDPOINT is 'http://id.example.com/token', but must be an address that begins with https://",
    );
    await start();
  });
});

describe('A provider that answers wrongly', () => {
  it('is not asked again by everybody who clicks', async () => {
    const discoveryUrl = `${provider.issuer}/nowhere`;
    const app = await startTestApp({ settings: { singleSignOn: settingsFor({ ...provider, issuer: discoveryUrl }) } });
    try {
      const before = provider.seen.length;
      const answers = [];
      for (let click = 0; click < 5; click += 1)
        answers.push(await app.send('GET', '/sso/key/generate', { key: null }));
      answers.push(await app.send('GET', '/sso/readiness', { key: null }));
      expect(answers.map((answer) => answer.status)).toEqual([401, 401, 401, 401, 401, 503]);
      expect(provider.seen.length - before).toBe(1);
    } finally {
      await app.close();
    }
  });
});

describe('A gateway below a path', () => {
  it('sends people back to that path, and keeps the cookie of the sign-in for its host', async () => {
    const app = await startTestApp({ settings: { serverRootPath: '/gateway', singleSignOn: settingsFor(provider) } });
    try {
      provider.people.set('ann', { email: 'ann@acme.io', email_verified: true });
      const browser = openBrowser(app);
      const address = new URL(await browser.begin());
      expect(address.searchParams.get('redirect_uri')).toBe(`${app.url}/sso/callback`);
      expect([...browser.cookies.keys()]).toEqual(['latchkey_sign_on']);
      const answer = await browser.signOn(provider, 'ann', { provider: 'generic', return: '/usage' });
      expect(answer.headers.get('location')).toBe(`${app.url}/ui/usage`);
      expect(answer.headers.getSetCookie()[0]).toContain('; Path=/gateway;');
      expect((await browser.open(`${app.url}/sso/callback?state=x`)).headers.get('location')).toContain(
        '/gateway/ui/login?',
      );
    } finally {
      await app.close();
    }
  });
});

describe('Signing out', () => {
  const bye = 'https://www.example.com/bye';

  it('ends the session at the provider too, and goes on to PROXY_LOGOUT_URL', async () => {
    const app = await startTestApp({
      settings: { proxyLogoutUrl: bye, singleSignOn: settingsFor(provider, { SSO_END_PROVIDER_SESSION: 'true' }) },
    });
    try {
      provider.people.set('ann', { email: 'ann@acme.io', email_verified: true });
      const browser = openBrowser(app);
      await browser.signOn(provider, 'ann');
      const stored = await app.storage.db.selectFrom('sign_on_sessions').selectAll().execute();
      expect(stored).toEqual([expect.objectContaining({ sealed_id_token: expect.stringMatching(/^v1\./) })]);
      const { redirect_url } = (await app.send('POST', '/session/logout', { key: browser.session() })).json<{
        redirect_url: string;
      }>();
      const address = new URL(redirect_url);
      expect(address.origin + address.pathname).toBe(`${provider.issuer}/session/end`);
      expect(address.searchParams.get('post_logout_redirect_uri')).toBe(bye);
      const claims = JSON.parse(
        Buffer.from(address.searchParams.get('id_token_hint')?.split('.')[1] ?? '', 'base64url').toString(),
      );
      expect(claims).toMatchObject({ sub: 'ann', aud: provider.clientId });
      // The provider knows its own token, and asks the person.
      const page = await fetch(redirect_url);
      expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('logout')]);
      expect((await app.send('GET', '/ui/session', { key: browser.session() })).status).toBe(401);
    } finally {
      await app.close();
    }
  });

  it('stays here unless that is set, for who came by password, and while the provider is away', async () => {
    const away = await startIdentityProvider();
    let clock = Date.now();
    const app = await startTestApp({
      now: () => clock,
      settings: { proxyLogoutUrl: bye, singleSignOn: settingsFor(away), uiPassword: 'a-password' },
    });
    try {
      const end = async (session: string | null) =>
        (await app.send('POST', '/session/logout', { key: session })).json()['redirect_url'];
      away.people.set('ann', { email: 'ann@acme.io', email_verified: true });
      const browser = openBrowser(app);
      await browser.signOn(away, 'ann');
      expect(await end(browser.session())).toBe(bye);
      await app.send('PATCH', '/update/sso_settings', { body: { end_provider_session: true } });
      const login = await app.send('POST', '/v2/login', {
        key: null,
        body: { username: 'admin', password: 'a-password' },
      });
      const cookie = /latchkey_session=([^;]+)/.exec(login.headers.get('set-cookie') ?? '')?.[1] ?? null;
      expect(await end(cookie)).toBe(bye);
      await browser.signOn(away, 'ann');
      await away.close();
      clock += 2 * 3_600_000;
      expect(await end(browser.session())).toBe(bye);
    } finally {
      await app.close();
    }
  });
});
