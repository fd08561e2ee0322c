import { afterAll, beforeAll, expect, it } from 'vitest';
import { betweenQueries, breakable } from '../../testing/breakable-storage.ts';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { type IdentityProvider, startIdentityProvider } from '../../testing/identity-provider.ts';
import { makePerson } from '../../testing/make-person.ts';
import { openBrowser, settingsFor } from '../../testing/sign-on-browser.ts';
import { startTestApp, type TestAnswer, type TestApp, testMasterKey } from '../../testing/start-test-app.ts';

const gateway = 'https://gateway.example.com';

describeOnEachEngine('Signing in with a provider', (openStorage, engine) => {
  let provider: IdentityProvider;
  let google: IdentityProvider;
  let app: TestApp;
  let clock = Date.parse('2026-11-23T09:00:00Z');

  beforeAll(async () => {
    provider = await startIdentityProvider();
    google = await startIdentityProvider();
    app = await startTestApp({
      storage: await openStorage(),
      now: () => clock,
      settings: {
        trustForwardedFor: true,
        proxyBaseUrl: gateway,
        singleSignOn: settingsFor(
          provider,
          { GOOGLE_CLIENT_ID: google.clientId, GOOGLE_CLIENT_SECRET: google.clientSecret, PROXY_ADMIN_ID: 'the-boss' },
          { google: google.issuer },
        ),
      },
    });
  });
  afterAll(async () => {
    await app.close();
    await provider.close();
    await google.close();
  });

  let people = 0;
  /** Somebody whom the provider knows, with an address that nobody has here. */
  const known = (claims: Record<string, unknown> = {}, at = provider) => {
    people += 1;
    const name = `person-${people}`;
    const email = `${name}@acme.io`;
    at.people.set(name, { email, email_verified: true, name: `Person ${people}`, preferred_username: name, ...claims });
    return { name, email };
  };
  const sessionOf = async (browser: ReturnType<typeof openBrowser>) =>
    (await app.send('GET', '/ui/session', { key: browser.session() })).json<{
      user: { user_id: string; user_email: string | null; user_alias: string | null };
      role: string;
      teams: { team_id: string }[];
    }>();
  const usersWith = async (email: string) =>
    app.storage.db.selectFrom('users').selectAll().where('user_email', '=', email).execute();
  /** The code that a refused browser comes to the sign-in page with. */
  const refusalOf = (answer: TestAnswer) => {
    const location = new URL(answer.headers.get('location') ?? 'none:');
    expect([answer.status, location.origin + location.pathname]).toEqual([303, `${gateway}/ui/login`]);
    expect(location.searchParams.get('reference')).toBe(answer.headers.get('x-litellm-call-id'));
    return location.searchParams.get('sso_error');
  };

  it('makes an account the first time, finds it the next, and leads to the console', async () => {
    const { name, email } = known();
    const browser = openBrowser(app);
    const answer = await browser.signOn(provider, name);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, `${gateway}/ui/?login=success`]);
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(
        /^latchkey_session=sk-session-[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=86400; Secure$/,
      ),
      expect.stringMatching(/^__Host-latchkey_browser=[\w.-]{45}; Path=\/; HttpOnly; .*Secure$/),
    ]);
    const session = await sessionOf(browser);
    expect(session).toMatchObject({
      user: { user_id: name, user_email: email, user_alias: expect.stringMatching(/^Person/) },
      role: 'internal_user_viewer',
    });
    const user = await app.send('GET', `/user/info?user_id=${name}`);
    expect(user.json()).toMatchObject({
      user_info: { metadata: { auth_provider: 'generic' }, status: 'active', sso_user_id: name },
      keys: [],
    });
    expect((await openBrowser(app).signOn(provider, name)).status).toBe(303);
    expect(await usersWith(email)).toHaveLength(1);
  });

  it('sends the browser to the provider with state, nonce and PKCE, all new each time', async () => {
    const browser = openBrowser(app);
    const [first, second] = [new URL(await browser.begin()), new URL(await browser.begin())];
    expect(first.searchParams.get('code_challenge_method')).toBe('S256');
    expect(first.searchParams.get('redirect_uri')).toBe(`${gateway}/sso/callback`);
    expect(first.searchParams.get('client_id')).toBe(provider.clientId);
    for (const name of ['state', 'nonce', 'code_challenge']) {
      expect(first.searchParams.get(name)).toMatch(/^[\w-]{43}$/);
      expect(first.searchParams.get(name)).not.toBe(second.searchParams.get(name));
    }
    const [cookie = ''] = (await openBrowser(app).open('/sso/key/generate')).headers.getSetCookie();
    expect(cookie).toMatch(/^__Host-latchkey_sign_on=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600; Secure$/);
    const attempts = JSON.stringify(await app.storage.db.selectFrom('sign_on_attempts').selectAll().execute());
    for (const secret of [...first.searchParams.values(), browser.cookies.get('__Host-latchkey_sign_on') ?? ''])
      if (/^[\w-]{43}$/.test(secret)) expect(attempts).not.toContain(secret);
  });

  it('leads back to the page that was asked for, and never out of the console', async () => {
    const { name } = known();
    const lead = async (wanted: string) =>
      (await openBrowser(app).signOn(provider, name, { provider: 'generic', return: wanted })).headers.get('location');
    expect(await lead('/keys?status=active')).toBe(`${gateway}/ui/keys?status=active`);
    for (const elsewhere of [
      '//evil.example',
      '/\\evil.example',
      'https://evil.example',
      '/../sso/key/generate',
      '/%2e%2e/x',
      '/a\nb',
    ])
      expect(await lead(elsewhere), elsewhere).toBe(`${gateway}/ui/?login=success`);
  });

  it('finds an invited person by their verified address, keeps their id and rights, and uses up the invitation', async () => {
    const { name, email } = known();
    const invited = await app.send('POST', '/user/new', {
      body: {
        user_id: 'invited-1',
        user_email: email.toUpperCase(),
        user_role: 'internal_user',
        auto_create_key: false,
      },
    });
    expect(invited.status).toBe(200);
    const link = (await app.send('POST', '/invitation/new', { body: { user_id: 'invited-1' } })).json()['id'];
    const browser = openBrowser(app);
    await browser.signOn(provider, name);
    expect(await sessionOf(browser)).toMatchObject({ user: { user_id: 'invited-1' }, role: 'internal_user' });
    const opened = await app.send('GET', `/onboarding/get_token?invite_link=${String(link)}`, { key: null });
    expect([opened.status, opened.text]).toEqual([401, expect.stringContaining('already been used')]);
    const actions = await app.storage.db
      .selectFrom('audit_log')
      .select(['action', 'object_type', 'actor_user_id'])
      .where('actor_user_id', '=', 'invited-1')
      .orderBy('action')
      .execute();
    expect(actions).toEqual([
      { action: 'accepted', object_type: 'invitation', actor_user_id: 'invited-1' },
      { action: 'signed-in', object_type: 'session', actor_user_id: 'invited-1' },
      // Their name, and the identity that was tied to the account.
      { action: 'updated', object_type: 'user', actor_user_id: 'invited-1' },
      { action: 'updated', object_type: 'user', actor_user_id: 'invited-1' },
    ]);
  });

  it('does not find anybody by an address that is not verified, admins least of all', async () => {
    const admin = await makePerson(app, 'proxy_admin');
    for (const email_verified of [false, 'false', undefined, null, 1]) {
      const { name } = known({ email: admin.email, email_verified });
      const browser = openBrowser(app);
      expect(refusalOf(await browser.signOn(provider, name))).toBe('email_not_verified');
      expect(browser.session()).toBeNull();
    }
    const identities = await app.storage.db.selectFrom('user_identities').select('user_id').execute();
    expect(identities.map((identity) => identity.user_id)).not.toContain(admin.userId);
  });

  it('keeps an address that is not verified from waiting for its owner', async () => {
    const { name, email } = known({ email_verified: false });
    const browser = openBrowser(app);
    await browser.signOn(provider, name);
    expect(await sessionOf(browser)).toMatchObject({ user: { user_id: name, user_email: null } });
    const owner = known({ email });
    const other = openBrowser(app);
    await other.signOn(provider, owner.name);
    expect(await sessionOf(other)).toMatchObject({ user: { user_id: owner.name, user_email: email } });
  });

  it('does not find anybody by an id that the provider claims', async () => {
    await app.send('POST', '/user/new', { body: { user_id: 'somebody-else', user_role: 'proxy_admin' } });
    for (const taken of ['somebody-else', 'default_user_id']) {
      const { name } = known({ preferred_username: taken });
      const browser = openBrowser(app);
      await browser.signOn(provider, name);
      const session = await sessionOf(browser);
      expect(session.role).toBe('internal_user_viewer');
      expect(session.user.user_id).toMatch(/^[0-9a-f-]{36}$/);
    }
  });

  it('tells two providers’ people apart, even when they have the same subject', async () => {
    provider.people.set('the-same', { email: 'first@acme.io', email_verified: true });
    google.people.set('the-same', { email: 'second@acme.io', email_verified: true });
    const [first, second] = [openBrowser(app), openBrowser(app)];
    await first.signOn(provider, 'the-same', { provider: 'generic' });
    await second.signOn(google, 'the-same', { provider: 'google' });
    const [one, other] = [await sessionOf(first), await sessionOf(second)];
    expect([one.user.user_email, other.user.user_email]).toEqual(['first@acme.io', 'second@acme.io']);
    expect(one.user.user_id).not.toBe(other.user.user_id);
    const rows = await app.storage.db
      .selectFrom('user_identities')
      .selectAll()
      .where('subject', '=', 'the-same')
      .execute();
    expect(rows.map((row) => row.issuer).sort()).toEqual([provider.issuer, google.issuer].sort());
  });

  it('lets one person use several providers that have verified the same address', async () => {
    const { name, email } = known();
    google.people.set('same-person', { email, email_verified: true });
    const [first, second] = [openBrowser(app), openBrowser(app)];
    await first.signOn(provider, name);
    await second.signOn(google, 'same-person', { provider: 'google' });
    expect((await sessionOf(second)).user.user_id).toBe((await sessionOf(first)).user.user_id);
  });

  it('makes PROXY_ADMIN_ID an admin', async () => {
    const { name } = known({ preferred_username: 'the-boss' });
    const browser = openBrowser(app);
    await browser.signOn(provider, name);
    expect(await sessionOf(browser)).toMatchObject({ user: { user_id: 'the-boss' }, role: 'proxy_admin' });
  });

  it('refuses who was disabled, and signs nobody in by a session that runs', async () => {
    const { name } = known();
    const browser = openBrowser(app);
    await browser.signOn(provider, name);
    expect((await app.send('POST', '/user/disable', { body: { user_ids: [name] } })).status).toBe(200);
    expect((await app.send('GET', '/ui/session', { key: browser.session() })).status).toBe(401);
    expect(refusalOf(await openBrowser(app).signOn(provider, name))).toBe('account_disabled');
  });

  it('leads nobody into an account whose holder has entered their address', async () => {
    const { name, email } = known();
    const thief = await makePerson(app, 'internal_user');
    const body = { user_id: thief.userId, user_email: email };
    expect((await thief.send('POST', '/user/update', body)).status).toBe(200);
    expect(refusalOf(await openBrowser(app).signOn(provider, name))).toBe('email_not_confirmed');
    // Once an admin has said that it is the person's own, it is.
    expect((await app.send('POST', '/user/update', { body })).status).toBe(200);
    const browser = openBrowser(app);
    await browser.signOn(provider, name);
    expect(await sessionOf(browser)).toMatchObject({ user: { user_id: thief.userId } });
  });

  it('never takes the same answer twice', async () => {
    const { name } = known();
    const browser = openBrowser(app);
    const callback = await provider.signIn(await browser.begin(), name);
    expect((await browser.open(callback)).headers.get('location')).toBe(`${gateway}/ui/?login=success`);
    expect(refusalOf(await browser.open(callback))).toBe('attempt_unknown');
  });

  it('takes an answer only in the browser that asked', async () => {
    const { name, email } = known();
    const [mine, theirs] = [openBrowser(app), openBrowser(app)];
    const callback = await provider.signIn(await mine.begin(), name);
    await theirs.begin();
    expect(refusalOf(await theirs.open(callback))).toBe('attempt_unknown');
    expect(refusalOf(await openBrowser(app).open(callback))).toBe('attempt_unknown');
    expect(theirs.session()).toBeNull();
    expect(await usersWith(email)).toEqual([]);
    expect((await mine.open(callback)).headers.get('location')).toBe(`${gateway}/ui/?login=success`);
  });

  it('takes no answer with another state, or without one', async () => {
    const { name } = known();
    const browser = openBrowser(app);
    const callback = new URL(await provider.signIn(await browser.begin(), name));
    for (const state of ['', 'x'.repeat(43), `${callback.searchParams.get('state')}x`]) {
      const forged = new URL(callback);
      forged.searchParams.set('state', state);
      expect(refusalOf(await browser.open(forged.href))).toBe('attempt_unknown');
    }
    callback.searchParams.append('state', 'second');
    expect(refusalOf(await browser.open(callback.href))).toBe('attempt_unknown');
    expect(browser.session()).toBeNull();
  });

  it('takes no answer after ten minutes', async () => {
    const { name } = known();
    const browser = openBrowser(app);
    const callback = await provider.signIn(await browser.begin(), name);
    clock += 600_000;
    expect(refusalOf(await browser.open(callback))).toBe('attempt_unknown');
  });

  it('finishes each of several sign-ins that one browser has begun', async () => {
    const [ann, bob] = [known(), known()];
    const browser = openBrowser(app);
    const addresses = [await browser.begin(), await browser.begin()];
    const second = await provider.signIn(addresses[1] ?? '', bob.name);
    const first = await provider.signIn(addresses[0] ?? '', ann.name);
    await browser.open(second);
    expect((await sessionOf(browser)).user.user_id).toBe(bob.name);
    await browser.open(first);
    expect((await sessionOf(browser)).user.user_id).toBe(ann.name);
  });

  it.each([
    ['another nonce', (claims: Record<string, unknown>) => ({ ...claims, nonce: 'replayed' })],
    ['no nonce', ({ nonce: _nonce, ...claims }: Record<string, unknown>) => claims],
    ['another audience', (claims: Record<string, unknown>) => ({ ...claims, aud: 'another-client' })],
    [
      'several audiences and another party',
      (claims: Record<string, unknown>) => ({ ...claims, aud: ['latchkey', 'x'], azp: 'x' }),
    ],
    ['another issuer', (claims: Record<string, unknown>) => ({ ...claims, iss: 'https://evil.example' })],
    ['a time that is over', (claims: Record<string, unknown>) => ({ ...claims, exp: 1_700_000_000 })],
    ['no subject', ({ sub: _sub, ...claims }: Record<string, unknown>) => claims],
  ])('believes no ID token with %s', async (_what, change) => {
    const { name, email } = known();
    const browser = openBrowser(app);
    provider.changeIdToken = change;
    try {
      expect(refusalOf(await browser.signOn(provider, name))).toBe('answer_invalid');
    } finally {
      provider.changeIdToken = null;
    }
    expect(browser.session()).toBeNull();
    expect(await usersWith(email)).toEqual([]);
  });

  it('believes no userinfo about another subject than the ID token’s', async () => {
    const { name } = known();
    provider.changeIdToken = (claims) => ({ ...claims, sub: 'another' });
    try {
      expect(refusalOf(await openBrowser(app).signOn(provider, name))).toBe('answer_invalid');
    } finally {
      provider.changeIdToken = null;
    }
  });

  it('is refused with what the provider says, when the person does not agree there', async () => {
    const browser = openBrowser(app);
    const state = new URL(await browser.begin()).searchParams.get('state') ?? '';
    const query = new URLSearchParams({
      error: 'access_denied',
      error_description: '<script>',
      state,
      iss: provider.issuer,
    });
    const answer = await browser.open(`${gateway}/sso/callback?${query}`);
    expect(refusalOf(answer)).toBe('provider_refused');
    expect(answer.headers.get('location')).not.toContain('script');
  });

  it('answers programs with the error itself', async () => {
    const answer = await app.send('GET', '/sso/callback?state=x', { key: null });
    expect([answer.status, answer.json()]).toEqual([
      400,
      {
        error: {
          message: expect.stringContaining('Start again'),
          type: 'auth_error',
          param: 'attempt_unknown',
          code: '400',
        },
      },
    ]);
    expect((await app.send('GET', '/sso/key/generate?provider=nobody', { key: null })).status).toBe(404);
  });

  it('makes one account of two first sign-ins at once', async () => {
    const { name, email } = known();
    const browsers = [openBrowser(app), openBrowser(app), openBrowser(app)];
    const callbacks = await Promise.all(browsers.map(async (browser) => provider.signIn(await browser.begin(), name)));
    const answers = await Promise.all(browsers.map((browser, at) => browser.open(callbacks[at] ?? '')));
    expect(answers.map((answer) => answer.headers.get('location'))).toEqual(
      Array(3).fill(`${gateway}/ui/?login=success`),
    );
    expect(await usersWith(email)).toHaveLength(1);
  });

  // On SQLite a write is over before the next begins.
  if (engine === 'postgres')
    it('makes one account when the other sign-in is done between look and insert', async () => {
      const { name, email } = known();
      const storage = await openStorage();
      const between = betweenQueries(storage, /lower\(user_email\)/);
      const racing = await startTestApp({
        storage: between.storage,
        settings: { singleSignOn: settingsFor(provider), proxyBaseUrl: gateway },
      });
      try {
        const [first, second] = [openBrowser(racing), openBrowser(racing)];
        between.run(() => second.signOn(provider, name));
        await first.signOn(provider, name);
        expect([first.session(), second.session()]).toEqual([expect.any(String), expect.any(String)]);
        const users = await storage.db.selectFrom('users').select('user_id').where('user_email', '=', email).execute();
        expect(users).toHaveLength(1);
      } finally {
        await racing.close();
      }
    });

  it('cannot be begun any number of times from one network; others are not kept out', async () => {
    const begin = (ip: string) =>
      app.send('GET', '/sso/key/generate', { key: null, headers: { 'x-forwarded-for': ip } });
    expect((await begin('192.0.2.7')).status).toBe(303);
    const [row] = await app.storage.db
      .selectFrom('sign_on_attempts')
      .selectAll()
      .where('network', '=', '192.0.2.7')
      .execute();
    expect(row).toBeDefined();
    const rows = Array.from(
      { length: 499 },
      (_, at) => ({ ...row, state_hash: `filler-${at}` }) as NonNullable<typeof row>,
    );
    await app.storage.db.insertInto('sign_on_attempts').values(rows).execute();
    const answer = await begin('192.0.2.7');
    expect([answer.status, answer.json()]).toEqual([
      429,
      { error: expect.objectContaining({ param: 'too_many_attempts' }) },
    ]);
    expect((await begin('192.0.2.8')).status).toBe(303);
    clock += 600_000;
    expect((await begin('192.0.2.7')).status).toBe(303);
    expect(await app.storage.db.selectFrom('sign_on_attempts').selectAll().execute()).toHaveLength(1);
  });

  it('is over with an account that was deleted; a new sign-in makes a new one', async () => {
    const { name, email } = known({ preferred_username: undefined });
    const browser = openBrowser(app);
    await browser.signOn(provider, name);
    const { user } = await sessionOf(browser);
    expect((await app.send('POST', '/user/delete', { body: { user_ids: [user.user_id] } })).status).toBe(200);
    expect((await app.send('GET', '/ui/session', { key: browser.session() })).status).toBe(401);
    await browser.signOn(provider, name);
    const again = await sessionOf(browser);
    expect([again.user.user_email, again.user.user_id === user.user_id]).toEqual([email, false]);
  });

  it('is told to the sign-in page before anybody signs in', async () => {
    expect((await app.send('GET', '/.well-known/litellm-ui-config', { key: null })).json()).toMatchObject({
      sso_configured: true,
      auto_redirect_to_sso: false,
      password_sign_in: true,
      sso_providers: [
        { name: 'google', label: 'Google', login_url: `${gateway}/sso/key/generate?provider=google` },
        { name: 'generic', label: 'single sign-on', login_url: `${gateway}/sso/key/generate?provider=generic` },
      ],
    });
    expect((await app.send('GET', '/sso/get/ui_settings')).json()).toMatchObject({ SSO_ENABLED: true });
    expect((await app.send('GET', '/sso/readiness', { key: null })).json()).toMatchObject({
      status: 'healthy',
      sso_configured: true,
      providers: [
        { name: 'google', ready: true, missing_environment_variables: [] },
        { name: 'generic', ready: true, missing_environment_variables: [] },
      ],
    });
  });
});

