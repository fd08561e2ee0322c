import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { acceptNewInvitation, makePerson, sessionOf, signInAs, testPassword } from '../../testing/make-person.ts';
import { startTestApp, type TestApp } from '../../testing/start-test-app.ts';

const day = 86_400_000;

describeOnEachEngine('Accepting an invitation', (openStorage) => {
  let app: TestApp;
  let clock = Date.parse('2026-11-23T09:00:00.123Z');
  let users = 0;

  beforeAll(async () => {
    app = await startTestApp({ storage: await openStorage(), now: () => clock });
  });
  afterAll(() => app.close());

  async function newUser(): Promise<string> {
    users += 1;
    const body = { user_email: `new-${users}@example.com`, user_role: 'internal_user', auto_create_key: false };
    return String((await app.send('POST', '/user/new', { body })).json()['user_id']);
  }

  async function invite(userId: string): Promise<string> {
    return String((await app.send('POST', '/invitation/new', { body: { user_id: userId } })).json()['id']);
  }

  const open = (id: string) => app.send('GET', `/onboarding/get_token?invite_link=${id}`, { key: null });

  async function tokenOf(id: string): Promise<string> {
    return String((await open(id)).json()['onboarding_token']);
  }

  const claim = (id: string, userId: string, key: string | null, password = testPassword) =>
    app.send('POST', '/onboarding/claim_token', { key, body: { invitation_link: id, user_id: userId, password } });

  async function everything(): Promise<string> {
    const { db } = app.storage;
    const tables = ['users', 'invitations', 'sessions', 'audit_log', 'keys', 'sign_in_failures'] as const;
    return JSON.stringify(await Promise.all(tables.map((table) => db.selectFrom(table).selectAll().execute())));
  }

  it('sets a password, signs in, and lets the person sign in with it from then on', async () => {
    const userId = await newUser();
    const id = await invite(userId);
    const opened = await open(id);
    expect(opened.status).toBe(200);
    expect(opened.json()).toMatchObject({
      user_id: userId,
      user_email: `new-${users}@example.com`,
      user_role: 'internal_user',
      expires_at: new Date(clock + 7 * day).toISOString(),
      password_policy: { min_length: 12 },
    });
    expect(sessionOf(String(opened.json()['token']))).toBe(opened.json()['onboarding_token']);
    expect(opened.json()['login_url']).toContain(`${app.url}/ui/onboarding?token=`);

    const claimed = await claim(id, userId, await tokenOf(id));
    expect(claimed.status).toBe(200);
    expect(claimed.json()).toMatchObject({
      login_url: `${app.url}/ui?login=success`,
      user: { user_id: userId, user_email: `new-${users}@example.com`, user_role: 'internal_user' },
    });
    expect(claimed.text).not.toMatch(/argon2|password/i);
    const session = sessionOf(String(claimed.json()['token']));
    expect(claimed.headers.getSetCookie()).toContain(
      `latchkey_session=${session}; Path=/; HttpOnly; SameSite=Lax; Max-Age=86400`,
    );
    expect((await app.send('GET', '/ui/session', { key: session })).json()).toMatchObject({
      user: { user_id: userId },
    });
    expect(await signInAs(app, `new-${users}@example.com`)).toMatch(/^sk-session-/);
  });

  it('starts with a link that can be opened any number of times without changing anything', async () => {
    const id = await invite(await newUser());
    const before = await everything();
    for (let time = 0; time < 5; time += 1) expect((await open(id)).status).toBe(200);
    expect(await everything()).toBe(before);
  });

  it('succeeds for exactly one of ten who do it at once', async () => {
    const userId = await newUser();
    const id = await invite(userId);
    const token = await tokenOf(id);
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, attempt) => claim(id, userId, token, `Correct-Horse-${attempt}!`)),
    );
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, ...Array.from({ length: 9 }, () => 401)]);
    for (const answer of answers.filter((one) => one.status === 401)) {
      expect(answer.json()).toEqual({ detail: { error: 'Invitation link has already been used.' } });
    }
    const winner = answers.findIndex((answer) => answer.status === 200);
    expect(await signInAs(app, `new-${users}@example.com`, `Correct-Horse-${winner}!`)).toBeTruthy();
    const sessions = await app.storage.db.selectFrom('sessions').selectAll().where('user_id', '=', userId).execute();
    expect(sessions).toHaveLength(2);
  });

  it('works once: the used link can neither be opened nor used', async () => {
    const userId = await newUser();
    const id = await invite(userId);
    const token = await tokenOf(id);
    await claim(id, userId, token);
    for (const answer of [await open(id), await claim(id, userId, token)]) {
      expect(answer.status).toBe(401);
      expect(answer.json()).toEqual({ detail: { error: 'Invitation link has already been used.' } });
    }
  });

  it('works until the last millisecond of the seventh day and not after it', async () => {
    const userId = await newUser();
    const id = await invite(userId);
    const created = clock;
    clock = created + 7 * day - 1;
    const token = await tokenOf(id);
    clock = created + 7 * day;
    for (const answer of [await open(id), await claim(id, userId, token)]) {
      expect(answer.status).toBe(401);
      expect(answer.json()).toEqual({ detail: { error: 'Invitation link has expired.' } });
    }
  });

  it('is not possible with an older link once there is a newer one', async () => {
    const userId = await newUser();
    const older = await invite(userId);
    const olderToken = await tokenOf(older);
    const newer = await invite(userId);
    expect((await claim(older, userId, olderToken)).json()['detail']).toMatchObject({
      error: expect.stringContaining('Invitation link has expired.'),
    });
    expect((await claim(newer, userId, await tokenOf(newer))).status).toBe(200);
  });

  it('leaves one open link when several are created at once', async () => {
    const userId = await newUser();
    for (let round = 0; round < 5; round += 1) {
      const ids = await Promise.all(Array.from({ length: 10 }, () => invite(userId)));
      const statuses = await Promise.all(ids.map(async (id) => (await open(id)).status));
      expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    }
  });

  it('says so when the link or its person is gone', async () => {
    const userId = await newUser();
    const id = await invite(userId);
    expect((await open('00000000-0000-4000-8000-000000000000')).json()).toEqual({
      detail: { error: 'Invitation link does not exist in db.' },
    });
    await app.send('POST', '/user/delete', { body: { user_ids: [userId] } });
    expect((await open(id)).status).toBe(401);
  });

  describe('without the onboarding token of the very link', () => {
    it.each([
      ['nothing', async () => null, 'Missing onboarding session for invitation link.'],
      ['the master key', async () => 'sk-test-master-key-9f8e7d6c5b4a', 'Invalid onboarding session'],
      ['a token of another link', async () => tokenOf(await invite(await newUser())), 'Invalid onboarding session'],
      [
        'the token for the console',
        async (id: string) => String((await open(id)).json()['token']),
        'Invalid onboarding',
      ],
      ['a session', async () => acceptNewInvitation(app, await newUser()), 'Invalid onboarding session'],
    ])('but with %s is refused', async (_name, credential, message) => {
      const userId = await newUser();
      const id = await invite(userId);
      const answer = await claim(id, userId, await credential(id));
      expect(answer.status).toBe(401);
      expect(answer.json()['detail']).toMatchObject({ error: expect.stringContaining(message) });
    });

    it('is refused after the token’s fifteen minutes; opening the link again helps', async () => {
      const userId = await newUser();
      const id = await invite(userId);
      const token = await tokenOf(id);
      clock += 15 * 60_000;
      expect((await claim(id, userId, token)).status).toBe(401);
      expect((await claim(id, userId, await tokenOf(id))).status).toBe(200);
    });
  });

  it('for another person than the link’s is refused', async () => {
    const id = await invite(await newUser());
    const other = await newUser();
    const answer = await claim(id, other, await tokenOf(id));
    expect(answer.status).toBe(401);
    expect(answer.text).toContain('does not match the user id this link is attached to');
  });

  it('with a weak password is refused in words and leaves the link unused', async () => {
    const userId = await newUser();
    const id = await invite(userId);
    const refused = await claim(id, userId, await tokenOf(id), 'password');
    expect(refused.status).toBe(400);
    expect(refused.json()).toEqual({
      error: {
        message:
          'Password does not meet the required policy: must have at least 12 characters, an uppercase letter, a number, a special character.',
        type: 'validation_error',
        param: 'password',
        code: '400',
      },
    });
    expect((await claim(id, userId, await tokenOf(id))).status).toBe(200);
  });

  it('ends the sessions that the account had, which is how an admin locks a thief out', async () => {
    const person = await makePerson(app, 'internal_user');
    expect((await app.send('GET', '/ui/session', { key: person.session })).status).toBe(200);
    const renewed = await acceptNewInvitation(app, person.userId, 'Another-Horse-43!');
    expect((await app.send('GET', '/ui/session', { key: person.session })).status).toBe(401);
    expect((await app.send('GET', '/ui/session', { key: renewed })).status).toBe(200);
  });

  it('is in the audit log under the person’s own name, without the password', async () => {
    const userId = await newUser();
    await acceptNewInvitation(app, userId);
    const entries = await app.storage.db
      .selectFrom('audit_log')
      .select(['action', 'object_type', 'after_json'])
      .where('actor_user_id', '=', userId)
      .execute();
    expect(entries.map((entry) => `${entry.action} ${entry.object_type}`).sort()).toEqual([
      'accepted invitation',
      'signed-in session',
      'updated user',
    ]);
    expect(JSON.stringify(entries)).not.toMatch(/argon2id|Correct-Horse/);
  });
});
