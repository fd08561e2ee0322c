import { expect, it } from 'vitest';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { makePerson, testPassword } from '../../testing/make-person.ts';
import { startTestApp } from '../../testing/start-test-app.ts';

describeOnEachEngine('Everything about a person at once', (openStorage) => {
  it('is answered: no write waits for another for ever, and none fails inside', async () => {
    const app = await startTestApp({ storage: await openStorage() });
    const people = await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        makePerson(app, 'internal_user', { user_email: `${name}@busy.io`, auto_create_key: true }),
      ),
    );
    const requests = people.flatMap(({ userId, email, send }) => [
      () => app.send('POST', '/invitation/new', { body: { user_id: userId } }),
      () => app.send('POST', '/v2/login', { key: null, body: { username: email, password: testPassword } }),
      () => app.send('POST', '/user/update', { body: { user_id: userId, max_budget: 5 } }),
      () => app.send('POST', '/user/update', { body: { user_id: userId, password: 'From-Admin-42!' } }),
      () => send('POST', '/user/password/change', { current_password: testPassword, new_password: 'Other-Horse-43!' }),
      () => app.send('POST', '/key/generate', { body: { user_id: userId } }),
      () => app.send('POST', '/user/delete', { body: { user_ids: people.map((person) => person.userId) } }),
    ]);
    const answers = await Promise.all([...requests, ...requests].map((request) => request()));
    const failures = answers.filter((answer) => answer.status >= 500).map((answer) => answer.text);
    expect(failures).toEqual([]);
    expect((await app.send('GET', '/user/list?search=busy.io')).json()).toMatchObject({ total: 0 });
    await app.close();
    // Some forty passwords are hashed, and the machine may be busy.
  }, 30_000);
});
