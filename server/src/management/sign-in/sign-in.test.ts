import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { makePerson, type Person, sessionOf, signInAs, testPassword } from '../../testing/make-person.ts';
import { startTestApp, type TestApp, testMasterKey } from '../../testing/start-test-app.ts';
import { countHashedPasswords } from '../passwords/index.ts';

describeOnEachEngine('Signing in', (openStorage) => {
  let app: TestApp;
  let ann: Person;
  let clock = Date.parse('2026-11-23T09:00:00Z');

  beforeAll(async () => {
    app = await startTestApp({
      storage: await openStorage(),
      now: () => clock,
      settings: { trustForwardedFor: true, proxyLogoutUrl: 'https://www.example.com/bye' },
    });
    ann = await makePerson(app, 'internal_user', { user_email: 'Ann@Acme.io' });
  });
  afterAll(() => app.close());

  const signIn = (username: string, password: string, ip = '192.0.2.1') =>
    app.send('POST', '/v2/login', { key: null, body: { username, password }, headers: { 'x-forwarded-for': ip } });

  const laterThanTheThrottle = () => {
    clock += 901_000;
  };

  it('with e-mail address and password, in any case, gives a cookie, an address and a token', async () => {
    const answer = await signIn('  ANN@acme.IO ', testPassword);
    expect(answer.status).toBe(200);
    expect(answer.json()).toEqual({ redirect_url: `${app.url}/ui/?login=success`, token: expect.any(String) });
    const session = sessionOf(String(answer.json()['token']));
    expect(session).toMatch(/^sk-session-[\w-]{43}$/);
    expect(answer.headers.get('set-cookie')).toContain(`latchkey_session=${session}; Path=/; HttpOnly; SameSite=Lax`);
    const claims = JSON.parse(Buffer.from(String(answer.json()['token']).split('.')[1] ?? '', 'base64url').toString());
    expect(claims).toEqual({
      user_id: ann.userId,
      key: session,
      user_email: 'Ann@Acme.io',
      user_role: 'internal_user',
      login_method: 'username_password',
      premium_user: false,
      auth_header_name: 'Authorization',
      disabled_non_admin_personal_key_creation: false,
      server_root_path: '/',
      password_reset_required: false,
    });
  });

  it('with UI_USERNAME and UI_PASSWORD gives a session of the master key’s holder', async () => {
    const answer = await signIn('admin', testMasterKey);
    const session = sessionOf(String(answer.json()['token']));
    expect((await app.send('GET', '/ui/session', { key: session })).json()).toMatchObject({
      user: { user_id: 'default_user_id', user_email: null },
      role: 'proxy_admin',
      is_master: true,
    });
  });

  it('makes the browser known for this account, and for the others that sign in with it', async () => {
    const bob = await makePerson(app, 'internal_user');
    const send = (username: string, cookie = '') =>
      app.send('POST', '/v2/login', { key: null, body: { username, password: testPassword }, headers: { cookie } });
    const browserOf = (answer: Awaited<ReturnType<typeof send>>) =>
      answer.headers.getSetCookie().find((cookie) => cookie.startsWith('latchkey_browser=')) ?? '';
    const first = browserOf(await send('ann@acme.io'));
    expect(first).toMatch(/^latchkey_browser=[\w-]{22}\.[\w-]{22}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=34560000$/);
    const both = browserOf(await send(bob.email, first.split(';', 1)[0]));
    const [name, annsMark] = first.slice('latchkey_browser='.length, first.indexOf(';')).split('.');
    expect(both.slice('latchkey_browser='.length, both.indexOf(';')).split('.')).toEqual([
      name,
      expect.not.stringMatching(`^${annsMark}$`),
      annsMark,
    ]);
  });

  it('from an HTML form answers 303 with the cookie', async () => {
    const answer = await app.send('POST', '/login', {
      key: null,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ username: 'ann@acme.io', password: testPassword }).toString(),
    });
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe(`${app.url}/ui/?login=success`);
    expect(answer.headers.get('set-cookie')).toContain('latchkey_session=sk-session-');
  });

  it('is refused in the same words for a wrong password, an unknown name and a person without a password', async () => {
    await app.send('POST', '/user/new', { body: { user_email: 'no-password@acme.io', auto_create_key: false } });
    for (const username of ['ann@acme.io', 'nobody@acme.io', 'no-password@acme.io', 'admin']) {
      const answer = await signIn(username, 'Wrong-Horse-42!');
      expect(answer.status).toBe(401);
      expect(answer.headers.get('set-cookie')).toBeNull();
      expect(answer.json()).toEqual({
        error: {
          message: `Invalid credentials used to access UI.\nNot valid credentials for ${username}`,
          type: 'auth_error',
          param: 'invalid_credentials',
          code: '401',
        },
      });
    }
  });

  it('costs the hash of one password, whoever is or is not behind the name', async () => {
    const disabled = await makePerson(app, 'internal_user');
    await app.send('POST', '/user/disable', { body: { user_ids: [disabled.userId] } });
    const names = ['ann@acme.io', 'nobody@acme.io', 'no-password@acme.io', disabled.email, 'admin', ''];
    for (const username of names) {
      const before = countHashedPasswords();
      expect((await signIn(username, 'Wrong-Horse-42!', '192.0.2.2')).status).toBe(401);
      expect(countHashedPasswords() - before).toBe(1);
    }
    laterThanTheThrottle();
  });

  it('does not work with the stored hash in place of the password', async () => {
    const { password_hash } = await app.storage.db
      .selectFrom('users')
      .select('password_hash')
      .where('user_id', '=', ann.userId)
      .executeTakeFirstOrThrow();
    expect((await signIn('ann@acme.io', String(password_hash))).status).toBe(401);
    laterThanTheThrottle();
  });

  describe('is throttled', () => {
    it('after ten failures for an account from an address; the right password does not help then', async () => {
      for (let failure = 0; failure < 10; failure += 1) {
        expect((await signIn('ann@acme.io', 'Wrong-Horse-42!')).status).toBe(401);
      }
      const answer = await signIn('ann@acme.io', testPassword);
      expect(answer.status).toBe(429);
      expect(answer.json()).toEqual({
        error: {
          message: 'Too many failed sign-in attempts. Try again later.',
          type: 'auth_error',
          param: 'None',
          code: '429',
        },
      });
      expect(answer.headers.get('retry-after')).toBe('900');
    });

    it('for that pair only: the owner gets in from elsewhere, others get in from there', async () => {
      expect((await signIn('ann@acme.io', testPassword, '198.51.100.7')).status).toBe(200);
      expect((await signIn('admin', testMasterKey)).status).toBe(200);
    });

    it('until the window is over', async () => {
      clock += 899_000;
      const answer = await signIn('ANN@ACME.IO', testPassword);
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '1']);
      clock += 1_000;
      expect((await signIn('ann@acme.io', testPassword)).status).toBe(200);
    });

    it('alike when fifty guesses come at once: ten are checked', async () => {
      const answers = await Promise.all(Array.from({ length: 50 }, () => signIn('ann@acme.io', 'Wrong-Horse-42!')));
      expect(answers.filter((answer) => answer.status === 401)).toHaveLength(10);
      expect(answers.filter((answer) => answer.status === 429)).toHaveLength(40);
      laterThanTheThrottle();
    }, 30_000);

    it('for names that do not exist too, so that a refusal tells nothing', async () => {
      const statuses = [];
      for (let attempt = 0; attempt < 11; attempt += 1) statuses.push((await signIn('ghost@acme.io', 'x')).status);
      expect(statuses.slice(-2)).toEqual([401, 429]);
      laterThanTheThrottle();
    });
  });

  it('is over after signing out, at once; the browser goes to PROXY_LOGOUT_URL', async () => {
    const person = await makePerson(app, 'internal_user');
    const answer = await person.send('POST', '/session/logout');
    expect(answer.json()).toEqual({ message: 'Session revoked.', redirect_url: 'https://www.example.com/bye' });
    expect(answer.headers.get('set-cookie')).toContain('latchkey_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0');
    expect((await app.send('GET', '/ui/session', { key: person.session })).status).toBe(401);
  });

  it('is impossible for a disabled person, and ends what they do', async () => {
    const person = await makePerson(app, 'internal_user');
    await app.storage.db
      .updateTable('users')
      .set({ disabled_at: clock })
      .where('user_id', '=', person.userId)
      .execute();
    expect((await signIn(person.email, testPassword)).text).toContain('is disabled');
    expect((await app.send('GET', '/ui/session', { key: person.session })).status).toBe(401);
  });

  describe('with a password that its owner then changes', () => {
    const change = (person: Person, current_password: string, new_password: string) =>
      person.send('POST', '/user/password/change', { current_password, new_password });

    it('goes on in that session, ends all others, and needs the new one from then on', async () => {
      const person = await makePerson(app, 'internal_user');
      const elsewhere = await signInAs(app, person.email);
      expect((await change(person, testPassword, 'Another-Horse-43!')).json()).toEqual({
        user_id: person.userId,
        message: 'Password updated successfully.',
      });
      expect((await app.send('GET', '/ui/session', { key: person.session })).status).toBe(200);
      expect((await app.send('GET', '/ui/session', { key: elsewhere })).status).toBe(401);
      expect((await signIn(person.email, testPassword)).status).toBe(401);
      expect((await signIn(person.email, 'Another-Horse-43!')).status).toBe(200);
    });

    it('needs the current one', async () => {
      const answer = await change(ann, 'Wrong-Horse-42!', 'Another-Horse-43!');
      expect([answer.status, answer.json()['error']]).toEqual([
        400,
        expect.objectContaining({ message: 'Current password is incorrect.' }),
      ]);
    });

    it('needs a new one that follows the policy and is new', async () => {
      expect((await change(ann, testPassword, 'weak')).text).toContain('Password does not meet the required policy');
      expect((await change(ann, testPassword, testPassword)).status).toBe(400);
    });

    it('cannot be used to guess the current one', async () => {
      const person = await makePerson(app, 'internal_user');
      const statuses = [];
      for (let guess = 0; guess < 11; guess += 1) statuses.push((await change(person, `Guess-${guess}`, 'x')).status);
      expect(statuses.slice(-2)).toEqual([400, 429]);
    });

    it('is for sessions, not for keys', async () => {
      const body = { current_password: testPassword, new_password: 'Another-Horse-43!' };
      expect((await app.send('POST', '/user/password/change', { body })).status).toBe(403);
    });
  });

  describe('with a password that an admin has set', () => {
    it('lets the person do nothing before they have changed it', async () => {
      const person = await makePerson(app, 'internal_user');
      const set = await app.send('POST', '/user/update', {
        body: { user_id: person.userId, password: 'From-Admin-42!' },
      });
      expect(set.status).toBe(200);
      expect((await app.send('GET', '/ui/session', { key: person.session })).status).toBe(401);

      const session = await signInAs(app, person.email, 'From-Admin-42!');
      const facts = await app.send('GET', '/ui/session', { key: session });
      expect(facts.json()).toMatchObject({ password_reset_required: true });
      for (const path of ['/user/info', '/key/list', '/sso/get/ui_settings']) {
        const answer = await app.send('GET', path, { key: session });
        expect(answer.status).toBe(403);
        expect(answer.text).toContain("This account's password must be changed before the session can be used");
      }
      const body = { current_password: 'From-Admin-42!', new_password: 'My-Own-Horse-42!' };
      expect((await app.send('POST', '/user/password/change', { key: session, body })).status).toBe(200);
      expect((await app.send('GET', '/user/info', { key: session })).status).toBe(200);
    });

    it('has to follow the policy like any other', async () => {
      const body = { user_id: ann.userId, password: 'weak' };
      expect((await app.send('POST', '/user/update', { body })).status).toBe(400);
      expect((await signIn('ann@acme.io', testPassword)).status).toBe(200);
    });
  });
});
