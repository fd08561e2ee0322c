import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Storage } from '../../storage/open-storage.ts';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { makeCaller } from '../../testing/make-caller.ts';
import { startTestApp, type TestApp } from '../../testing/start-test-app.ts';

interface Import {
  import_id: string;
  status: string;
  total: number;
  pending: number;
  created: number;
  skipped: number;
  failed: number;
  rows: { row: number; status: string; user_id: string | null; invitation_id: string | null; error: string | null }[];
}

describeOnEachEngine('Importing people', (openStorage) => {
  let app: TestApp;
  let storage: Storage;

  beforeAll(async () => {
    storage = await openStorage();
    app = await startTestApp({ storage });
    await app.send('POST', '/team/new', { body: { team_id: 'imported' } });
  });
  afterAll(() => app.close());

  const start = (body: unknown, key?: string) => app.send('POST', '/user/import', { body, ...(key ? { key } : {}) });

  async function finished(importId: string): Promise<Import> {
    for (;;) {
      const job = (await app.send('GET', `/user/import/${importId}?page_size=1000`)).json<Import>();
      if (job.status === 'finished') return job;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  const countOf = async (emailPart: string) =>
    (await app.send('GET', `/user/list?user_email=${emailPart}`)).json<{ total: number }>().total;

  it('adds each person, tells what became of each, and gives each a link that works', async () => {
    await app.send('POST', '/user/new', { body: { user_id: 'here-already', user_email: 'here@import.io' } });
    const answer = await start({
      users: [
        {
          user_email: 'one@import.io',
          user_role: 'internal_user',
          teams: ['imported'],
          max_budget: 4,
          models: ['demo'],
        },
        { user_email: 'HERE@import.io' },
        { user_email: 'two@import.io', max_budget: -1 },
        { user_alias: 'nobody' },
        { user_email: 'three@import.io', teams: ['no-such-team'] },
        { user_email: 'One@import.io' },
        { user_email: 'four@import.io', password: 'Correct-Horse-42!' },
      ],
    });
    expect(answer.json()).toMatchObject({ status: 'running', total: 7, created_by: 'default_user_id' });
    const job = await finished(answer.json<Import>().import_id);
    expect(job).toMatchObject({ total: 7, pending: 0, created: 1, skipped: 2, failed: 4 });
    const [one, here, two, nobody, three, again, four] = job.rows;
    expect(one).toMatchObject({ row: 1, status: 'created', error: null, user_id: expect.any(String) });
    expect(here).toMatchObject({ status: 'skipped', user_id: 'here-already', invitation_id: null });
    expect(again).toMatchObject({ status: 'skipped', user_id: one?.user_id });
    expect(two?.error).toContain('max_budget');
    expect(nobody?.error).toContain('user_email');
    expect(three?.error).toContain('no-such-team');
    expect(four?.error).toContain('password');
    expect([await countOf('two@import'), await countOf('three@import'), await countOf('four@import')]).toEqual([
      0, 0, 0,
    ]);

    expect((await app.send('GET', `/v2/user/info?user_id=${one?.user_id}`)).json()).toMatchObject({
      max_budget: 4,
      models: ['demo'],
      teams: ['imported'],
    });
    expect((await app.send('GET', `/key/list?user_id=${one?.user_id}`)).json()).toMatchObject({ total_count: 0 });
    const opened = await app.send('GET', `/onboarding/get_token?invite_link=${one?.invitation_id}`, { key: null });
    expect(opened.json()).toMatchObject({ user_email: 'one@import.io' });
  });

  it('adds nobody twice when a list is sent twice, one after the other or at once', async () => {
    const body = { users: [{ user_email: 'twice@import.io' }], create_invitations: false, idempotency_key: 'monday' };
    const answers = await Promise.all(Array.from({ length: 5 }, () => start(body)));
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200, 200]);
    const ids = new Set([...answers, await start(body)].map((answer) => answer.json<Import>().import_id));
    expect(ids.size).toBe(1);
    const job = await finished([...ids][0] ?? '');
    expect(job).toMatchObject({ created: 1, rows: [{ status: 'created', invitation_id: null }] });
    const other = await start({ ...body, users: [{ user_email: 'other@import.io' }] });
    expect([other.status, await countOf('other@import')]).toEqual([409, 0]);
  });

  it('goes on where an earlier process has stopped, and two instances add each person once', async () => {
    const job = {
      import_id: 'left-behind',
      idempotency_key: 'left-behind',
      content_hash: '',
      invites: 1,
      row_count: 40,
      created_at: 1,
      created_by: 'default_user_id',
      ip: '192.0.2.1',
      user_agent: 'the test',
      base_url: '',
      finished_at: null,
    };
    await storage.db.insertInto('user_imports').values(job).execute();
    const rows = Array.from({ length: 40 }, (_, at) => ({
      import_id: 'left-behind',
      row_number: at + 1,
      input_json: JSON.stringify({ user_email: `left-${at}@behind.io` }),
      status: at === 0 ? ('created' as const) : ('pending' as const),
      user_email: null,
      user_id: at === 0 ? 'by-the-earlier-process' : null,
      invitation_id: null,
      error: null,
      finished_at: null,
    }));
    await storage.db.insertInto('user_import_rows').values(rows).execute();
    // Both begin with what they find.
    const others = await Promise.all([startTestApp({ storage }), startTestApp({ storage })]);
    const done = await finished('left-behind');
    for (const other of others) await other.app.close(100);
    expect(done).toMatchObject({ created: 40, skipped: 0, failed: 0 });
    expect(await countOf('@behind.io')).toBe(39);
    const log = await app.send('GET', `/audit?object_id=${done.rows[5]?.user_id}`);
    expect(log.json()).toMatchObject({ total: 1, audit_logs: [{ action: 'created', changed_by: 'default_user_id' }] });
  });

  it('adds nobody more once the person who began it is no admin any more', async () => {
    const admin = await makeCaller(app, 'proxy_admin');
    await storage.db
      .insertInto('user_imports')
      .values({
        import_id: 'of-a-former-admin',
        idempotency_key: 'x',
        content_hash: '',
        invites: 1,
        row_count: 1,
        created_at: 1,
        created_by: admin.userId,
        ip: '',
        user_agent: '',
        base_url: '',
        finished_at: 1,
      })
      .execute();
    await storage.db
      .insertInto('user_import_rows')
      .values({
        import_id: 'of-a-former-admin',
        row_number: 1,
        input_json: '{"user_email":"late@import.io"}',
        status: 'pending',
        user_email: null,
        user_id: null,
        invitation_id: null,
        error: null,
        finished_at: null,
      })
      .execute();
    await app.send('POST', '/user/update', { body: { user_id: admin.userId, user_role: 'internal_user' } });
    await storage.db
      .updateTable('user_imports')
      .set({ finished_at: null })
      .where('import_id', '=', 'of-a-former-admin')
      .execute();
    await start({ users: [{ user_email: 'wakes@import.io' }] });
    const job = await finished('of-a-former-admin');
    expect(job).toMatchObject({ failed: 1, rows: [{ error: expect.stringContaining('no proxy_admin any more') }] });
    expect(await countOf('late@import')).toBe(0);
  });

  describe('is refused', () => {
    it('when there is nothing to import, or too much', async () => {
      for (const body of [{}, { users: [] }, { users: ['x'] }, { users: Array.from({ length: 5_001 }, () => ({})) }]) {
        expect((await start(body)).status).toBe(422);
      }
      expect((await app.send('GET', '/user/import/no-such-import')).status).toBe(404);
    });

    it('to everybody but admins, who alone see the links', async () => {
      const own = (await start({ users: [{ user_email: 'seen@import.io' }] })).json<Import>();
      for (const [role, status] of [
        ['proxy_admin_viewer', 403],
        ['internal_user', 401],
        ['internal_user_viewer', 401],
      ] as const) {
        const caller = await makeCaller(app, role);
        const body = { users: [{ user_email: `by-${role}@import.io` }] };
        expect((await caller.send('POST', '/user/import', body)).status).toBe(status);
        expect((await caller.send('GET', `/user/import/${own.import_id}`)).status).toBe(status);
        expect(await countOf(`by-${role}@`)).toBe(0);
      }
    });
  });
});
