import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { type Caller, makeCaller } from '../../testing/make-caller.ts';
import { startTestApp, type TestApp } from '../../testing/start-test-app.ts';

interface Entry {
  id: string;
  changed_by: string;
  changed_by_api_key: string;
  action: string;
  table_name: string;
  object_id: string;
  updated_at: string;
  before_value: Record<string, unknown> | null;
  updated_values: Record<string, unknown> | null;
}

/** What is not told of somebody else who made a change. */
const unknownActor = { changed_by_api_key: '', changed_by_email: null, ip: '', user_agent: '', request_id: '' };

describeOnEachEngine('The audit log', (openStorage) => {
  let app: TestApp;
  let clock = Date.parse('2026-11-23T08:00:00Z');
  let admin: Caller;
  let viewer: Caller;
  let ann: Caller;
  let bob: Caller;

  beforeAll(async () => {
    app = await startTestApp({ storage: await openStorage(), now: () => (clock += 1_000) });
    admin = await makeCaller(app, 'proxy_admin', { user_id: 'audit-admin' });
    viewer = await makeCaller(app, 'proxy_admin_viewer', { user_id: 'audit-viewer' });
    ann = await makeCaller(app, 'internal_user', { user_id: 'audit-ann' });
    bob = await makeCaller(app, 'internal_user_viewer', { user_id: 'audit-bob' });
    await ann.send('POST', '/key/generate', { key_alias: 'of-ann' });
    await admin.send('POST', '/user/update', { user_id: 'audit-ann', user_alias: '=HYPERLINK("x")', max_budget: 3 });
    await admin.send('POST', '/team/new', { team_id: 'audit_team', members_with_roles: [] });
    clock = Date.parse('2026-11-25T08:00:00Z');
    await admin.send('POST', '/user/update', { user_id: '=1+1,"x"', user_email: 'nobody@example.com' });
    await app.send('POST', '/user/new', { body: { user_id: '=1+1,"x"', auto_create_key: false } });
  });
  afterAll(() => app.close());

  async function entries(caller: Caller, query = ''): Promise<Entry[]> {
    const answer = await caller.send('GET', `/audit?page_size=100${query}`);
    expect(answer.status, answer.text).toBe(200);
    return answer.json<{ audit_logs: Entry[] }>().audit_logs;
  }

  describe('is read', () => {
    it('by admins and by viewers of everything, whole, the newest first', async () => {
      const all = await entries(admin);
      expect(all.map((entry) => entry.updated_at)).toEqual(
        all
          .map((entry) => entry.updated_at)
          .sort()
          .reverse(),
      );
      expect(await entries(viewer)).toEqual(all);
      expect(all.find((entry) => entry.action === 'updated')).toEqual({
        id: expect.any(String),
        updated_at: expect.stringMatching(/^2026-11-23T08:/),
        changed_by: 'audit-admin',
        changed_by_api_key: admin.keyHash,
        action: 'updated',
        table_name: 'LiteLLM_UserTable',
        object_id: 'audit-ann',
        before_value: expect.objectContaining({ user_alias: null, max_budget_nano_usd: null }),
        updated_values: expect.objectContaining({ user_alias: '=HYPERLINK("x")', max_budget_nano_usd: 3e9 }),
        changed_by_email: expect.stringMatching(/@example\.com$/),
        ip: expect.stringMatching(/127\.0\.0\.1$/),
        user_agent: expect.any(String),
        request_id: expect.stringMatching(/./),
      });
    });

    it('by everybody else as far as it is about them, without the keys of others', async () => {
      const own = await entries(ann);
      expect(own.map(({ action, changed_by, table_name }) => [action, changed_by, table_name])).toEqual([
        ['updated', 'audit-admin', 'LiteLLM_UserTable'],
        ['created', 'audit-ann', 'LiteLLM_VerificationToken'],
        ['created', 'default_user_id', 'LiteLLM_UserTable'],
      ]);
      expect(own.map((entry) => entry.changed_by_api_key)).toEqual(['', ann.keyHash, '']);
      expect((await entries(bob)).map((entry) => entry.object_id)).toEqual(['audit-bob']);
    });

    it('by nobody without a credential, and by no key without an owner', async () => {
      const orphan = await app.send('POST', '/key/generate', { body: { user_id: 'audit-nobody' } });
      for (const path of ['/audit', '/audit/export', '/audit/x']) {
        expect((await app.send('GET', path, { key: null })).status).toBe(401);
        expect((await app.send('GET', path, { key: String(orphan.json()['key']) })).status).toBe(401);
      }
    });
  });

  it('is filtered', async () => {
    const found = async (query: string) =>
      (await entries(admin, query)).map((entry) => `${entry.action} ${entry.object_id}`);
    expect(await found('&changed_by=audit-ann')).toEqual([expect.stringMatching(/^created [0-9a-f]{64}$/)]);
    expect(await found('&action=updated&object_id=audit-ann')).toEqual(['updated audit-ann']);
    expect(await found(`&changed_by_api_key=${admin.keyHash}&table_name=LiteLLM_TeamTable`)).toEqual([
      'created audit_team',
    ]);
    expect(await found('&object_team_id=audit_team')).toContain('created audit_team');
    expect(await found('&object_team_id=audit-team')).toEqual([]);
    expect(await found(`&object_key_hash=${ann.keyHash}`)).toEqual([`created ${ann.keyHash}`]);
    expect(await found('&start_date=2026-11-24&end_date=2026-11-25&table_name=LiteLLM_UserTable')).toEqual([
      'created =1+1,"x"',
    ]);
    expect(await found('&end_date=2026-11-22')).toEqual([]);
    expect(await found('&start_date=2026-11-26')).toEqual([]);
    expect(await found('&table_name=LiteLLM_NoSuchTable')).toEqual([]);
  });

  it('is sorted and paged', async () => {
    const all = await entries(admin);
    const seen: string[] = [];
    for (let page = 1; page <= 2; page += 1) {
      const answer = (await admin.send('GET', `/audit?page=${page}&page_size=4&sort_order=asc`)).json<{
        audit_logs: Entry[];
      }>();
      expect(answer).toMatchObject({ total: all.length, page, page_size: 4, total_pages: Math.ceil(all.length / 4) });
      seen.push(...answer.audit_logs.map((entry) => entry.id));
    }
    expect(seen).toEqual(
      all
        .map((entry) => entry.id)
        .reverse()
        .slice(0, 8),
    );
    for (const column of ['changed_by', 'action', 'object_id', 'table_name'] as const) {
      const sorted = await entries(admin, `&sort_by=${column}&sort_order=asc`);
      expect(sorted).toHaveLength(all.length);
      // Grouped: no value comes back after another one.
      const changes = sorted.filter((entry, at) => entry[column] !== sorted[at - 1]?.[column]).length;
      expect(changes).toBe(new Set(all.map((entry) => entry[column])).size);
    }
    expect((await admin.send('GET', '/audit')).json()).toMatchObject({ page_size: 10 });
  });

  it('refuses what it does not understand', async () => {
    for (const [query, status] of [
      ['sort_by=ip', 400],
      ['sort_order=up', 400],
      ['start_date=yesterday', 400],
      ['start_date=2026-02-30', 400],
      ['start_date=2026-11-25&end_date=2026-11-23', 400],
      ['page=0', 422],
      ['page=1.5', 422],
      ['page_size=101', 422],
    ] as const) {
      const answer = await admin.send('GET', `/audit?${query}`);
      expect([query, answer.status]).toEqual([query, status]);
      expect(answer.json()).toHaveProperty('detail');
    }
    expect((await admin.send('GET', '/audit/export?format=xlsx')).status).toBe(422);
  });

  it('shows one entry to those who may see it, and 404 to all others', async () => {
    const [entry] = await entries(admin, '&object_id=audit-ann&action=updated');
    expect((await viewer.send('GET', `/audit/${entry?.id}`)).json()).toEqual(entry);
    expect((await ann.send('GET', `/audit/${entry?.id}`)).json()).toEqual({ ...entry, ...unknownActor });
    const refused = await bob.send('GET', `/audit/${entry?.id}`);
    expect([refused.status, refused.json()]).toEqual([
      404,
      { detail: { error: `Audit log with ID ${entry?.id} not found` } },
    ]);
    expect((await admin.send('GET', '/audit/no-such-entry')).status).toBe(404);
  });

  describe('is exported', () => {
    it('as JSON lines that hold what the list holds', async () => {
      const answer = await admin.send('GET', '/audit/export?format=jsonl&changed_by=audit-admin');
      expect(answer.headers.get('content-type')).toContain('application/jsonl');
      expect(answer.headers.get('content-disposition')).toBe('attachment; filename="audit-log.jsonl"');
      const lines = answer.text.trimEnd().split('\n');
      expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(await entries(admin, '&changed_by=audit-admin'));
    });

    it('as CSV in which no cell is a formula', async () => {
      const answer = await admin.send('GET', '/audit/export?table_name=LiteLLM_UserTable&start_date=2026-11-25');
      expect(answer.headers.get('content-type')).toContain('text/csv');
      const lines = answer.text.split('\r\n');
      expect(lines[0]).toBe(
        'updated_at,changed_by,changed_by_api_key,action,table_name,object_id,before_value,updated_values,id,changed_by_email,ip,user_agent,request_id',
      );
      expect(lines[1]).toContain(`,created,LiteLLM_UserTable,"'=1+1,""x""",,"{""user_email"":`);
      expect(lines).toHaveLength(3);
    });

    it('within reach only', async () => {
      const lines = (await bob.send('GET', '/audit/export?format=jsonl')).text.trimEnd().split('\n');
      expect(lines.map((line) => (JSON.parse(line) as Entry).object_id)).toEqual(['audit-bob']);
    });

    it('whole, also when it takes many reads', async () => {
      const { db } = app.storage;
      const template = await db.selectFrom('audit_log').selectAll().limit(1).executeTakeFirstOrThrow();
      for (let start = 0; start < 1_200; start += 400) {
        // All at one instant, so that the order rests on the ids alone.
        const rows = Array.from({ length: 400 }, (_, at) => ({
          ...template,
          audit_id: `many-${start + at}`,
          action: 'many',
        }));
        await db.insertInto('audit_log').values(rows).execute();
      }
      const lines = (await admin.send('GET', '/audit/export?format=jsonl&action=many')).text.trimEnd().split('\n');
      expect(new Set(lines.map((line) => (JSON.parse(line) as Entry).id)).size).toBe(1_200);
      expect(lines).toHaveLength(1_200);
    });
  });
});
