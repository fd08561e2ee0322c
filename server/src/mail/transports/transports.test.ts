import { createHmac } from 'node:crypto';
import { request } from 'undici';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createPublicAgent, isPublicAddress, looksPublic, PrivateTarget } from '../../http/public-addresses.ts';
import { type MailServer, startMailServer } from '../../testing/mail-server.ts';
import { type FakeUpstream, sendJson, startUpstream } from '../../testing/upstream.ts';
import type { TransportSetup } from '../mail-setup.ts';
import { openTransport } from '../open-transport.ts';
import { createWebhookCaller } from './call-webhook.ts';
import type { Delivery, OutgoingEmail } from './transport.ts';

const email: OutgoingEmail = {
  messageId: '0f8fad5b-d9cb-469f-a165-70867728950e',
  from: { name: 'Example "AI", Inc.', address: 'gateway@example.com' },
  to: 'ann@acme.io',
  subject: 'Grüße: 80 % – “done”',
  html: '<p>Hello <b>Ann</b></p>',
  text: 'Hello Ann',
  createdAt: Date.parse('2026-11-25T15:00:00Z'),
};
const sender = email.from;

async function send(setup: TransportSetup, more: Partial<OutgoingEmail> = {}): Promise<Delivery> {
  const transport = openTransport(setup);
  const delivery = await transport.send({ ...email, ...more });
  transport.close();
  return delivery;
}

describe('SMTP', () => {
  let server: MailServer;
  const setup = (more: Partial<Extract<TransportSetup, { kind: 'smtp' }>> = {}) =>
    ({ kind: 'smtp', sender, host: '127.0.0.1', port: server.port, encryption: 'none', login: null, ...more }) as const;

  beforeEach(async () => {
    server = await startMailServer();
  });
  afterEach(() => server.stop());

  test('a mail arrives with both versions, its names and its identity as they are', async () => {
    expect(await send(setup())).toEqual({ kind: 'delivered' });
    const [caught] = server.caught;
    expect(caught?.to).toEqual(['ann@acme.io']);
    expect(caught?.from).toBe('gateway@example.com');
    expect(caught?.mail).toMatchObject({
      subject: email.subject,
      from: { name: 'Example "AI", Inc.', address: 'gateway@example.com' },
      messageId: '<0f8fad5b-d9cb-469f-a165-70867728950e@example.com>',
      date: '2026-11-25T15:00:00.000Z',
    });
    expect(caught?.mail.html?.trim()).toBe(email.html);
    expect(caught?.mail.text?.trim()).toBe(email.text);
    expect(caught?.source).toContain('Auto-Submitted: auto-generated');
  });

  test('where encryption is asked for and not offered, nothing is sent', async () => {
    expect(await send(setup({ encryption: 'starttls' }))).toMatchObject({ kind: 'unavailable' });
    expect(server.caught).toEqual([]);
  });

  test('a server that is away, or wants another login, is unavailable; one recipient who is refused is not', async () => {
    server.checkRecipient((address) => {
      throw Object.assign(new Error(`No ${address} here`), { responseCode: address.startsWith('later') ? 450 : 550 });
    });
    expect(await send(setup())).toEqual({ kind: 'refused', reason: expect.stringContaining('550') });
    expect(await send(setup(), { to: 'later@acme.io' })).toEqual({
      kind: 'postponed',
      reason: expect.stringContaining('450'),
    });
    const closed = await startMailServer({ username: 'u', password: 'p' });
    const login = { username: 'u', password: 'secret-of-the-test' };
    const refused = await send(setup({ port: closed.port, login }));
    expect(refused).toMatchObject({ kind: 'unavailable', reason: expect.stringContaining('535') });
    expect(JSON.stringify(refused)).not.toContain('secret-of-the-test');
    expect(await send(setup({ port: closed.port }))).toMatchObject({ kind: 'unavailable' });
    await closed.stop();
    expect(await send(setup({ port: closed.port }))).toMatchObject({
      kind: 'unavailable',
      reason: expect.stringContaining('ECONNREFUSED'),
    });
  });

  test('content that the server refuses is refused, or postponed when it says later', async () => {
    server.beforeAnswer(() => {
      throw Object.assign(new Error('This is spam'), { responseCode: 554 });
    });
    expect(await send(setup())).toMatchObject({ kind: 'refused', reason: expect.stringContaining('554') });
    server.beforeAnswer(() => {
      throw Object.assign(new Error('Greylisted'), { responseCode: 451 });
    });
    expect(await send(setup())).toMatchObject({ kind: 'postponed' });
  });
});

