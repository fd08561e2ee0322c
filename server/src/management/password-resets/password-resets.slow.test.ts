import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { type CaughtMail, type MailServer, mailValuesFor, startMailServer } from '../../testing/mail-server.ts';
import { acceptNewInvitation, makePerson, type Person, signInAs, testPassword } from '../../testing/make-person.ts';
import { startTestApp, type TestApp, testSettings } from '../../testing/start-test-app.ts';

const newPassword = 'Another-Horse-43!';
const minute = 60_000;

describeOnEachEngine('A forgotten password', (openStorage) => {
  let server: MailServer;
  let app: TestApp;
  let silent: TestApp;
  let ann: Person;
  let clock = Date.parse('2026-11-23T09:00:00Z');

  beforeAll(async () => {
    server = await startMailServer();
    const mail = { ...testSettings().mail, values: mailValuesFor(server) };
    const settings = { mail, serverRootPath: '/llm', trustForwardedFor: true };
    app = await startTestApp({ storage: await openStorage(), settings, now: () => clock });
    silent = await startTestApp({ storage: await openStorage() });
  });
  beforeEach(async () => {
    clock += 3_600_000;
    server.caught.length = 0;
    ann = await makePerson(app, 'internal_user');
  });
  afterAll(async () => {
    await app.close();
    await silent.close();
    await server.stop();
  });

  let addresses = 0;
  const forget = (user_email: string, ip?: string) => {
    addresses += 1;
    const headers = { 'x-forwarded-for': ip ?? `10.1.${addresses >> 8}.${addresses & 255}` };
    return app.send('POST', '/user/forgot_password', { key: null, body: { user_email }, headers });
  };
  const tokenIn = (text: string | undefined) => /\/ui\/reset-password#t=([\w-]+)/.exec(text ?? '')?.[1] ?? '';
  /** The mails with links to a new password; invitations are mailed too. */
  const resets = () => server.caught.filter(({ mail }) => tokenIn(mail.text) !== '');
  async function waitForResets(count: number): Promise<readonly CaughtMail[]> {
    await vi.waitFor(() => expect(resets().length).toBeGreaterThanOrEqual(count), { timeout: 15_000, interval: 10 });
    return resets();
  }
  async function mailedToken(email: string): Promise<string> {
    const before = resets().length;
    expect((await forget(email)).status).toBe(200);
    return tokenIn((await waitForResets(before + 1)).at(-1)?.mail.text);
  }
  const open = (token: string) => app.send('GET', '/user/reset_password/validate', { key: token });
  const reset = (token: string, new_password = newPassword) =>
    app.send('POST', '/user/reset_password', { key: null, body: { token, new_password } });
  const signInStatus = async (password: string) =>
    (await app.send('POST', '/v2/login', { key: null, body: { username: ann.email, password } })).status;

  it('leads nobody to an address that the sender of the request has chosen', async () => {
    const before = resets().length;
    const ask = (on: TestApp) =>
      on.send('POST', '/user/forgot_password', {
        key: null,
        body: { user_email: ann.email },
        headers: { 'x-forwarded-host': 'evil.example', 'x-forwarded-for': '10.9.9.9' },
      });
    const refused = await ask(app);
    expect(refused.status).toBe(400);
    expect(refused.text).toContain('does not know the address at which people reach it (PROXY_BASE_URL)');
    const { settings } = app.app.parts;
    const { storage } = app;
    const named = await startTestApp({
      storage,
      now: () => clock,
      settings: { ...settings, proxyBaseUrl: 'https://llm.acme.io' },
    });
    expect((await ask(named)).status).toBe(200);
    await named.app.close(100);
    const mails = (await waitForResets(before + 1)).slice(before);
    expect(mails.map(({ mail }) => mail.text?.includes('https://llm.acme.io/llm/ui/reset-password#t='))).toEqual([
      true,
    ]);
    expect(mails[0]?.source).not.toContain('evil.example');
  });

  it('is replaced by whoever reads the mail, which ends every session', async () => {
    const elsewhere = await signInAs(app, ann.email);
    const token = await mailedToken(ann.email.toUpperCase());
    const [caught] = resets();
    expect(caught?.to).toEqual([ann.email]);
    expect(caught?.mail.text).toContain(`${app.url}/ui/reset-password#t=`);
    expect(caught?.mail.html).toContain(token);
    expect((await open(token)).json()).toMatchObject({
      user_email: ann.email,
      expires_at: new Date(clock + 30 * minute).toISOString(),
      password_policy: { min_length: 12 },
    });
    const answer = await reset(token);
    expect(answer.json()).toEqual({
      message: 'Password updated successfully. Sign in with the new one.',
      login_url: `${app.url}/ui/login`,
    });
    expect(answer.headers.get('set-cookie')).not.toContain('latchkey_session');
    expect(answer.headers.get('set-cookie')).toContain('latchkey_browser=');
    for (const session of [ann.session, elsewhere]) {
      expect((await app.send('GET', '/ui/session', { key: session })).status).toBe(401);
    }
    expect([await signInStatus(testPassword), await signInStatus(newPassword)]).toEqual([401, 200]);
  });

  it('leads to the same answer in about the same time, whether the account exists or not', async () => {
    const timed = async (email: string) => {
      const startedAt = performance.now();
      const answer = await forget(email);
      return { text: answer.text, tookMs: performance.now() - startedAt };
    };
    const known = await timed(ann.email);
    const unknown = await timed('nobody@example.com');
    expect(unknown.text).toBe(known.text);
    for (const { tookMs } of [known, unknown]) expect(tookMs).toBeGreaterThanOrEqual(249);
    await waitForResets(1);
    expect(resets()).toHaveLength(1);
  });

  it('is answered alike when the mail cannot be queued: only the log knows', async () => {
    const { schema } = app.storage.db;
    await schema.alterTable('password_resets').renameTo('password_resets_away').execute();
    const [known, unknown] = await Promise.all([forget(ann.email), forget('nobody@example.com')]);
    await schema.alterTable('password_resets_away').renameTo('password_resets').execute();
    expect([known.status, known.text]).toEqual([200, unknown.text]);
    expect(resets()).toEqual([]);
    await mailedToken(ann.email);
  });

  it('is mailed ten times at most within the window, from however many places it is asked for', async () => {
    const other = await makePerson(app, 'internal_user');
    const statuses = [];
    for (let n = 0; n < 12; n += 1) statuses.push(forget(other.email, `203.0.113.${100 + n}`));
    const answers = (await Promise.all(statuses)).map((answer) => answer.status);
    expect(answers.filter((status) => status === 200)).toHaveLength(10);
    expect(answers.filter((status) => status === 429)).toHaveLength(2);
  });

  it('has a link that any number of programs may open, and one may use', async () => {
    const token = await mailedToken(ann.email);
    for (let time = 0; time < 5; time += 1) expect((await open(token)).status).toBe(200);
    const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => reset(token, `Correct-Horse-${n}!`)));
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, ...Array.from({ length: 9 }, () => 401)]);
    const again = await reset(token);
    expect([again.status, again.json()['error']]).toEqual([401, expect.objectContaining({ param: 'used' })]);
    expect((await open(token)).status).toBe(401);
  });

  it('has a link that works until the last millisecond of the thirtieth minute', async () => {
    const token = await mailedToken(ann.email);
    clock += 30 * minute - 1;
    expect((await open(token)).status).toBe(200);
    clock += 1;
    for (const answer of [await open(token), await reset(token)]) {
      expect([answer.status, answer.json()['error']]).toEqual([401, expect.objectContaining({ param: 'expired' })]);
    }
    expect(await signInStatus(testPassword)).toBe(200);
  });

  it('has one link that works: a newer one, and every new password, end the others', async () => {
    const older = await mailedToken(ann.email);
    const newer = await mailedToken(ann.email);
    expect((await open(older)).json()['error']).toMatchObject({ param: 'replaced' });
    await ann.send('POST', '/user/password/change', { current_password: testPassword, new_password: newPassword });
    expect((await open(newer)).json()['error']).toMatchObject({ param: 'replaced' });
    const third = await mailedToken(ann.email);
    await acceptNewInvitation(app, ann.userId);
    expect((await reset(third)).status).toBe(401);
  });

  it('is not replaced by a weak one, and the link stays unused', async () => {
    const token = await mailedToken(ann.email);
    const refused = await reset(token, 'weak');
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('required policy')]);
    expect((await reset(token)).status).toBe(200);
  });

  it('is nobody’s for a disabled account, and for a token that was made up', async () => {
    const token = await mailedToken(ann.email);
    await app.send('POST', '/user/disable', { body: { user_ids: [ann.userId] } });
    expect((await reset(token)).status).toBe(401);
    server.caught.length = 0;
    expect((await forget(ann.email)).status).toBe(200);
    for (const made of ['', 'x', 'A'.repeat(43)]) {
      expect((await reset(made)).json()['error']).toMatchObject({ param: 'invalid' });
    }
    const other = await makePerson(app, 'internal_user');
    await mailedToken(other.email);
    expect(resets().map(({ to }) => to)).toEqual([[other.email]]);
  });

  it('does not exist for somebody who signs in with a provider: the mail says so, and makes no password', async () => {
    const made = await app.send('POST', '/user/new', {
      body: { user_email: 'sso@example.com', auto_create_key: false },
    });
    const userId = String(made.json()['user_id']);
    await app.storage.db
      .insertInto('user_identities')
      .values({
        ...{ issuer: 'https://id.example.com', subject: '1', user_id: userId, provider: 'generic', email: null },
        ...{ mapped_role: null, mapped_team_ids: '[]', created_at: clock, last_used_at: clock },
      })
      .execute();
    expect((await forget('sso@example.com')).status).toBe(200);
    const caught = await vi.waitUntil(() => server.caught.find(({ to }) => to.includes('sso@example.com')), 15_000);
    expect(caught?.mail.text).toContain('You have no password here');
    expect(caught?.mail.text).not.toContain('reset-password');
    expect(
      await app.storage.db.selectFrom('password_resets').selectAll().where('user_id', '=', userId).execute(),
    ).toEqual([]);
  });

  it('floods nobody: ten requests for an address from one place, then 429, known or not', async () => {
    for (const [email, ip] of [
      [ann.email, '203.0.113.1'],
      ['nobody@example.com', '203.0.113.2'],
    ] as const) {
      const answers = await Promise.all(Array.from({ length: 12 }, () => forget(email, ip)));
      expect(answers.filter((answer) => answer.status === 429)).toHaveLength(2);
    }
    await waitForResets(1);
    expect(resets().length).toBeLessThanOrEqual(10);
  });

  it('stands in the audit log without the link', async () => {
    const token = await mailedToken(ann.email);
    await reset(token);
    const rows = await app.storage.db
      .selectFrom('audit_log')
      .select(['action', 'object_type', 'before_json', 'after_json', 'object_id'])
      .where('actor_user_id', '=', ann.userId)
      .where('object_type', '=', 'password-reset')
      .orderBy('happened_at')
      .execute();
    expect(rows.map((row) => row.action).sort()).toEqual(['accepted', 'created']);
    expect(JSON.stringify(rows)).not.toContain(token);
  });

  it('needs mail: without it everybody is told whom to ask', async () => {
    for (const user_email of [ann.email, 'nobody@example.com']) {
      const answer = await silent.send('POST', '/user/forgot_password', { key: null, body: { user_email } });
      expect([answer.status, answer.json()['error']]).toEqual([
        400,
        expect.objectContaining({ param: 'email_not_configured', message: expect.stringContaining('Ask an admin') }),
      ]);
    }
  });

  it('can be helped by an admin, who sees a link and never a password', async () => {
    const made = await app.send('POST', '/user/reset_link', { body: { user_id: ann.userId } });
    expect(made.json()).toMatchObject({ user_id: ann.userId, email: { status: 'not_requested' } });
    expect(await signInStatus(testPassword)).toBe(200);
    expect((await reset(tokenIn(String(made.json()['reset_url'])))).status).toBe(200);
    expect(await signInStatus(newPassword)).toBe(200);

    const mailed = await app.send('POST', '/user/reset_link', { body: { user_id: ann.userId, send_email: true } });
    expect(mailed.json()).toMatchObject({ email: { status: 'queued' } });
    const caught = await waitForResets(1);
    expect(tokenIn(caught[0]?.mail.text)).toBe(tokenIn(String(mailed.json()['reset_url'])));
  });

  it('can be helped by admins only, and for accounts that have a password', async () => {
    const body = { user_id: ann.userId };
    const viewer = await makePerson(app, 'proxy_admin_viewer');
    const bob = await makePerson(app, 'internal_user');
    for (const stranger of [viewer, bob]) {
      expect([401, 403]).toContain((await stranger.send('POST', '/user/reset_link', body)).status);
    }
    expect((await app.send('POST', '/user/reset_link', { body: { user_id: 'nobody' } })).status).toBe(404);
    expect((await app.send('POST', '/user/reset_link', { body: { user_id: 'default_user_id' } })).status).toBe(400);
    await app.send('POST', '/user/disable', { body: { user_ids: [ann.userId] } });
    expect((await app.send('POST', '/user/reset_link', { body })).status).toBe(400);
  });
});
