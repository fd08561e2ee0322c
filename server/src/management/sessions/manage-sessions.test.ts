import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { makePerson, type Person, signInAs } from '../../testing/make-person.ts';
import { startTestApp, type TestApp } from '../../testing/start-test-app.ts';

interface Listed {
  readonly sessions: readonly { session_id: string; is_current: boolean; user_agent: string; login_method: string }[];
}

describeOnEachEngine('Where somebody is signed in', (openStorage) => {
  let app: TestApp;
  let ann: Person;
  let bob: Person;
  let clock = Date.parse('2026-11-23T09:00:00Z');

  beforeAll(async () => {
    app = await startTestApp({ storage: await openStorage(), now: () => clock });
  });
  beforeEach(async () => {
    ann = await makePerson(app, 'internal_user');
    bob = await makePerson(app, 'internal_user_viewer');
  });
  afterAll(() => app.close());

  const listOf = async (person: Person) => (await person.send('GET', '/session/list')).json<Listed>().sessions;
  const works = async (session: string) => (await app.send('GET', '/ui/session', { key: session })).status === 200;

  it('is a list of the running sessions, the newest first, that tells which one is this', async () => {
    clock += 1_000;
    await signInAs(app, ann.email);
    const sessions = await listOf(ann);
    expect(sessions.map((session) => [session.is_current, session.login_method])).toEqual([
      [false, 'username_password'],
      [true, 'invitation'],
    ]);
    expect(JSON.stringify(sessions)).not.toContain('sk-session-');
  });

  it('leaves out what has ended or is over', async () => {
    const other = await signInAs(app, ann.email);
    await app.send('POST', '/session/logout', { key: other });
    expect(await listOf(ann)).toHaveLength(1);
    clock += 86_400_000;
    await signInAs(app, ann.email);
    const { sessions } = (await app.send('GET', `/session/list?user_id=${ann.userId}`)).json<Listed>();
    expect(sessions).toHaveLength(1);
  });

  it('can be ended one by one, at once, and stands in the audit log', async () => {
    const other = await signInAs(app, ann.email);
    const named = (await listOf(ann)).find((session) => !session.is_current)?.session_id ?? '';
    expect((await ann.send('POST', '/session/end', { session_id: named })).json()).toEqual({ ended: 1 });
    expect([await works(other), await works(ann.session)]).toEqual([false, true]);
    const again = await ann.send('POST', '/session/end', { session_id: named });
    expect([again.status, again.json()['error']]).toEqual([404, expect.objectContaining({ param: 'session_id' })]);
    const entry = await app.storage.db
      .selectFrom('audit_log')
      .select(['actor_user_id', 'action'])
      .where('object_id', '=', named)
      .where('action', '=', 'signed-out')
      .executeTakeFirstOrThrow();
    expect(entry).toEqual({ actor_user_id: ann.userId, action: 'signed-out' });
  });

  it('can be ended everywhere else, and everywhere', async () => {
    const others = [await signInAs(app, ann.email), await signInAs(app, ann.email)];
    expect((await ann.send('POST', '/session/end_all', { keep_current: true })).json()).toEqual({ ended: 2 });
    expect([await works(others[0] ?? ''), await works(others[1] ?? ''), await works(ann.session)]).toEqual([
      false,
      false,
      true,
    ]);
    const answer = await ann.send('POST', '/session/end_all', {});
    expect(answer.json()).toEqual({ ended: 1 });
    expect(answer.headers.get('set-cookie')).toContain('Max-Age=0');
    expect([await works(ann.session), await works(bob.session)]).toEqual([false, true]);
  });

  it('is nobody else’s business, except for admins', async () => {
    const [bobs] = await listOf(bob);
    const viewer = await makePerson(app, 'proxy_admin_viewer');
    for (const stranger of [ann, viewer]) {
      expect((await stranger.send('GET', `/session/list?user_id=${bob.userId}`)).status).toBe(403);
      expect((await stranger.send('POST', '/session/end_all', { user_id: bob.userId })).status).toBe(403);
      expect((await stranger.send('POST', '/session/end', { session_id: bobs?.session_id })).status).toBe(404);
    }
    expect(await works(bob.session)).toBe(true);
    const admin = await makePerson(app, 'proxy_admin');
    expect((await admin.send('GET', `/session/list?user_id=${bob.userId}`)).json<Listed>().sessions).toHaveLength(1);
    expect((await admin.send('POST', '/session/end_all', { user_id: bob.userId })).json()).toEqual({ ended: 1 });
    expect(await works(bob.session)).toBe(false);
  });

  it('cannot be seen or ended with a key of the person: a key that leaked signs nobody out', async () => {
    const made = await ann.send('POST', '/key/generate', {});
    const { key } = made.json<{ key: string }>();
    for (const [method, path] of [
      ['GET', '/session/list'],
      ['POST', '/session/end_all'],
    ] as const) {
      const answer = await app.send(method, path, { key, ...(method === 'POST' ? { body: {} } : {}) });
      expect([answer.status, answer.text]).toEqual([403, expect.stringContaining('needs a session of the console')]);
    }
    expect(await works(ann.session)).toBe(true);
  });
});
