import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { rotateDueKeys } from '../management/keys/index.ts';
import { describeOnEachEngine } from '../testing/each-engine.ts';
import { type MailServer, mailValuesFor, startMailServer } from '../testing/mail-server.ts';
import { startTestApp, type TestApp, testSettings } from '../testing/start-test-app.ts';
import { type FakeUpstream, startUpstream } from '../testing/upstream.ts';

describeOnEachEngine('What happens to keys and people is told', (openStorage) => {
  let server: MailServer;
  let hooks: FakeUpstream;
  let app: TestApp;
  let now = Date.parse('2026-11-25T15:00:00Z');

  beforeAll(async () => {
    server = await startMailServer();
    hooks = await startUpstream();
    const { mail } = testSettings();
    const values = {
      ...mailValuesFor(server),
      slack_webhook_url: `${hooks.url}/slack`,
      webhook_url: `${hooks.url}/webhook`,
      webhook_secret: 'secret-of-the-test',
    };
    app = await startTestApp({
      storage: await openStorage(),
      now: () => now,
      settings: { mail: { ...mail, values, allowsPrivateTargets: true }, serverRootPath: '/llm' },
    });
  });
  beforeEach(async () => {
    await untilSent();
    server.caught.length = 0;
    hooks.seen.length = 0;
    hooks.respond((_request, response) => void response.writeHead(204).end());
  });
  afterAll(async () => {
    await app.close();
    await hooks.close();
    await server.stop();
  });

  const untilSent = async () => {
    app.app.sender.wake();
    await expect
      .poll(async () => {
        const rows = app.storage.db
          .selectFrom('outgoing_messages')
          .select('message_id')
          .where('due_at', 'is not', null);
        return rows.execute();
      })
      .toEqual([]);
  };
  const post = async (path: string, body: Record<string, unknown>) => {
    const answer = await app.send('POST', path, { body });
    expect(answer.status, answer.text).toBe(200);
    return answer.json();
  };
  const addUser = (userId: string, more = {}) =>
    post('/user/new', { user_id: userId, user_email: `${userId}@acme.io`, auto_create_key: false, ...more });
  const bodiesOf = (path: string) => hooks.seen.filter((seen) => seen.path === `/v1/${path}`).map(({ body }) => body);

  it('to the owner of a new key where the caller asks for it, never with the key', async () => {
    await addUser('ann');
    const quiet = await post('/key/generate', { user_id: 'ann', key_alias: 'quiet' });
    expect(quiet['key_email']).toBeUndefined();
    const made = await post('/key/generate', { user_id: 'ann', key_alias: 'laptop', send_invite_email: true });
    expect(made['key_email']).toEqual({ status: 'queued', message: 'A mail to ann@acme.io is on its way.' });
    const [caught] = await server.waitFor(1);
    expect(caught?.mail.subject).toBe('Your key laptop was created');
    expect(caught?.source).not.toContain(String(made['key']));
    expect(caught?.mail.text).not.toContain(String(made['key']));
    expect(caught?.mail.text).toContain(`\n${app.url}/ui/keys/${String(made['token'])}\n`);
    await untilSent();
    expect(server.caught).toHaveLength(1);
    const nobody = await post('/key/generate', { key_alias: 'nobody', send_invite_email: true });
    expect(nobody['key_email']).toMatchObject({ status: 'no_address' });
  });

  it('with the key where the operator has asked for that', async () => {
    const { mail } = app.app.parts.settings;
    const open = await startTestApp({
      settings: { mail: { ...mail, values: mailValuesFor(server), includesKeySecrets: true } },
    });
    await open.send('POST', '/user/new', {
      body: { user_id: 'ann', user_email: 'ann@acme.io', auto_create_key: false },
    });
    const answer = await open.send('POST', '/key/generate', { body: { user_id: 'ann', send_invite_email: true } });
    const [caught] = await server.waitFor(1);
    await open.close();
    expect(caught?.mail.text).toContain(String(answer.json()['key']));
  });

  it('to the owner of a key that was replaced, by whom, and until when the old one works', async () => {
    await addUser('ben');
    const { key } = await post('/key/generate', { user_id: 'ben', key_alias: 'build' });
    const replaced = await post('/key/regenerate', { key, grace_period: '24h' });
    const [first] = await server.waitFor(1);
    expect(first?.to).toEqual(['ben@acme.io']);
    expect(first?.mail.subject).toBe('Your key build was replaced');
    expect(first?.mail.text).toContain('The old key works until 26 November 2026 at 15:00 UTC');
    expect(first?.mail.text).not.toContain(String(replaced['key']));
    const own = await app.send('POST', '/key/regenerate', {
      key: String(replaced['key']),
      body: { key: replaced['key'] },
    });
    expect(own.status, own.text).toBe(200);
    const [, second] = await server.waitFor(2);
    expect(second?.mail.text).toContain('You replaced your key by a new one');
    expect(second?.mail.text).toContain('The old key has stopped working');
  });

  it('to the owner of a key that replaces itself, and of a team’s own key to the team’s admins', async () => {
    await addUser('cid');
    await addUser('lead');
    await post('/team/new', { team_id: 'ops', members_with_roles: [{ role: 'admin', user_id: 'lead' }] });
    await post('/key/generate', { user_id: 'cid', key_alias: 'mine', auto_rotate: true, rotation_interval: '30d' });
    const service = { team_id: 'ops', key_alias: 'bot', auto_rotate: true, rotation_interval: '30d' };
    await post('/key/service-account/generate', service);
    now += 31 * 86_400_000;
    expect(await rotateDueKeys(app.app.parts)).toBe(2);
    await untilSent();
    expect(server.caught.map(({ to, mail }) => `${to}: ${mail.subject}`).sort()).toEqual([
      'cid@acme.io: Your key mine was replaced',
      'lead@acme.io: Your key bot was replaced',
    ]);
    expect(server.caught[0]?.mail.text).toContain('As planned, the gateway replaced your key');
  });

  it('to a webhook that can check who calls, and to Slack, about everything; names mean nothing in Slack', async () => {
    await addUser('dan', { send_invite_email: true });
    const made = await post('/key/generate', { user_id: 'dan', key_alias: '<!channel> & co', max_budget: 5 });
    await untilSent();
    expect(bodiesOf('webhook').map(({ event }) => event)).toEqual(['internal_user_created', 'key_created']);
    const [, created] = hooks.seen.filter((seen) => seen.path === '/v1/webhook');
    expect(created?.body).toEqual({
      spend: 0,
      max_budget: 5,
      soft_budget: null,
      token: made['token'],
      customer_id: null,
      user_id: 'dan',
      team_id: null,
      team_alias: null,
      organization_id: null,
      user_email: 'dan@acme.io',
      key_alias: '<!channel> & co',
      projected_exceeded_date: null,
      projected_spend: null,
      event: 'key_created',
      event_group: 'key',
      event_message: 'Key created: <!channel> & co for dan@acme.io',
    });
    const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature } = created?.headers ?? {};
    const expected = createHmac('sha256', 'secret-of-the-test').update(`${id}.${at}.${created?.text}`).digest('base64');
    expect(signature).toBe(`v1,${expected}`);
    expect(bodiesOf('slack')).toEqual([
      { text: 'New user added: dan@acme.io' },
      { text: 'Key created: &lt;!channel&gt; &amp; co for dan@acme.io' },
    ]);
    expect(JSON.stringify(hooks.seen)).not.toContain('onboarding');
    expect(JSON.stringify(hooks.seen)).not.toContain(String(made['key']));
  });

  it('again under the same id to a webhook that was away, while mail goes on', async () => {
    let calls = 0;
    hooks.respond((_request, response) => {
      calls += 1;
      response.writeHead(calls < 3 ? 500 : 204).end();
    });
    await addUser('eva', { send_invite_email: true });
    await server.waitFor(1);
    const ids = () =>
      hooks.seen.filter((seen) => seen.path === '/v1/webhook').map((seen) => seen.headers['webhook-id']);
    await expect
      .poll(
        async () => {
          now += 3_000;
          app.app.sender.wake();
          const rows = app.storage.db
            .selectFrom('outgoing_messages')
            .select('message_id')
            .where('due_at', 'is not', null);
          return (await rows.execute()).length;
        },
        { timeout: 15_000 },
      )
      .toBe(0);
    expect(ids().length).toBeGreaterThan(1);
    expect(new Set(ids()).size).toBe(1);
    expect(server.caught).toHaveLength(1);
  });

  it('no more after two days, which the outbox shows with the reason', async () => {
    hooks.respond((_request, response) => void response.writeHead(503).end());
    await addUser('fay');
    await expect.poll(() => hooks.seen.length).toBeGreaterThan(1);
    now += 49 * 3_600_000;
    await untilSent();
    const outbox = await app.send('GET', '/email/outbox?status=failed');
    expect(outbox.json<{ messages: object[] }>().messages).toMatchObject([
      { channel: expect.any(String), event: 'New User Invitation', last_error: 'HTTP 503', next_attempt_at: null },
      { channel: expect.any(String), event: 'New User Invitation', last_error: 'HTTP 503', next_attempt_at: null },
    ]);
  });

  it('to one person not more than ten times an hour about the same thing', async () => {
    await addUser('gil');
    const statuses: unknown[] = [];
    for (let time = 0; time < 12; time += 1) {
      const { key_email } = await post('/key/generate', { user_id: 'gil', send_invite_email: true });
      statuses.push((key_email as { status: string }).status);
    }
    expect(statuses).toEqual([...Array<string>(10).fill('queued'), 'throttled', 'throttled']);
    now += 3_600_001;
    const { key_email } = await post('/key/generate', { user_id: 'gil', send_invite_email: true });
    expect(key_email).toMatchObject({ status: 'queued' });
  });

  it('by one of several instances on one database, once', async () => {
    const { storage } = app;
    const { settings } = app.app.parts;
    const others = await Promise.all([0, 1].map(() => startTestApp({ storage, now: () => now, settings })));
    await Promise.all(
      Array.from({ length: 12 }, (_, at) =>
        addUser(`hal-${at}`, { send_invite_email: true }).then(() => {
          for (const other of others) other.app.sender.wake();
        }),
      ),
    );
    await untilSent();
    for (const other of others) await other.app.close(100);
    expect(server.caught.map(({ to }) => to[0]).sort()).toEqual(
      Array.from({ length: 12 }, (_, at) => `hal-${at}@acme.io`).sort(),
    );
    expect(bodiesOf('webhook')).toHaveLength(12);
  });
});
