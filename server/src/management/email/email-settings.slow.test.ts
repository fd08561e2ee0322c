import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { mailEvents } from '../../mail/mail-events.contract.ts';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { type MailServer, mailValuesFor, startMailServer } from '../../testing/mail-server.ts';
import { type Caller, makeCaller } from '../../testing/make-caller.ts';
import { startTestApp, type TestApp, testSettings } from '../../testing/start-test-app.ts';

interface State {
  values: Record<string, string | number | boolean | null>;
  provenance: Record<string, string>;
  can_send: boolean;
  problem: string | null;
  warnings: string[];
}

describeOnEachEngine('Settings of mail', (openStorage) => {
  let server: MailServer;
  let app: TestApp;
  let viewer: Caller;
  let user: Caller;

  beforeAll(async () => {
    server = await startMailServer({ username: 'gateway', password: 'right-password' });
    app = await startTestApp({ storage: await openStorage() });
    viewer = await makeCaller(app, 'proxy_admin_viewer');
    user = await makeCaller(app, 'internal_user');
  });
  beforeEach(async () => {
    server.caught.length = 0;
    await app.storage.db.deleteFrom('config').execute();
    await app.storage.db.deleteFrom('outgoing_messages').execute();
  });
  afterAll(async () => {
    await app.close();
    await server.stop();
  });

  const patch = (body: Record<string, unknown>, on = app) => on.send('PATCH', '/update/email_settings', { body });
  const state = async (on = app) => (await on.send('GET', '/get/email_settings')).json<State>();
  /** As the API takes them. */
  const ofServer = () => ({ ...mailValuesFor(server), smtp_port: server.port, smtp_tls: false });
  const withLogin = () => ({
    ...ofServer(),
    smtp_username: 'gateway',
    smtp_password: 'right-password',
  });

  it('hold at once, show no secret, and are in the database as nothing that can be read', async () => {
    expect(await state()).toMatchObject({ can_send: false, problem: expect.stringContaining('set SMTP_HOST') });
    const answer = await patch({ ...withLogin(), webhook_secret: 'the-webhook-secret' });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.json<State>()).toMatchObject({ can_send: true, problem: null });
    const now = await state();
    expect(now.values).toMatchObject({
      smtp_host: '127.0.0.1',
      smtp_username: 'gateway',
      smtp_password: '********',
      webhook_secret: '********',
      resend_api_key: null,
    });
    expect(now.provenance).toMatchObject({ smtp_host: 'database', resend_api_key: 'default' });
    expect(now.warnings.join()).toContain('travel unencrypted');
    const log = await app.send('GET', '/audit?object_id=mail_settings');
    const rows = await app.storage.db.selectFrom('config').selectAll().execute();
    for (const text of [answer.text, JSON.stringify(now), log.text, JSON.stringify(rows)]) {
      expect(text).not.toContain('right-password');
      expect(text).not.toContain('the-webhook-secret');
    }
    expect(log.text).toContain('changed_credentials');
    const sent = await app.send('POST', '/email/test', { body: { to: 'ann@acme.io' } });
    expect(sent.json()).toEqual({
      status: 'sent',
      message: 'Sent to ann@acme.io. Look whether it arrives.',
      recipient: 'ann@acme.io',
    });
    expect(server.caught.map(({ to }) => to)).toEqual([['ann@acme.io']]);
  });

  it('that are sent back as they were shown change nothing, and empty ones are taken back', async () => {
    await patch({ ...withLogin(), email_support_contact: 'help@acme.io' });
    const { values } = await state();
    expect((await patch(values)).status).toBe(200);
    expect((await app.send('POST', '/email/test', { body: { to: 'ann@acme.io' } })).json()['status']).toBe('sent');
    await patch({ email_support_contact: '', smtp_sender_email: null });
    expect((await state()).values).toMatchObject({ email_support_contact: null, smtp_sender_email: null });
    expect(await state()).toMatchObject({ can_send: false, problem: expect.stringContaining('Mail needs a sender') });
  });

  it('send a password to no other server than the one it was given for', async () => {
    await patch(withLogin());
    for (const body of [
      { smtp_host: 'evil.example.com' },
      { smtp_port: 2525 },
      { smtp_host: 'evil.example.com', smtp_password: '********' },
      { smtp_username: 'somebody' },
    ]) {
      const answer = await patch(body);
      expect(answer.status).toBe(400);
      expect(answer.text).toContain('smtp_password must be sent together');
    }
    expect((await state()).values).toMatchObject({ smtp_host: '127.0.0.1', smtp_username: 'gateway' });
    expect((await patch({ smtp_host: 'other.example.com', smtp_password: 'for-the-other' })).status).toBe(200);
    expect((await patch({ smtp_host: 'third.example.com', smtp_password: null })).status).toBe(200);
    expect((await state()).values).toMatchObject({ smtp_password: null });
  });

  it('stand above the environment, whose password stays with its own server', async () => {
    const { mail } = testSettings();
    const login = { smtp_username: 'gateway', smtp_password: 'right-password' };
    const values = { ...mailValuesFor(server), ...login, email_logo_url: 'https://acme.io/logo.png' };
    const other = await startTestApp({ settings: { mail: { ...mail, values } } });
    expect((await state(other)).provenance).toMatchObject({ smtp_host: 'environment' });
    expect((await patch({ smtp_host: 'evil.example.com' }, other)).status).toBe(400);
    expect((await patch({ smtp_tls: true }, other)).status).toBe(400);
    expect((await patch({ email_logo_url: 'https://acme.io/new.png' }, other)).status).toBe(200);
    expect(await state(other)).toMatchObject({
      values: { email_logo_url: 'https://acme.io/new.png', smtp_host: '127.0.0.1', smtp_password: '********' },
      provenance: { email_logo_url: 'database', smtp_host: 'environment' },
    });
    expect((await patch({ smtp_port: server.port + 1, smtp_password: 'new' }, other)).status).toBe(200);
    expect(await state(other)).toMatchObject({
      values: { smtp_host: '127.0.0.1', smtp_port: server.port + 1, smtp_username: 'gateway' },
      provenance: { smtp_host: 'database', smtp_port: 'database' },
    });
    await other.close();
  });

  it.each([
    ['smtp_host', 'mail.acme.io\r\nX: y'],
    ['smtp_host', 'https://mail.acme.io'],
    ['smtp_sender_email', 'no address'],
    ['smtp_sender_email', 'a@b.co, c@d.co'],
    ['email_logo_url', 'javascript:alert(1)'],
    ['email_logo_url', 'http://acme.io/logo.png'],
    ['email_support_contact', 'javascript:alert(1)'],
    ['email_subject_invitation', 'Hello\nBcc: x@y.z'],
    ['slack_webhook_url', 'ftp://slack.com'],
    ['webhook_url', 'http://127.0.0.1/hook'],
    ['webhook_url', 'http://0x7f.1/hook'],
    ['webhook_url', 'http://[::ffff:10.0.0.1]/hook'],
    ['webhook_url', 'http://169.254.169.254/latest/meta-data'],
    ['webhook_url', 'http://localhost:8080'],
  ])('refuse %s = %j, and change nothing', async (name, value) => {
    const answer = await patch({ [name]: value, email_signature: 'also sent' });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain(name);
    expect(answer.text).toContain('Nothing was changed.');
    expect((await state()).values).toMatchObject({ [name]: null, email_signature: null });
  });

  it('that cannot be decrypted are told as that, and send nothing', async () => {
    await patch(withLogin());
    const { storage } = app;
    const other = await startTestApp({ storage, settings: { saltKey: 'another-salt-key' } });
    expect(await state(other)).toMatchObject({
      can_send: false,
      problem: expect.stringContaining('smtp_password cannot be decrypted: LITELLM_SALT_KEY is not the one'),
    });
    await other.app.close(100);
  });

  it('switch mails about events on and off, one by one and all at once', async () => {
    const events = async (on: Pick<TestApp, 'send'> = app) =>
      (await on.send('GET', '/email/event_settings')).json<{ settings: { event: string; enabled: boolean }[] }>();
    const all = await events();
    expect(all.settings.map(({ event }) => event)).toEqual([
      'New User Invitation',
      'Virtual Key Created',
      'Virtual Key Rotated',
      'Soft Budget Crossed',
      'Max Budget Alert',
      'Max Budget Reached',
      'Virtual Key Expiring',
    ]);
    expect(all.settings.every(({ enabled }) => enabled)).toBe(true);
    await patch(withLogin());
    const off = { settings: [{ event: 'New User Invitation', enabled: false }] };
    const answer = await app.send('PATCH', '/email/event_settings', { body: off });
    expect(answer.json()['message']).toBe('Email event settings updated successfully');
    expect((await events()).settings).toEqual(
      all.settings.map((setting) => ({ ...setting, enabled: setting.event !== 'New User Invitation' })),
    );
    const added = await app.send('POST', '/user/new', { body: { user_email: 'off@acme.io', send_invite_email: true } });
    expect(added.json<{ invitation_email: object }>().invitation_email).toMatchObject({ status: 'switched_off' });
    expect((await app.send('POST', '/email/event_settings/reset')).json()['message']).toContain('reset');
    expect(await events()).toEqual(all);
    const unknown = { settings: [{ event: 'Password Reset', enabled: false }] };
    expect((await app.send('PATCH', '/email/event_settings', { body: unknown })).status).toBe(422);
    expect(server.caught).toEqual([]);
  });

  it('are tried with a mail whose failure is told in the words of the mail server, and not repeated', async () => {
    await patch({ ...withLogin(), smtp_password: 'wrong-password' });
    const answer = await app.send('POST', '/email/test', { body: { to: 'ann@acme.io' } });
    expect(answer.json()).toMatchObject({ status: 'failed', message: expect.stringContaining('535') });
    expect(answer.text).not.toContain('wrong-password');
    const health = await app.send('GET', '/health/services?service=email');
    expect(health.status).toBe(400);
    expect(health.text).toContain('you have no e-mail address yourself');
    const admin = await makeCaller(app, 'proxy_admin');
    const checked = await admin.send('GET', '/health/services?service=email');
    expect(checked.status).toBe(502);
    expect(checked.text).toContain('535');
    const outbox = await app.send('GET', '/email/outbox');
    expect(outbox.json<{ messages: object[] }>().messages).toMatchObject([
      { event: 'Test Mail', recipient: admin.email, status: 'withdrawn', attempts: 1 },
      { event: 'Test Mail', recipient: 'ann@acme.io', status: 'withdrawn', attempts: 1 },
    ]);
    await patch({ smtp_password: 'right-password' });
    expect((await admin.send('GET', '/health/services?service=email')).json()).toEqual({
      status: 'success',
      message: `Sent to ${admin.email}. Look whether it arrives.`,
    });
  });

  it('are tried a few times an hour for one address, so that nobody is flooded', async () => {
    await patch(withLogin());
    const statuses: number[] = [];
    for (let time = 0; time < 11; time += 1)
      statuses.push((await app.send('POST', '/email/test', { body: { to: 'ann@acme.io' } })).status);
    expect(statuses).toEqual([...Array<number>(10).fill(200), 400]);
    expect(server.caught).toHaveLength(10);
  });

  it('that are missing are told by the health of the services', async () => {
    for (const service of ['email', 'slack', 'webhook']) {
      const answer = await app.send('GET', `/health/services?service=${service}`);
      expect(answer.status).toBe(422);
      expect(answer.text).toContain(`\\"${service}\\" not in proxy config: general_settings. Unable to test this.`);
    }
    expect((await app.send('GET', '/health/services?service=datadog')).status).toBe(400);
  });

  it('show what each mail looks like', async () => {
    for (const event of mailEvents) {
      const answer = await viewer.send('GET', `/email/preview/${encodeURIComponent(event)}`);
      expect(answer.status, answer.text).toBe(200);
      const { subject, html, text } = answer.json<{ subject: string; html: string; text: string }>();
      expect(subject).not.toMatch(/undefined|null|NaN|\[object/);
      expect(html).not.toMatch(/undefined|null|NaN|\[object/);
      expect(text).not.toMatch(/undefined|null|NaN|\[object|<[a-z]/);
      expect(html).toContain(app.url);
    }
    expect((await viewer.send('GET', '/email/preview/Nothing')).status).toBe(422);
  });

  it('list what was sent page by page, without what it says', async () => {
    await patch(withLogin());
    for (const name of ['a', 'b', 'c']) {
      await app.send('POST', '/user/new', {
        body: { user_email: `${name}-${Math.random()}@list.io`, send_invite_email: true },
      });
    }
    await server.waitFor(3);
    const list = async (query: string) =>
      (await viewer.send('GET', `/email/outbox${query}`)).json<{
        messages: { recipient: string; status: string }[];
        next: string | null;
      }>();
    const first = await list('?limit=2&channel=email');
    const second = await list(`?limit=2&before=${first.next}`);
    expect(first.messages).toHaveLength(2);
    expect(second.messages).toHaveLength(1);
    expect(second.next).toBeNull();
    expect([...first.messages, ...second.messages].map(({ recipient }) => recipient[0])).toEqual(['c', 'b', 'a']);
    expect((await list('?status=failed')).messages).toEqual([]);
    expect(JSON.stringify(first)).not.toContain('onboarding');
    expect((await viewer.send('GET', '/email/outbox?before=x')).status).toBe(400);
    const contents = async () => {
      const rows = await app.storage.db.selectFrom('outgoing_messages').select('sealed_content').execute();
      return rows.map(({ sealed_content }) => sealed_content);
    };
    await expect.poll(contents).toEqual([null, null, null]);
  });

  it('are seen by viewers, changed by admins, and nobody else’s business', async () => {
    const reads = ['/email/event_settings', '/get/email_settings', '/email/outbox', '/email/preview/Test%20Mail'];
    const writes = [
      ['PATCH', '/email/event_settings', { settings: [] }],
      ['POST', '/email/event_settings/reset', undefined],
      ['PATCH', '/update/email_settings', {}],
      ['POST', '/email/test', { to: 'a@b.co' }],
      ['GET', '/health/services?service=email', undefined],
    ] as const;
    for (const path of reads) {
      expect((await viewer.send('GET', path)).status).toBe(200);
      expect((await user.send('GET', path)).status).toBe(401);
      expect((await app.send('GET', path, { key: null })).status).toBe(401);
    }
    for (const [method, path, body] of writes) {
      expect((await viewer.send(method, path, body)).status).toBe(403);
      expect((await user.send(method, path, body)).status).toBe(401);
      expect((await app.send(method, path, { key: null, ...(body ? { body } : {}) })).status).toBe(401);
    }
  });
});
