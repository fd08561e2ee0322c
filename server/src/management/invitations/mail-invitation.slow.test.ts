import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { type MailServer, mailValuesFor, startMailServer } from '../../testing/mail-server.ts';
import { startTestApp, type TestApp, testSettings } from '../../testing/start-test-app.ts';

interface Told {
  status: string;
  message: string;
  invitation_url: string;
}

describeOnEachEngine('The mail of an invitation', (openStorage) => {
  let server: MailServer;
  let app: TestApp;
  /** The same people behind a sub-path, without mail. */
  let silent: TestApp;

  beforeAll(async () => {
    server = await startMailServer();
    const storage = await openStorage();
    const { mail } = testSettings();
    app = await startTestApp({
      storage,
      settings: { mail: { ...mail, values: mailValuesFor(server) }, serverRootPath: '/llm' },
    });
    silent = await startTestApp({ storage: await openStorage() });
  });
  beforeEach(() => {
    server.caught.length = 0;
  });
  afterAll(async () => {
    await app.close();
    await silent.close();
    await server.stop();
  });

  const addUser = async (body: Record<string, unknown>, on = app) => {
    const answer = await on.send('POST', '/user/new', { body: { auto_create_key: false, ...body } });
    expect(answer.status, answer.text).toBe(200);
    return answer.json<{ user_id: string; invitation_email?: Told }>();
  };
  const idIn = (link: string) => new URL(link).searchParams.get('id') ?? '';

  it('holds the link that works, in both of its versions, behind a sub-path too', async () => {
    const { user_id, invitation_email } = await addUser({
      user_email: 'ann@acme.io',
      user_role: 'internal_user',
      max_budget: 10,
      budget_duration: '1mo',
      send_invite_email: true,
    });
    expect(invitation_email).toEqual({
      status: 'queued',
      message: 'A mail to ann@acme.io is on its way.',
      invitation_url: expect.stringMatching(new RegExp(`^${app.url}/ui/onboarding\\?id=[0-9a-f-]{36}$`)),
    });
    const link = invitation_email?.invitation_url ?? '';
    expect(app.url).toMatch(/\/llm$/);
    const [caught] = await server.waitFor(1);
    expect(caught?.to).toEqual(['ann@acme.io']);
    expect(caught?.mail).toMatchObject({
      subject: 'You are invited to Latchkey',
      from: { name: 'Example AI', address: 'gateway@example.com' },
    });
    expect(caught?.mail.html).toContain(`href="${link}"`);
    expect(caught?.mail.text).toContain(`\n${link}\n`);
    expect(caught?.mail.text).toContain('$10 every month');
    // Whatever looks at the link on its way spoils nothing.
    for (let look = 0; look < 5; look += 1) {
      expect((await app.send('GET', `/onboarding/get_token?invite_link=${idIn(link)}`, { key: null })).status).toBe(
        200,
      );
    }
    const opened = await app.send('GET', `/onboarding/get_token?invite_link=${idIn(link)}`, { key: null });
    const claimed = await app.send('POST', '/onboarding/claim_token', {
      key: String(opened.json()['onboarding_token']),
      body: { invitation_link: idIn(link), user_id, password: 'Correct-Horse-42!' },
    });
    expect(claimed.status, claimed.text).toBe(200);
  });

  it('is not followed by one with another link when the client asks for the invitation right after', async () => {
    const { user_id, invitation_email } = await addUser({ user_email: 'right-after@acme.io', send_invite_email: true });
    const invitation = await app.send('POST', '/invitation/new', { body: { user_id } });
    expect(invitation.json()['id']).toBe(idIn(invitation_email?.invitation_url ?? ''));
    expect(invitation.json()['email']).toBeUndefined();
    await server.waitFor(1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(server.caught).toHaveLength(1);
  });

  it('is sent by /invitation/new too, unless it is told not to', async () => {
    const { user_id } = await addUser({ user_email: 'later@acme.io' });
    const unsent = await app.send('POST', '/invitation/new', { body: { user_id, send_invite_email: false } });
    expect(unsent.json<{ email: Told }>().email).toMatchObject({ status: 'not_requested' });
    const sent = await app.send('POST', '/invitation/new', { body: { user_id, send_invite_email: true } });
    const told = sent.json<{ email: Told; id: string }>();
    expect(told.email).toMatchObject({ status: 'queued', invitation_url: `${app.url}/ui/onboarding?id=${told.id}` });
    const [caught, ...others] = await server.waitFor(1);
    expect(caught?.mail.text).toContain(told.id);
    expect(others).toEqual([]);
  });

  it('says that it is about a new password to somebody who has one', async () => {
    const { user_id } = await addUser({ user_email: 'has-one@acme.io' });
    await app.storage.db.updateTable('users').set({ password_hash: 'x' }).where('user_id', '=', user_id).execute();
    await app.send('POST', '/invitation/new', { body: { user_id } });
    const [caught] = await server.waitFor(1);
    expect(caught?.mail.subject).toBe('Choose a new password for Latchkey');
  });

  it('is not sent where there is no address, and the answer says so and holds the link', async () => {
    const { invitation_email } = await addUser({ send_invite_email: true });
    expect(invitation_email).toMatchObject({
      status: 'no_address',
      message: 'No mail was sent: this person has no e-mail address. Hand over the link yourself.',
    });
    const odd = await addUser({ user_email: 'victim,boss@acme.io', send_invite_email: true });
    expect(odd.invitation_email).toMatchObject({ status: 'no_address' });
    expect(odd.invitation_email?.message).toContain("'victim,boss@acme.io' is not an address that mail can be sent to");
  });

  it('is not sent by a gateway that cannot, whose answer says so and holds a link that works', async () => {
    const { invitation_email, user_id } = await addUser({ user_email: 'ann@acme.io', send_invite_email: true }, silent);
    expect(invitation_email?.status).toBe('not_configured');
    expect(invitation_email?.message).toContain('This gateway cannot send mail yet: set SMTP_HOST');
    const link = invitation_email?.invitation_url ?? '';
    expect((await silent.send('GET', `/onboarding/get_token?invite_link=${idIn(link)}`, { key: null })).status).toBe(
      200,
    );
    const plain = await silent.send('POST', '/invitation/new', { body: { user_id } });
    expect(Object.keys(plain.json())).not.toContain('email');
    const asked = await silent.send('POST', '/invitation/new', { body: { user_id, send_invite_email: true } });
    expect(asked.json<{ email: Told }>().email).toMatchObject({ status: 'not_configured' });
    expect(await silent.storage.db.selectFrom('outgoing_messages').selectAll().execute()).toEqual([]);
  });

  it('is not sent for a user who was refused', async () => {
    await addUser({ user_id: 'taken', user_email: 'taken@acme.io' });
    const refused = await app.send('POST', '/user/new', {
      body: { user_id: 'taken', user_email: 'other@acme.io', send_invite_email: true },
    });
    expect(refused.status).toBe(409);
    const rows = app.storage.db.selectFrom('outgoing_messages').select('message_id');
    expect(await rows.where('recipient', '=', 'other@acme.io').execute()).toEqual([]);
  });

  it('is taken back with its link while the mail server is away', async () => {
    await server.stop();
    const { user_id, invitation_email } = await addUser({ user_email: 'withdrawn@acme.io', send_invite_email: true });
    const untilTried = async () => {
      for (;;) {
        const row = await app.storage.db
          .selectFrom('outgoing_messages')
          .selectAll()
          .where('recipient', '=', 'withdrawn@acme.io')
          .executeTakeFirstOrThrow();
        if (row.last_error !== null || row.withdrawn_at !== null) return row;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    expect(await untilTried()).toMatchObject({ sent_at: null, failed_at: null });
    const invitation_id = idIn(invitation_email?.invitation_url ?? '');
    expect((await app.send('POST', '/invitation/delete', { body: { invitation_id } })).status).toBe(200);
    expect(await untilTried()).toMatchObject({ withdrawn_at: expect.any(Number), due_at: null, sealed_content: null });
    await server.start();
    await app.send('POST', '/invitation/new', { body: { user_id } });
    const [caught, ...others] = await server.waitFor(1);
    expect(caught?.mail.text).not.toContain(invitation_id);
    expect(others).toEqual([]);
  });

  it('tells who invites, by name, and no name can add a header or a recipient', async () => {
    const name = 'Eve\r\nBcc: victim@example.org\r\n\r\n<script>alert(1)</script>\u2028\u202e';
    const admin = await addUser({ user_email: 'eve@acme.io', user_role: 'proxy_admin' });
    // The API takes no such name; an older row, or one from elsewhere, may have it.
    await app.storage.db.updateTable('users').set({ user_alias: name }).where('user_id', '=', admin.user_id).execute();
    const key = await app.send('POST', '/key/generate', { body: { user_id: admin.user_id } });
    const answer = await app.send('POST', '/user/new', {
      key: String(key.json()['key']),
      body: { user_email: 'mallory@acme.io', send_invite_email: true, auto_create_key: false },
    });
    expect(answer.status, answer.text).toBe(200);
    const [caught] = await server.waitFor(1);
    expect(caught?.to).toEqual(['mallory@acme.io']);
    expect(caught?.mail.bcc).toBeUndefined();
    expect(caught?.mail.subject).toBe('Eve Bcc: victim@example.org <script>alert(1)</script> invited you to Latchkey');
    expect(caught?.source.split(/\r?\n\r?\n/)[0]).not.toMatch(/^bcc:/im);
    expect(caught?.mail.html).not.toContain('<script');
    expect(caught?.mail.html).toContain('&lt;script&gt;');
  });

  it('goes to everybody of an import who is to get one', async () => {
    const users = ['a', 'b'].map((name) => ({ user_email: `${name}@import.io`, send_invite_email: name === 'a' }));
    expect((await app.send('POST', '/user/import', { body: { users } })).status).toBe(200);
    const [caught] = await server.waitFor(1);
    expect(caught?.to).toEqual(['a@import.io']);
    expect(caught?.mail.text).toContain(`${app.url}/ui/onboarding?id=`);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(server.caught).toHaveLength(1);
  });
});