describe('Services by HTTP', () => {
  let service: FakeUpstream;
  let baseUrl: string;
  const setup = (kind: 'resend' | 'sendgrid'): TransportSetup => ({ kind, sender, apiKey: 'key-of-the-test', baseUrl });

  beforeAll(async () => {
    service = await startUpstream();
    baseUrl = service.url.replace(/\/v1$/, '');
  });
  afterAll(() => service.close());
  beforeEach(() => {
    service.seen.length = 0;
    service.respond((_request, response) => sendJson(response, 200, { id: 'x' }));
  });

  test('Resend gets both versions, and the same idempotency key for every attempt at the same mail', async () => {
    expect(await send(setup('resend'))).toEqual({ kind: 'delivered' });
    expect(await send(setup('resend'))).toEqual({ kind: 'delivered' });
    await send(setup('resend'), { messageId: 'another' });
    const [first, second, third] = service.seen;
    expect(first?.path).toBe('/emails');
    expect(first?.headers.authorization).toBe('Bearer key-of-the-test');
    expect(first?.body).toEqual({
      from: '"Example AI, Inc." <gateway@example.com>',
      to: ['ann@acme.io'],
      subject: email.subject,
      html: email.html,
      text: email.text,
      headers: {
        'Message-ID': '<0f8fad5b-d9cb-469f-a165-70867728950e@example.com>',
        'Auto-Submitted': 'auto-generated',
        'X-Auto-Response-Suppress': 'All',
      },
    });
    expect(first?.headers['idempotency-key']).toMatch(/^0f8fad5b-d9cb-469f-a165-70867728950e-/);
    expect(second?.headers['idempotency-key']).toBe(first?.headers['idempotency-key']);
    expect(third?.headers['idempotency-key']).not.toBe(first?.headers['idempotency-key']);
  });

  test('SendGrid gets both versions, the plain one first, and follows no link', async () => {
    service.respond((_request, response) => void response.writeHead(202).end());
    expect(await send(setup('sendgrid'))).toEqual({ kind: 'delivered' });
    const [seen] = service.seen;
    expect(seen?.path).toBe('/v3/mail/send');
    expect(seen?.body).toMatchObject({
      personalizations: [{ to: [{ email: 'ann@acme.io' }] }],
      from: { email: 'gateway@example.com', name: 'Example "AI", Inc.' },
      subject: email.subject,
      content: [
        { type: 'text/plain', value: email.text },
        { type: 'text/html', value: email.html },
      ],
      tracking_settings: { click_tracking: { enable: false, enable_text: false }, open_tracking: { enable: false } },
    });
  });

  test.each([
    [400, 'refused'],
    [422, 'refused'],
    [409, 'postponed'],
    [401, 'unavailable'],
    [403, 'unavailable'],
    [429, 'unavailable'],
    [500, 'unavailable'],
  ] as const)('HTTP %i means %s', async (status, kind) => {
    service.respond((_request, response) => sendJson(response, status, { message: 'because\r\nof this' }));
    for (const name of ['resend', 'sendgrid'] as const) {
      const delivery = await send(setup(name));
      expect(delivery).toMatchObject({ kind, reason: expect.stringContaining(`HTTP ${status}: {"message":"because`) });
    }
  });

  test('a service that is away is unavailable', async () => {
    const away: TransportSetup = { kind: 'resend', sender, apiKey: 'key-of-the-test', baseUrl: 'http://127.0.0.1:9' };
    const delivery = await send(away);
    expect(delivery).toMatchObject({ kind: 'unavailable', reason: expect.stringContaining('ECONNREFUSED') });
    expect(JSON.stringify(delivery)).not.toContain('key-of-the-test');
  });
});

