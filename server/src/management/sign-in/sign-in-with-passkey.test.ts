import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { makePerson, type Person, sessionOf, testPassword } from '../../testing/make-person.ts';
import { createPasskeyDevice, type PasskeyDevice } from '../../testing/passkey-device.ts';
import { startTestApp, type TestApp } from '../../testing/start-test-app.ts';

type Options = { options: Record<string, unknown> };

const origin = 'https://gateway.example.com';

describeOnEachEngine('Signing in with a passkey', (openStorage) => {
  let app: TestApp;
  let ann: Person;
  let device: PasskeyDevice;
  let clock = Date.parse('2026-11-23T09:00:00Z');

  beforeAll(async () => {
    app = await startTestApp({
      storage: await openStorage(),
      now: () => clock,
      settings: { proxyBaseUrl: `${origin}/llm` },
    });
  });
  beforeEach(async () => {
    ann = await makePerson(app, 'internal_user');
    device = createPasskeyDevice();
  });
  afterAll(() => app.close());

  const begin = async (person: Person) =>
    (await person.send('POST', '/user/passkey/begin', { password: testPassword })).json<Options>().options;
  const finish = (person: Person, response: Record<string, unknown>) =>
    person.send('POST', '/user/passkey/finish', { name: 'Laptop', response });
  const add = async (person: Person, its = device) => finish(person, its.create(await begin(person), origin));
  const ask = async () => (await app.send('POST', '/passkey/begin', { key: null })).json<Options>().options;
  const signIn = (response: Record<string, unknown>) =>
    app.send('POST', '/passkey/login', { key: null, body: { response } });

  it('needs neither password nor code', async () => {
    const added = await add(ann);
    expect(added.status, added.text).toBe(200);
    expect(added.json()).toMatchObject({ name: 'Laptop', last_used_at: null });
    const answer = await signIn(device.sign(await ask(), origin));
    expect(answer.status, answer.text).toBe(200);
    const session = sessionOf(String(answer.json()['token']));
    expect(answer.headers.get('set-cookie')).toContain(`latchkey_session=${session}`);
    const facts = await app.send('GET', '/ui/session', { key: session });
    expect(facts.json()).toMatchObject({ user: { user_id: ann.userId } });
    const { passkeys } = (await ann.send('GET', '/user/second_factors')).json<{ passkeys: unknown[] }>();
    expect(passkeys).toEqual([expect.objectContaining({ last_used_at: new Date(clock).toISOString() })]);
  });

  it('names nobody and leaves nothing behind when it is only begun', async () => {
    await add(ann);
    const before = await app.storage.db.selectFrom('used_passkey_challenges').selectAll().execute();
    const options = await ask();
    expect(options).toMatchObject({ rpId: 'gateway.example.com', userVerification: 'required' });
    expect(options['allowCredentials'] ?? []).toEqual([]);
    expect(await app.storage.db.selectFrom('used_passkey_challenges').selectAll().execute()).toEqual(before);
  });

  it('works once with an answer: ten who send the same get one session', async () => {
    await add(ann);
    const response = device.sign(await ask(), origin);
    const statuses = await Promise.all(Array.from({ length: 10 }, async () => (await signIn(response)).status));
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  });

  it('works for five minutes after it was begun', async () => {
    await add(ann);
    const options = await ask();
    clock += 5 * 60_000;
    expect((await signIn(device.sign(options, origin))).status).toBe(401);
    expect((await signIn(device.sign(await ask(), origin))).status).toBe(200);
  });

  it('is refused for another site, a challenge made elsewhere or for something else, and a device that asks nobody', async () => {
    await add(ann);
    const careless = createPasskeyDevice(false);
    expect((await add(ann, careless)).status).toBe(400);
    const refused = [
      device.sign(await ask(), 'https://evil.example.com'),
      device.sign({ ...(await ask()), rpId: 'evil.example.com' }, origin),
      device.sign({ ...(await ask()), challenge: Buffer.alloc(56).toString('base64url') }, origin),
      device.sign({ ...(await begin(ann)), rpId: 'gateway.example.com' }, origin),
      careless.sign(await ask(), origin),
      { ...device.sign(await ask(), origin), id: 'another' },
    ];
    for (const response of refused) {
      const answer = await signIn(response);
      expect([answer.status, answer.text]).toEqual([401, expect.stringContaining('does not open an account here')]);
    }
    expect((await signIn({ id: 'x' })).status).toBe(422);
  });

  it('is over when the passkey is removed, by its owner or by an admin, and for a disabled person', async () => {
    const passkeyId = String((await add(ann)).json()['passkey_id']);
    const bob = await makePerson(app, 'internal_user');
    const remove = { passkey_id: passkeyId, password: testPassword };
    expect((await bob.send('POST', '/user/passkey/remove', remove)).status).toBe(404);
    await app.send('POST', '/user/disable', { body: { user_ids: [ann.userId] } });
    expect((await signIn(device.sign(await ask(), origin))).text).toContain('is disabled');
    await app.send('POST', '/user/enable', { body: { user_ids: [ann.userId] } });
    const session = sessionOf(String((await signIn(device.sign(await ask(), origin))).json()['token']));
    expect(session).toMatch(/^sk-session-/);
    const reset = await app.send('POST', '/user/second_factors/reset', { body: { user_id: ann.userId } });
    expect(reset.json()).toMatchObject({ removed_passkeys: 1 });
    expect((await signIn(device.sign(await ask(), origin))).status).toBe(401);
  });

  it('is set up for the session that began it, and a passkey belongs to one account', async () => {
    const bob = await makePerson(app, 'internal_user');
    const created = device.create(await begin(ann), origin);
    expect((await finish(bob, created)).status).toBe(400);
    expect((await finish(ann, created)).status).toBe(200);
    expect((await finish(ann, created)).status).toBe(401);
    expect((await finish(bob, device.create(await begin(bob), origin))).text).toContain('in use already');
  });

  it('is not offered where browsers have none: at an IP address, or without https', async () => {
    const plain = await startTestApp();
    const answer = await plain.send('POST', '/passkey/begin', { key: null });
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('PROXY_BASE_URL')]);
    await plain.close();
  });
});
