import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { makePerson, type Person, signInAs } from '../../testing/make-person.ts';
import { startTestApp, type TestApp, testMasterKey } from '../../testing/start-test-app.ts';

describeOnEachEngine('A caller of the control plane', (openStorage) => {
  let app: TestApp;
  let ann: Person;
  let clock = Date.parse('2026-11-23T09:00:00Z');

  beforeAll(async () => {
    app = await startTestApp({ storage: await openStorage(), now: () => clock });
    ann = await makePerson(app, 'internal_user');
  });
  afterAll(() => app.close());

  const info = (key: string | null, headers: Record<string, string> = {}) =>
    app.send('GET', '/user/info', { key, headers });

  async function newKey(fields: Record<string, unknown>): Promise<string> {
    return String((await app.send('POST', '/key/generate', { body: fields })).json()['key']);
  }

  it('needs a credential', async () => {
    const answer = await info(null);
    expect(answer.status).toBe(401);
    expect(answer.json()['error']).toMatchObject({ type: 'auth_error', code: '401' });
  });

  it('with the master key is an admin, in every header that carries keys', async () => {
    for (const headers of [
      { authorization: `Bearer ${testMasterKey}` },
      { 'x-api-key': testMasterKey },
      { 'api-key': testMasterKey },
      { 'x-litellm-api-key': `Bearer ${testMasterKey}` },
    ] as Record<string, string>[]) {
      expect((await info(null, headers)).json()).toMatchObject({ user_id: 'default_user_id' });
    }
  });

  it('with the hash of the master key, of a key or of a session is nobody', async () => {
    const key = await newKey({ user_id: ann.userId });
    for (const secret of [testMasterKey, key, ann.session]) {
      const hash = createHash('sha256').update(secret).digest('hex');
      expect((await info(hash)).status).toBe(401);
      expect((await info(`sk-${hash}`)).status).toBe(401);
      expect((await info(`sk-session-${hash}`)).status).toBe(401);
      expect((await info(null, { cookie: `latchkey_session=${hash}` })).status).toBe(401);
    }
  });

  it('finds no token and no password in the database', async () => {
    const key = await newKey({ user_id: ann.userId });
    const { db } = app.storage;
    const tables = ['users', 'sessions', 'keys', 'audit_log', 'invitations'] as const;
    const rows = JSON.stringify(await Promise.all(tables.map((table) => db.selectFrom(table).selectAll().execute())));
    for (const secret of [testMasterKey, key, ann.session]) expect(rows).not.toContain(secret);
  });

  describe('with a virtual key', () => {
    it('has the role of its owner, read at every call', async () => {
      const bob = await makePerson(app, 'internal_user');
      const key = await newKey({ user_id: bob.userId });
      expect((await app.send('GET', '/user/list', { key })).status).toBe(403);
      await app.send('POST', '/user/update', { body: { user_id: bob.userId, user_role: 'proxy_admin_viewer' } });
      expect((await app.send('GET', '/user/list', { key })).status).toBe(200);
    });

    it('whose owner has no row may look at nothing but itself', async () => {
      const key = await newKey({ user_id: 'not-a-user' });
      expect((await app.send('GET', '/user/available_roles', { key })).status).toBe(401);
      expect((await app.send('POST', '/user/new', { key, body: {} })).text).toContain('Your role=unknown');
      expect((await app.send('GET', '/key/info', { key })).status).toBe(200);
    });

    it('that is unknown, blocked, over or of a disabled person is refused in words', async () => {
      const unknown = await info('sk-AAAAAAAAAAAAAAAAAAAAAA');
      expect([unknown.status, unknown.json()['error']]).toEqual([
        401,
        expect.objectContaining({ type: 'token_not_found_in_db', param: 'key' }),
      ]);
      expect((await info('not-a-key')).text).toContain("expected to start with 'sk-'");

      const blocked = await newKey({ user_id: ann.userId });
      await app.send('POST', '/key/block', { body: { key: blocked } });
      expect((await info(blocked)).text).toContain('Key is blocked');

      const short = await newKey({ user_id: ann.userId, duration: '1h' });
      expect((await info(short)).status).toBe(200);
      clock += 3_600_000;
      expect((await info(short)).json()['error']).toMatchObject({ type: 'expired_key', code: '401' });

      const bob = await makePerson(app, 'internal_user');
      const ofBob = await newKey({ user_id: bob.userId });
      await app.storage.db.updateTable('users').set({ disabled_at: clock }).where('user_id', '=', bob.userId).execute();
      expect((await info(ofBob)).text).toContain('is disabled');
    });
  });

  describe('with a session', () => {
    it('is let in by the cookie as by the bearer', async () => {
      for (const answer of [await info(ann.session), await info(null, { cookie: `latchkey_session=${ann.session}` })]) {
        expect(answer.json()).toMatchObject({ user_id: ann.userId });
      }
    });

    it('in a cookie changes nothing without the session’s own CSRF token', async () => {
      const body = { user_id: ann.userId, user_alias: 'Ann' };
      const bob = await makePerson(app, 'internal_user');
      const ofBob = await app.send('GET', '/ui/session', { key: bob.session });
      for (const csrf of [{}, { 'x-csrf-token': 'x' }, { 'x-csrf-token': String(ofBob.json()['csrf_token']) }]) {
        const headers = { cookie: `latchkey_session=${ann.session}`, ...csrf } as Record<string, string>;
        const answer = await app.send('POST', '/user/update', { key: null, headers, body });
        expect([answer.status, answer.json()['error']]).toEqual([403, expect.objectContaining({ type: 'csrf_error' })]);
      }
      expect((await ann.send('POST', '/user/update', body)).status).toBe(200);
    });

    it('has the role that the person has now, not the one they signed in with', async () => {
      const bob = await makePerson(app, 'proxy_admin');
      expect((await bob.send('GET', '/user/list')).status).toBe(200);
      await app.send('POST', '/user/update', { body: { user_id: bob.userId, user_role: 'internal_user' } });
      expect((await bob.send('GET', '/user/list')).status).toBe(403);
      expect((await bob.send('GET', '/ui/session')).json()).toMatchObject({ role: 'internal_user' });
    });

    it('is out when the session’s time is over', async () => {
      const session = await signInAs(app, ann.email);
      clock += 24 * 3_600_000 - 1;
      expect((await info(session)).status).toBe(200);
      clock += 1;
      const answer = await info(session);
      expect([answer.status, answer.json()['error']]).toEqual([401, expect.objectContaining({ type: 'expired_key' })]);
    });

    it('is noted as active, at most once a minute', async () => {
      const session = await signInAs(app, ann.email);
      const lastActive = async () => {
        const answer = await app.send('GET', '/user/info', { key: session });
        return (answer.json()['user_info'] as Record<string, unknown>)['last_active_at'];
      };
      const signedInAt = new Date(clock).toISOString();
      clock += 59_999;
      expect(await lastActive()).toBe(signedInAt);
      clock += 1;
      expect(await lastActive()).toBe(new Date(clock).toISOString());
    });
  });
});

describeOnEachEngine('A caller while the database is gone', (openStorage) => {
  it('is refused with 503, whoever it is; only the master key needs no database', async () => {
    const storage = await openStorage();
    const app = await startTestApp({ storage });
    const ann = await makePerson(app, 'proxy_admin');
    await storage.close();
    for (const options of [
      { key: ann.session },
      { key: 'sk-AAAAAAAAAAAAAAAAAAAAAA' },
      { key: null, headers: { cookie: `latchkey_session=${ann.session}` } },
    ]) {
      const answer = await app.send('GET', '/user/available_roles', options);
      expect(answer.status).toBe(503);
      expect(answer.json()['error']).toMatchObject({ type: 'no_db_connection' });
    }
    expect((await app.send('GET', '/user/available_roles')).status).toBe(200);
    await app.close().catch(() => undefined);
  });
});
