import { afterAll, beforeAll, expect, it } from 'vitest';
import { capabilitiesOf } from '../../access/permissions.contract.ts';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { makePerson } from '../../testing/make-person.ts';
import { startTestApp, type TestApp } from '../../testing/start-test-app.ts';

describeOnEachEngine('A session', (openStorage) => {
  let app: TestApp;

  beforeAll(async () => {
    app = await startTestApp({ storage: await openStorage(), now: () => Date.parse('2026-11-23T09:00:00Z') });
    await app.send('POST', '/team/new', { body: { team_id: 'dev', team_alias: 'Developers' } });
  });
  afterAll(() => app.close());

  it('tells the console all it needs at once', async () => {
    const person = await makePerson(app, 'internal_user', { user_alias: 'Ann', teams: ['dev'] });
    expect((await person.send('GET', '/ui/session')).json()).toStrictEqual({
      user: { user_id: person.userId, user_email: person.email, user_alias: 'Ann' },
      role: 'internal_user',
      capabilities: capabilitiesOf({ role: 'internal_user', organizationIds: [] }),
      teams: [{ team_id: 'dev', team_alias: 'Developers', role: 'user' }],
      is_master: false,
      password_reset_required: false,
      base_url: `${app.url}/v1`,
      csrf_token: expect.stringMatching(/^[\w-]{43}$/),
      session_expires_at: '2026-11-24T09:00:00.000Z',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      demo_mode: true,
      cache_enabled: expect.any(Boolean),
      password_policy: {
        min_length: 12,
        rules: [
          'at least 12 characters',
          'an uppercase letter',
          'a lowercase letter',
          'a number',
          'a special character',
        ],
      },
    });
  });

  it('is something a key does not have', async () => {
    expect((await app.send('GET', '/ui/session')).status).toBe(403);
    expect((await app.send('POST', '/session/logout')).status).toBe(403);
  });

  it('is removed some time after it has ended, when the same person signs in again', async () => {
    const person = await makePerson(app, 'internal_user');
    await app.storage.db.updateTable('sessions').set({ expires_at: 1 }).where('user_id', '=', person.userId).execute();
    await app.send('POST', '/v2/login', { key: null, body: { username: person.email, password: 'Correct-Horse-42!' } });
    const rows = await app.storage.db.selectFrom('sessions').selectAll().where('user_id', '=', person.userId).execute();
    expect(rows).toHaveLength(1);
  });
});
