import { readdirSync, readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hashSecret } from '../management/keys/key-secret.ts';
import { errorOf } from '../testing/make-caller.ts';
import { makePersonalKey, post, type TestKey } from '../testing/make-key.ts';
import { makePerson } from '../testing/make-person.ts';
import { startTestApp, type TestApp, testDeployment, testMasterKey } from '../testing/start-test-app.ts';
import { chat, type FakeUpstream, startUpstream, usageOf } from '../testing/upstream.ts';

let upstream: FakeUpstream;
let app: TestApp;
let renamed: TestApp;
let holder: TestKey;

beforeAll(async () => {
  upstream = await startUpstream();
  upstream.respond(chat(['Hello'], usageOf(10, 2)));
  const models = [testDeployment('gpt', upstream.url)];
  app = await startTestApp({ settings: { models } });
  renamed = await startTestApp({ settings: { models, keyHeaderName: 'x-my-key', serverRootPath: '/gateway' } });
  holder = await makePersonalKey(app);
});
afterAll(async () => {
  await app.close();
  await renamed.close();
  await upstream.close();
});

const body = { model: 'gpt', messages: [{ role: 'user', content: 'Hi' }] };
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

function callWith(headers: Record<string, string>, on = app) {
  return on.send('POST', '/v1/chat/completions', { key: null, headers, body });
}

describe('A key', () => {
  test.each<[string, (key: string) => Record<string, string>]>([
    ['Authorization: Bearer', (key) => ({ authorization: `Bearer ${key}` })],
    ['Authorization: bearer', (key) => ({ authorization: `bearer ${key}` })],
    ['Authorization: Basic, as the password', (key) => ({ authorization: basic(`anybody:${key}`) })],
    ['Authorization: Basic, as the user', (key) => ({ authorization: basic(`${key}:`) })],
    ['x-litellm-api-key', (key) => ({ 'x-litellm-api-key': key })],
    ['x-litellm-api-key with Bearer', (key) => ({ 'x-litellm-api-key': `Bearer ${key}` })],
    ['x-litellm-api-key with Basic', (key) => ({ 'x-litellm-api-key': basic(`x:${key}`) })],
    ['API-Key', (key) => ({ 'API-Key': key })],
    ['x-api-key', (key) => ({ 'x-api-key': key })],
    ['x-goog-api-key', (key) => ({ 'x-goog-api-key': key })],
    ['Ocp-Apim-Subscription-Key', (key) => ({ 'Ocp-Apim-Subscription-Key': key })],
  ])('is taken from %s', async (_name, headers) => {
    expect((await callWith(headers(holder.key))).status).toBe(200);
    expect((await callWith(headers('sk-unknown-0123456789'))).status).toBe(401);
  });

  test('that comes first decides: a good one behind a bad one does not help', async () => {
    const good = holder.key;
    expect((await callWith({ 'x-litellm-api-key': 'sk-bad-0123456789', authorization: `Bearer ${good}` })).status).toBe(
      401,
    );
    expect((await callWith({ authorization: 'Bearer sk-bad-0123456789', 'x-api-key': good })).status).toBe(401);
    expect((await callWith({ 'x-litellm-api-key': good, authorization: 'Bearer sk-bad-0123456789' })).status).toBe(200);
    expect((await callWith({ 'x-litellm-api-key': '', authorization: `Bearer ${good}` })).status).toBe(200);
  });

  test('is taken from the header of one’s own in place of Authorization', async () => {
    const { key } = await makePersonalKey({
      ...renamed,
      send: (method, path, options) =>
        renamed.send(method, path, { ...options, key: null, headers: { 'x-my-key': testMasterKey } }),
    });
    expect((await callWith({ 'x-my-key': key }, renamed)).status).toBe(200);
    expect((await callWith({ 'X-My-Key': `Bearer ${key}` }, renamed)).status).toBe(200);
    expect((await callWith({ authorization: `Bearer ${key}` }, renamed)).status).toBe(401);
  });

  test.each<[string, Record<string, string>, string, string | null, RegExp]>([
    ['nothing', {}, 'auth_error', 'None', /^Authentication Error, No api key passed in\./],
    ['an empty one', { 'x-api-key': '' }, 'auth_error', 'None', /No api key passed in/],
    [
      'another scheme',
      { authorization: 'Digest abc' },
      'auth_error',
      'None',
      /^Authentication Error, Malformed API Key passed in\. Ensure Key has `Bearer ` prefix\./,
    ],
    ['no scheme', { authorization: 'sk-no-scheme-0123456789' }, 'auth_error', 'None', /Malformed API Key/],
    [
      'another system’s secret',
      { authorization: 'Bearer ghp_ThisIsSomebodysSecret' },
      'auth_error',
      'None',
      /^Authentication Error, LiteLLM Virtual Key expected\. Received=\*\*\*, expected to start with 'sk-'\.$/,
    ],
    [
      'an unknown one',
      { authorization: 'Bearer sk-unknown-abcd' },
      'token_not_found_in_db',
      'key',
      /^Authentication Error, Invalid proxy server token passed\. Received API Key = sk-\.\.\.abcd, Key Hash \(Token\) =[0-9a-f]{64}\. Unable to find token in cache or `LiteLLM_VerificationTokenTable`$/,
    ],
  ])('that is %s is refused in the contract’s words', async (_name, headers, type, param, message) => {
    expect(errorOf(await callWith(headers))).toEqual({
      status: 401,
      type,
      param,
      message: expect.stringMatching(message),
    });
  });

  test('is neither its hash, nor a part of it, nor its name, nor a session', async () => {
    const { session } = await makePerson(app, 'internal_user');
    const wrong = [
      hashSecret(holder.key),
      `sk-${hashSecret(holder.key)}`,
      holder.key.slice(0, -1),
      `${holder.key}x`,
      `sk-...${holder.key.slice(-4)}`,
      `${testMasterKey}x`,
      session,
    ];
    for (const credential of wrong)
      expect((await callWith({ authorization: `Bearer ${credential}` })).status, credential).toBe(401);
  });
});