describe('A webhook', () => {
  let receiver: FakeUpstream;
  const call = { id: 'message-1', body: { event: 'key_created', spend: 0.5 }, at: 1_764_000_000_999 };
  const inside = createWebhookCaller(true);
  const outside = createWebhookCaller(false);

  beforeAll(async () => {
    receiver = await startUpstream();
  });
  beforeEach(() => {
    receiver.seen.length = 0;
    receiver.respond((_request, response) => void response.writeHead(204).end());
  });
  afterAll(async () => {
    inside.close();
    outside.close();
    await receiver.close();
  });

  test.each([
    ['a text', 'the secret', 'the secret'],
    ['a key in Base64', `whsec_${Buffer.from('the secret').toString('base64')}`, 'the secret'],
  ])('is signed so that the receiver can check it, with %s as the secret', async (_what, secret, key) => {
    expect(await inside.callWebhook({ url: `${receiver.url}/hook`, secret }, call)).toEqual({ kind: 'delivered' });
    const [seen] = receiver.seen;
    expect(seen?.body).toEqual(call.body);
    expect(seen?.headers).toMatchObject({ 'webhook-id': 'message-1', 'webhook-timestamp': '1764000000' });
    const expected = createHmac('sha256', key).update(`message-1.1764000000.${seen?.text}`).digest('base64');
    expect(seen?.headers['webhook-signature']).toBe(`v1,${expected}`);
  });

  test('without a secret has no signature', async () => {
    await inside.callWebhook({ url: receiver.url, secret: null }, call);
    expect(Object.keys(receiver.seen[0]?.headers ?? {})).not.toContain('webhook-signature');
  });

  test('is not led elsewhere by a redirect, and tried again after every refusal but 410', async () => {
    receiver.respond((_request, response) => void response.writeHead(302, { location: `${receiver.url}/other` }).end());
    expect(await inside.callWebhook({ url: receiver.url, secret: null }, call)).toMatchObject({ kind: 'unavailable' });
    expect(receiver.seen).toHaveLength(1);
    for (const [status, kind] of [
      [400, 'postponed'],
      [429, 'unavailable'],
      [500, 'unavailable'],
    ] as const) {
      receiver.respond((_request, response) => void response.writeHead(status).end());
      expect(await inside.callSlack(receiver.url, 'hello')).toEqual({ kind, reason: `HTTP ${status}` });
    }
    receiver.respond((_request, response) => void response.writeHead(410).end());
    expect(await inside.callSlack(receiver.url, 'hello')).toMatchObject({ kind: 'refused' });
  });

  test('goes to no address of a private network, whatever its name, unless the operator allows it', async () => {
    const port = new URL(receiver.url).port;
    for (const host of ['127.0.0.1', 'localhost', '0x7f.1', '[::1]', '[::ffff:127.0.0.1]', '0.0.0.0']) {
      const delivery = await outside.callWebhook({ url: `http://${host}:${port}/`, secret: null }, call);
      expect(delivery).toEqual({ kind: 'refused', reason: expect.stringContaining('WEBHOOK_ALLOW_PRIVATE_NETWORK') });
    }
    expect(receiver.seen).toEqual([]);
    expect(await inside.callSlack(receiver.url, 'hello')).toEqual({ kind: 'delivered' });
    expect(receiver.seen[0]?.body).toEqual({ text: 'hello' });
  });

  test('is connected to the very address that was checked', async () => {
    // `looksPublic` takes a name for what it says; the agent looks at what it stands for.
    const agent = createPublicAgent();
    const { port } = new URL(receiver.url);
    await expect(request(`http://localhost:${port}/`, { dispatcher: agent })).rejects.toThrow(PrivateTarget);
    expect(receiver.seen).toEqual([]);
    await agent.close();
  });
});

test.each([
  ['93.184.216.34', true],
  ['2606:2800:220:1::1', true],
  ['10.1.2.3', false],
  ['100.64.0.1', false],
  ['127.0.0.1', false],
  ['169.254.169.254', false],
  ['172.31.255.255', false],
  ['172.32.0.1', true],
  ['192.168.0.1', false],
  ['0.0.0.0', false],
  ['255.255.255.255', false],
  ['::1', false],
  ['::ffff:8.8.8.8', false],
  ['64:ff9b::7f00:1', false],
  ['fd00:ec2::254', false],
  ['fe80::1', false],
  ['2002:7f00:1::', false],
  ['no address', false],
])('%s is public: %s', (address, isPublic) => {
  expect(isPublicAddress(address)).toBe(isPublic);
});

test.each([
  ['https://hooks.slack.com/services/T/B/x', true],
  ['https://metadata.google.internal/', false],
  ['http://printer.local/', false],
  ['http://LOCALHOST./', false],
  ['http://2130706433/', false],
  ['http://017700000001/', false],
  ['gopher://example.com/', false],
  ['no address', false],
])('%s looks public: %s', (address, isPublic) => {
  expect(looksPublic(address)).toBe(isPublic);
});