describeOnEachEngine('A database that is away', (openStorage) => {
  it('lets nobody in, and is told to a person in words', async () => {
    const provider = await startIdentityProvider();
    const storage = breakable(await openStorage());
    const app = await startTestApp({ storage, settings: { singleSignOn: settingsFor(provider) } });
    try {
      provider.people.set('ann', { email: 'ann@acme.io', email_verified: true });
      const browser = openBrowser(app);
      const callback = await provider.signIn(await browser.begin(), 'ann');
      storage.break();
      for (const address of [callback, '/sso/key/generate']) {
        const answer = await browser.open(address);
        expect(new URL(answer.headers.get('location') ?? '').searchParams.get('sso_error')).toBe('gateway_failed');
      }
      const told = await app.send('GET', '/sso/key/generate', { key: null });
      expect([told.status, told.text]).toEqual([500, expect.not.stringContaining('ECONNREFUSED')]);
      storage.mend();
      expect(browser.session()).toBeNull();
      expect((await browser.open(callback)).headers.get('location')).toContain('login=success');
    } finally {
      storage.mend();
      await app.close();
      await provider.close();
    }
  });
});

describeOnEachEngine('A provider that is down', (openStorage) => {
  it('is told where the sign-in begins, and leaves the password as a way in', async () => {
    const provider = await startIdentityProvider();
    let clock = Date.parse('2026-11-23T09:00:00Z');
    const app = await startTestApp({
      storage: await openStorage(),
      now: () => clock,
      settings: { singleSignOn: settingsFor(provider, { SSO_ENFORCE: 'true' }) },
    });
    try {
      const browser = openBrowser(app);
      provider.people.set('ann', { email: 'ann@acme.io', email_verified: true });
      const callback = await provider.signIn(await browser.begin(), 'ann');
      await provider.close();
      // Whoever comes back from it just then learns it too.
      const back = await browser.open(callback);
      expect(new URL(back.headers.get('location') ?? '').searchParams.get('sso_error')).toBe('provider_unreachable');
      clock += 60_000;
      const answer = await browser.open('/sso/key/generate?provider=generic');
      const { pathname, searchParams } = new URL(answer.headers.get('location') ?? '');
      expect([pathname, searchParams.get('sso_error')]).toEqual(['/ui/login', 'provider_unreachable']);
      const told = await app.send('GET', '/sso/key/generate', { key: null });
      expect([told.status, told.text]).toEqual([503, expect.stringContaining('/fallback/login')]);
      expect((await app.send('GET', '/sso/readiness', { key: null })).json()).toEqual({
        detail: expect.objectContaining({ status: 'unhealthy', message: 'generic does not answer.' }),
      });
      const fallback = await browser.open('/fallback/login');
      expect([fallback.status, fallback.headers.get('location')]).toEqual([303, `${app.url}/ui/login?local=1`]);
      const body = { username: 'admin', password: testMasterKey };
      expect((await app.send('POST', '/v2/login', { key: null, body })).status).toBe(200);
    } finally {
      await app.close();
    }
  });
});