describe('A hostile Authorization header', () => {
  test('ends in 401 and never in 500 or an answer, whatever it holds', async () => {
    const seen = upstream.seen.length;
    const nasty = fc.oneof(
      fc.constantFrom(
        "' OR '1'='1",
        "sk-' UNION SELECT * FROM keys--",
        'sk-"; DROP TABLE keys; --',
        'sk-%00',
        'sk-%',
        'sk-_',
        'sk-\\',
        'sk-{{7*7}}',
        'sk-$(id)',
        'sk-../../etc/passwd',
        'sk-\u00e9\u00ff',
        `sk-${'a'.repeat(8_000)}`,
        '__proto__',
        'sk-null',
        'sk-undefined',
      ),
      fc.string({
        unit: fc
          .integer({ min: 0x21, max: 0xff })
          .filter((code) => code !== 0x7f)
          .map((code) => String.fromCharCode(code)),
        minLength: 1,
        maxLength: 60,
      }),
    );
    const scheme = fc.constantFrom('Bearer ', 'bearer ', 'Basic ', 'Bearer sk-', '');
    await fc.assert(
      fc.asyncProperty(scheme, nasty, async (prefix, text) => {
        expect((await callWith({ authorization: prefix + text })).status).toBe(401);
      }),
      { numRuns: 100 },
    );
    expect(upstream.seen.length).toBe(seen);
  });

  test.each([
    ['a NUL', 'Bearer sk-\0'],
    ['a line break', 'Bearer sk-a\r\nx-litellm-api-key: sk-b'],
    ['a megabyte', `Bearer sk-${'a'.repeat(1024 * 1024)}`],
  ])('with %s is refused before anything looks at it', async (_name, value) => {
    const status = await raw(
      `POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: ${value}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`,
    );
    expect([400, 401, 431]).toContain(status);
  });
});

