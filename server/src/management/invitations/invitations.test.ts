import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { makeCaller } from '../../testing/make-caller.ts';
import { makePerson } from '../../testing/make-person.ts';
import { startTestApp, type TestApp } from '../../testing/start-test-app.ts';

describeOnEachEngine('An invitation', (openStorage) => {
  let app: TestApp;
  let userId: string;

  beforeAll(async () => {
    app = await startTestApp({ storage: await openStorage(), now: () => Date.parse('2026-06-06T00:02:16.454Z') });
    userId = String((await app.send('POST', '/user/new', { body: { user_email: 'ann@acme.io' } })).json()['user_id']);
  });
  afterAll(() => app.close());

  const create = () => app.send('POST', '/invitation/new', { body: { user_id: userId } });

  it('looks exactly as the self-serve page shows it', async () => {
    const answer = await create();
    expect(answer.status).toBe(200);
    expect(answer.json()).toStrictEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      user_id: userId,
      is_accepted: false,
      accepted_at: null,
      expires_at: '2026-06-13T00:02:16.454Z',
      created_at: '2026-06-06T00:02:16.454Z',
      created_by: 'default_user_id',
      updated_at: '2026-06-06T00:02:16.454Z',
      updated_by: 'default_user_id',
    });
  });

  it('can be read, marked as accepted and withdrawn by its id', async () => {
    const created = (await create()).json();
    const id = String(created['id']);
    expect((await app.send('GET', `/invitation/info?invitation_id=${id}`)).json()).toStrictEqual(created);
    const updated = await app.send('POST', '/invitation/update', { body: { invitation_id: id, is_accepted: true } });
    expect(updated.json()).toMatchObject({ id, is_accepted: true, accepted_at: '2026-06-06T00:02:16.454Z' });
    const deleted = await app.send('POST', '/invitation/delete', { body: { invitation_id: id } });
    expect(deleted.json()).toStrictEqual(updated.json());
    expect((await app.send('GET', `/invitation/info?invitation_id=${id}`)).status).toBe(400);
  });

  it('that was used cannot be opened again', async () => {
    const id = String((await create()).json()['id']);
    await app.send('POST', '/invitation/update', { body: { invitation_id: id, is_accepted: true } });
    const answer = await app.send('POST', '/invitation/update', { body: { invitation_id: id, is_accepted: false } });
    expect(answer.status).toBe(400);
    expect((await app.send('GET', `/onboarding/get_token?invite_link=${id}`, { key: null })).status).toBe(401);
  });

  it('is a secret that viewers of everything do not find in the audit log', async () => {
    const viewer = await makeCaller(app, 'proxy_admin_viewer', { user_id: 'invitation-viewer' });
    const id = String((await create()).json()['id']);
    await app.send('POST', '/invitation/update', { body: { invitation_id: id, is_accepted: true } });
    const log = await viewer.send('GET', '/audit?page_size=100&table_name=LiteLLM_InvitationLink');
    expect(log.text).not.toContain(id);
    const logged = createHash('sha256').update(id).digest('hex');
    expect(log.json<{ audit_logs: object[] }>().audit_logs).toContainEqual(
      expect.objectContaining({ action: 'created', object_id: logged }),
    );
  });

  it('for an unknown user, and for the master key’s own row, is refused', async () => {
    const unknown = await app.send('POST', '/invitation/new', { body: { user_id: 'nobody' } });
    expect(unknown.status).toBe(400);
    expect(unknown.text).toContain(
      "User id does not exist in 'LiteLLM_UserTable'. Fix this by creating user via `/user/new`.",
    );
    expect((await app.send('POST', '/invitation/new', { body: { user_id: 'default_user_id' } })).status).toBe(400);
  });

  it.each([
    ['GET', '/invitation/info?invitation_id=x', undefined],
    ['POST', '/invitation/update', { invitation_id: 'x', is_accepted: true }],
    ['POST', '/invitation/delete', { invitation_id: 'x' }],
  ])('that does not exist is refused by %s %s', async (method, path, body) => {
    const answer = await app.send(method, path, body === undefined ? {} : { body });
    expect(answer.status).toBe(400);
    expect(answer.json()).toEqual({ detail: { error: 'Invitation id does not exist in the database.' } });
  });

  it('is for admins: a viewer may look, nobody else may do anything', async () => {
    const id = String((await create()).json()['id']);
    const statusesOf = async (role: 'proxy_admin_viewer' | 'internal_user' | 'internal_user_viewer') => {
      const { send } = await makePerson(app, role);
      return [
        (await send('POST', '/invitation/new', { user_id: userId })).status,
        (await send('GET', `/invitation/info?invitation_id=${id}`)).status,
        (await send('POST', '/invitation/update', { invitation_id: id, is_accepted: true })).status,
        (await send('POST', '/invitation/delete', { invitation_id: id })).status,
      ];
    };
    expect(await statusesOf('proxy_admin_viewer')).toEqual([403, 200, 403, 403]);
    expect(await statusesOf('internal_user')).toEqual([401, 401, 401, 401]);
    expect(await statusesOf('internal_user_viewer')).toEqual([401, 401, 401, 401]);
    expect((await app.send('GET', `/invitation/info?invitation_id=${id}`)).json()['is_accepted']).toBe(false);
  });
});
