import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { makePerson, type Person, testPassword } from '../../testing/make-person.ts';
import { startTestApp, type TestApp } from '../../testing/start-test-app.ts';

describeOnEachEngine('A second factor', (openStorage) => {
  let app: TestApp;
  let ann: Person;
  let clock = Date.parse('2026-11-23T09:00:00Z');

  beforeAll(async () => {
    app = await startTestApp({ storage: await openStorage(), now: () => clock });
  });
  beforeEach(async () => {
    ann = await makePerson(app, 'internal_user');
  });
  afterAll(() => app.close());

  const password = testPassword;
  const codeOf = (secret: string) => TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: clock });
  const signIn = (person: Person, one_time_code?: string) =>
    app.send('POST', '/v2/login', { key: null, body: { username: person.email, password, one_time_code } });
  const factors = async (person: Person) => (await person.send('GET', '/user/second_factors')).json();

  async function setUp(person: Person): Promise<{ secret: string; recoveryCodes: string[] }> {
    const { secret } = (await person.send('POST', '/user/totp/begin', { password })).json<{ secret: string }>();
    const confirmed = await person.send('POST', '/user/totp/confirm', { code: codeOf(secret) });
    expect(confirmed.status, confirmed.text).toBe(200);
    clock += 30_000;
    return { secret, recoveryCodes: confirmed.json<{ recovery_codes: string[] }>().recovery_codes };
  }

  it('is asked for from the moment a first code has confirmed it, and not before', async () => {
    const begun = await ann.send('POST', '/user/totp/begin', { password });
    const { secret, otpauth_url } = begun.json<{ secret: string; otpauth_url: string }>();
    expect(otpauth_url).toMatch(/^otpauth:\/\/totp\/Latchkey:/);
    expect(otpauth_url).toContain(`secret=${secret}`);
    expect((await signIn(ann)).status).toBe(200);
    expect(await factors(ann)).toMatchObject({ totp_enabled: false, recovery_codes_left: 0 });
    await ann.send('POST', '/user/totp/confirm', { code: codeOf(secret) });
    expect(await factors(ann)).toMatchObject({ is_available: true, totp_enabled: true, recovery_codes_left: 10 });

    const asked = await signIn(ann);
    expect([asked.status, asked.json()['error']]).toEqual([401, expect.objectContaining({ param: 'second_factor' })]);
    expect(asked.headers.get('set-cookie')).toBeNull();
    clock += 30_000;
    expect((await signIn(ann, codeOf(secret))).status).toBe(200);
  });

  it('lets its owner in with their browser while somebody who knows the password guesses codes', async () => {
    const { secret } = await setUp(ann);
    const first = await signIn(ann, codeOf(secret));
    const cookie = first.headers
      .getSetCookie()
      .map((one) => one.split(';', 1)[0])
      .join('; ');
    clock += 30_000;
    const statuses = [];
    for (let guess = 0; guess < 11; guess += 1) statuses.push((await signIn(ann, '000000')).status);
    expect(statuses.slice(-2)).toEqual([401, 429]);
    expect((await signIn(ann, codeOf(secret))).status).toBe(429);
    const body = { username: ann.email, password, one_time_code: codeOf(secret) };
    expect((await app.send('POST', '/v2/login', { key: null, body, headers: { cookie } })).status).toBe(200);
    clock += 900_000;
  });

  it('opens nothing without the password, in the words of a wrong password', async () => {
    const { secret } = await setUp(ann);
    const answer = await app.send('POST', '/v2/login', {
      key: null,
      body: { username: ann.email, password: 'Wrong-Horse-42!', one_time_code: codeOf(secret) },
    });
    expect([answer.status, answer.json()['error']]).toEqual([
      401,
      expect.objectContaining({ param: 'invalid_credentials' }),
    ]);
    expect((await signIn(ann, codeOf(secret))).status).toBe(200);
  });

  it('works once: of ten who send the same code at once, one gets in', async () => {
    const { secret } = await setUp(ann);
    const code = codeOf(secret);
    const statuses = await Promise.all(Array.from({ length: 10 }, async () => (await signIn(ann, code)).status));
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    clock += 30_000;
    expect((await signIn(ann, code)).status).toBe(401);
  });

  it('is the code of this half minute or of the ones beside it', async () => {
    const { secret } = await setUp(ann);
    const code = codeOf(secret);
    clock += 60_000;
    expect((await signIn(ann, code)).status).toBe(401);
    clock -= 30_000;
    expect((await signIn(ann, code.replace(/(\d{3})/, '$1 '))).status).toBe(200);
  });

  it('cannot be guessed: after ten wrong codes every code is refused for a while, from wherever it comes', async () => {
    const { secret } = await setUp(ann);
    const right = codeOf(secret);
    const wrong = right === '000000' ? '000001' : '000000';
    const statuses = [];
    for (let guess = 0; guess < 11; guess += 1) statuses.push((await signIn(ann, wrong)).status);
    expect(statuses.slice(-2)).toEqual([401, 429]);
    expect((await signIn(ann, right)).status).toBe(429);
    clock += 900_000;
    expect((await signIn(ann, codeOf(secret))).status).toBe(200);
  });

  it('can be a recovery code, each once, however it is written', async () => {
    const { recoveryCodes } = await setUp(ann);
    expect(new Set(recoveryCodes).size).toBe(10);
    const [first = '', second = ''] = recoveryCodes;
    expect(first).toMatch(/^[a-z2-9]{4}(-[a-z2-9]{4}){3}$/);
    expect((await signIn(ann, first)).status).toBe(200);
    expect((await signIn(ann, first)).status).toBe(401);
    expect((await signIn(ann, second.toUpperCase().replaceAll('-', ' '))).status).toBe(200);
    expect(await factors(ann)).toMatchObject({ recovery_codes_left: 8 });
    const renewed = await ann.send('POST', '/user/recovery_codes/renew', { password });
    expect(renewed.json<{ recovery_codes: string[] }>().recovery_codes).toHaveLength(10);
    expect((await signIn(ann, recoveryCodes[2])).status).toBe(401);
  });

  it('is asked for by a new invitation too: whoever gets hold of one cannot get in with it alone', async () => {
    const { secret } = await setUp(ann);
    const invitation = (await app.send('POST', '/invitation/new', { body: { user_id: ann.userId } })).json();
    const opened = await app.send('GET', `/onboarding/get_token?invite_link=${invitation['id']}`, { key: null });
    const claim = (one_time_code?: string) =>
      app.send('POST', '/onboarding/claim_token', {
        key: String(opened.json()['onboarding_token']),
        body: { invitation_link: invitation['id'], user_id: ann.userId, password: 'Another-Horse-43!', one_time_code },
      });
    expect((await claim()).status).toBe(401);
    expect((await signIn(ann, codeOf(secret))).status).toBe(200);
    clock += 30_000;
    expect((await claim(codeOf(secret))).status).toBe(200);
  });

  it('is kept sealed, and stands in no answer and in no audit entry', async () => {
    const { secret, recoveryCodes } = await setUp(ann);
    const { db } = app.storage;
    const stored = JSON.stringify([
      await db.selectFrom('totp').selectAll().execute(),
      await db.selectFrom('recovery_codes').selectAll().execute(),
      await db.selectFrom('audit_log').selectAll().where('actor_user_id', '=', ann.userId).execute(),
    ]);
    for (const text of [secret, ...recoveryCodes, ...recoveryCodes.map((code) => code.replaceAll('-', ''))]) {
      expect(stored).not.toContain(text);
    }
    expect(stored).toContain('\\"totp\\":\\"enabled\\"');
  });

  describe('is set up and taken away', () => {
    it('with the password only', async () => {
      for (const path of [
        '/user/totp/begin',
        '/user/totp/remove',
        '/user/recovery_codes/renew',
        '/user/passkey/begin',
      ]) {
        const answer = await ann.send('POST', path, { password: 'Wrong-Horse-42!' });
        expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('Current password is incorrect.')]);
      }
      const { secret } = await setUp(ann);
      expect((await ann.send('POST', '/user/totp/begin', { password })).text).toContain('set up already');
      expect((await ann.send('POST', '/user/totp/remove', { password })).json()).toEqual({ totp_enabled: false });
      expect((await signIn(ann)).status).toBe(200);
      expect((await ann.send('POST', '/user/totp/confirm', { code: codeOf(secret) })).status).toBe(400);
    });

    it('in a session only: a key of the person can do none of it', async () => {
      const { key } = (await ann.send('POST', '/key/generate', {})).json<{ key: string }>();
      const calls = [
        ['GET', '/user/second_factors', undefined],
        ['POST', '/user/totp/begin', { password }],
        ['POST', '/user/totp/confirm', { code: '000000' }],
        ['POST', '/user/totp/remove', { password }],
        ['POST', '/user/recovery_codes/renew', { password }],
        ['POST', '/user/passkey/begin', { password }],
        ['POST', '/user/passkey/remove', { passkey_id: 'x', password }],
      ] as const;
      for (const [method, path, body] of calls) {
        const answer = await app.send(method, path, { key, ...(body ? { body } : {}) });
        expect([path, answer.status, answer.text]).toEqual([path, 403, expect.stringContaining('needs a session')]);
      }
    });

    it('by an admin, for somebody who has lost the device', async () => {
      await setUp(ann);
      const reset = { user_id: ann.userId };
      const viewer = await makePerson(app, 'proxy_admin_viewer');
      expect((await viewer.send('POST', '/user/second_factors/reset', reset)).status).toBe(403);
      expect((await ann.send('POST', '/user/second_factors/reset', reset)).status).toBe(401);
      const answer = await app.send('POST', '/user/second_factors/reset', { body: reset });
      expect(answer.json()).toEqual({ user_id: ann.userId, removed_totp: true, removed_passkeys: 0 });
      expect((await signIn(ann)).status).toBe(200);
      const unknown = await app.send('POST', '/user/second_factors/reset', { body: { user_id: 'nobody' } });
      expect(unknown.status).toBe(404);
    });
  });
});