describe('No spelling of an address gets around the check', () => {
  test.each([
    '//v1/chat/completions',
    '/v1//chat/completions',
    '/v1/chat/completions/',
    '/V1/Chat/Completions',
    '/v1/%63hat/completions',
    '/v1/chat%2fcompletions',
    '/%2e/v1/chat/completions',
    '/v1/./chat/completions',
    '/health/../v1/chat/completions',
    '/health/liveliness/..%2f..%2fv1/chat/completions',
    '/v1/chat/completions;x=1',
    '/v1/chat/completions%00',
    '/v1/chat/completions?key=sk-x',
    '/v1/chat/completions#health',
    'http://evil.example/v1/chat/completions',
    'http://evil.example/key/list',
    '/key//list',
    '//key/list',
    '/KEY/LIST',
    '/key/%6cist',
    '*',
  ])('%s', async (path) => {
    const seen = upstream.seen.length;
    for (const method of ['POST', 'GET', 'PUT', 'OPTIONS', 'HEAD']) {
      const { status, text } = await rawRequest(method, path, {});
      expect(status, `${method} ${text}`).toBeGreaterThanOrEqual(300);
      expect(status, `${method} ${text}`).toBeLessThan(500);
    }
    expect(upstream.seen.length).toBe(seen);
  });

  test.each(['evil/?', 'localhost/health/liveliness?', '127.0.0.1#', 'a@b', ''])('Host: %s', async (host) => {
    const { status } = await rawRequest('POST', '/v1/chat/completions', { host });
    expect([400, 401]).toContain(status);
    expect((await rawRequest('GET', '/key/list', { host })).status).toBeGreaterThanOrEqual(400);
  });

  test('headers that rewrite addresses elsewhere mean nothing here', async () => {
    const headers = {
      'x-original-url': '/health/liveliness',
      'x-rewrite-url': '/health/liveliness',
      'x-forwarded-prefix': '/ui',
      'x-http-method-override': 'GET',
    };
    expect((await rawRequest('POST', '/v1/chat/completions', headers)).status).toBe(401);
  });

  test('a root path is part of every address', async () => {
    expect((await fetch(`${renamed.url}/v1/chat/completions`, { method: 'POST' })).status).toBe(401);
    expect((await fetch(`${renamed.url.replace('/gateway', '')}/v1/chat/completions`, { method: 'POST' })).status).toBe(
      404,
    );
  });
});

test('A key’s secret is in the answer that creates it and nowhere else: no database, no journal, no log, no other answer', async () => {
  const person = await makePerson(app, 'internal_user');
  const created = await person.send('POST', '/key/generate', { key_alias: 'canary' });
  const secret = String(created.json()['key']);
  const hash = hashSecret(secret);
  const answers = [
    await callWith({ authorization: `Bearer ${secret}` }),
    await callWith({ authorization: `Bearer ${secret}x` }),
    await person.send('GET', `/key/info?key=${hash}`),
    await person.send('GET', '/key/list?return_full_object=true'),
    await person.send('GET', '/user/info'),
    await app.send('GET', '/v1/models', { key: secret }),
    await app.send('GET', '/key/list?return_full_object=true'),
  ];
  await post(app, '/key/update', { key: hash, max_budget: 0 });
  answers.push(await callWith({ authorization: `Bearer ${secret}` }));
  await post(app, '/key/block', { key: hash });
  answers.push(await callWith({ authorization: `Bearer ${secret}` }));
  for (const answer of answers) expect(answer.text + JSON.stringify([...answer.headers])).not.toContain(secret);
  expect(upstream.seen.map((seen) => JSON.stringify(seen.headers) + seen.text).join()).not.toContain(secret);
  await app.flush();
  const folder = app.app.parts.settings.dataDir;
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  expect(files.map((file) => file.name)).toContain('latchkey.sqlite');
  for (const file of files) {
    const bytes = readFileSync(join(file.parentPath, file.name));
    expect(bytes.includes(secret), file.name).toBe(false);
    expect(bytes.includes('provider-secret'), file.name).toBe(false);
  }
});

/** Sends a request whose path is not touched by any client. */
function rawRequest(
  method: string,
  path: string,
  headers: Record<string, string>,
): Promise<{ status: number; text: string }> {
  const { hostname, port } = new URL(app.url);
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      { hostname, port, method, path, headers, setHost: headers['host'] === undefined, insecureHTTPParser: false },
      (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString();
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text: text.slice(0, 200) }));
      },
    );
    sent.on('error', reject);
    sent.end(method === 'POST' ? JSON.stringify(body) : undefined);
  });
}

/** Sends bytes; returns the status of the answer. */
function raw(text: string): Promise<number> {
  const { hostname, port } = new URL(app.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.on('data', (chunk) => {
      resolve(Number(chunk.toString('latin1').split(' ')[1]));
      socket.destroy();
    });
    socket.on('error', reject);
  });
}
