import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEachEngine } from '../testing/each-engine.ts';
import { type Caller, makeCaller } from '../testing/make-caller.ts';
import { makeOrganization } from '../testing/make-organization.ts';
import { startTestApp, type TestApp } from '../testing/start-test-app.ts';
import { type WatchedStorage, watchStorage } from '../testing/watch-plans.ts';
import { dialectOf } from '../testing/year-of-data/dialect.ts';
import { peopleStatements } from '../testing/year-of-data/people.ts';
import { requestStatements } from '../testing/year-of-data/requests.ts';

const endsAt = Date.parse('2026-11-23T15:10:00Z');
/** Keys enough that long lists are read along an index, and shorter ones are sorted. */
const sizes = { keys: 12_000, users: 300, teams: 40, requests: 0, auditEntries: 4_000 };
const userId = 'user-000001';
const teamId = 'team-00001';
const organizationId = 'organization-001';
const days = 'start_date=2026-01-01&end_date=2026-11-23';

describeOnEachEngine('Lists and details', (openTestStorage, engine) => {
  let watched: WatchedStorage;
  let app: TestApp;
  let user: Caller;
  let orgAdmin: Caller;

  beforeAll(async () => {
    const storage = await openTestStorage();
    const statements = [
      ...peopleStatements(sizes, endsAt),
      ...requestStatements(sizes, endsAt).filter(({ what }) => what === 'audit log'),
    ];
    for (const { rows, statement } of statements) await statement(dialectOf(engine), 0, rows).execute(storage.db);
    // A page of people or teams is a few hundred rows among thousands; what grows without end is watched.
    watched = watchStorage(storage, { asIfLarge: true, mayRead: /^(users|teams)$/ });
    app = await startTestApp({ storage: watched.storage, now: () => endsAt });
    user = await makeCaller(app, 'internal_user', { teams: [teamId] });
    orgAdmin = await makeCaller(app, 'internal_user');
    const ownOrganization = await makeOrganization(app);
    const member = { user_id: orgAdmin.userId, role: 'org_admin' };
    const added = await app.send('POST', '/organization/member_add', {
      body: { organization_id: ownOrganization, member },
    });
    expect(added.status).toBe(200);
    await storage.db
      .updateTable('teams')
      .set({ organization_id: ownOrganization })
      .where('team_id', '<', 'team-00004')
      .execute();
    await sql`insert into organization_members (organization_id, user_id, role, created_at, updated_at)
      select ${ownOrganization}, user_id, 'internal_user', created_at, created_at from users
      where user_id like 'user-%'`.execute(storage.db);
    // SQLite chooses by the indexes alone as long as nobody counts for it what is in them.
    if (engine === 'postgres') await sql`analyze`.execute(storage.db);
  }, 240_000);
  afterAll(() => app.close());

  const keys = (query: string) => `/key/list?return_full_object=true&size=50${query}`;
  const sorted = (path: string, columns: readonly string[]) =>
    columns.flatMap((column) => ['asc', 'desc'].map((order) => `${path}&sort_by=${column}&sort_order=${order}`));
  const listsOfKeys = [
    keys(''),
    keys('&page=200'),
    ...sorted(keys(''), ['spend', 'max_budget', 'created_at', 'updated_at', 'token', 'key_alias']),
    ...['active', 'expired', 'revoked', 'deleted'].flatMap((status) => [
      keys(`&status=${status}`),
      ...sorted(keys(`&status=${status}`), ['spend', 'key_alias']),
    ]),
    keys('&include_team_keys=true&include_created_by_keys=true'),
    keys('&search=billing'),
    keys('&search=ada-12'),
    keys('&search=no-such-name'),
    keys('&search=sk-...0123'),
    '/key/aliases',
    '/key/aliases?search=ada-12',
  ];
  const listsForAdmins = [
    ...sorted(keys('&search=billing'), ['spend', 'key_alias']),
    keys(`&user_id=${userId}`),
    keys(`&user_id=${userId}&include_team_keys=true&include_created_by_keys=true&sort_by=spend`),
    keys(`&team_id=${teamId}`),
    keys(`&team_id=${teamId}&search=ada`),
    keys(`&key_alias=no-such-alias`),
    `/key/aliases?team_id=${teamId}`,
    ...sorted('/user/list?page_size=100', ['user_id', 'user_email', 'created_at', 'spend', 'user_alias', 'user_role']),
    ...['role=internal_user', `team=${teamId}`, 'search=grace', 'user_email=ada', `user_ids=${userId}`].map(
      (filter) => `/user/list?${filter}`,
    ),
    `/user/info?user_id=${userId}`,
    `/v2/user/info?user_id=${userId}`,
    `/user/delete_preview?user_ids=${userId}`,
    ...sorted('/audit?page_size=50', ['changed_by', 'action', 'object_id', 'table_name', 'updated_at']),
    ...[`changed_by=${userId}`, 'action=regenerated', 'table_name=LiteLLM_TeamTable', `object_id=${userId}`].map(
      (filter) => `/audit?${filter}`,
    ),
    '/usage/requests?api_key=no-such-alias',
    '/customer/info?end_user_id=customer-7',
    ...sorted('/v2/team/list?page_size=50', ['team_id', 'team_alias', 'created_at']),
    '/v2/team/list?search=billing',
    '/team/list?organization_id=default_organization',
    `/organization/info?organization_id=${organizationId}`,
    '/global/all_end_users',
    '/team/filter/ui?team_alias=agent',
  ];
  const listsForAll = [
    '/user/info',
    '/user/filter/ui?user_email=grace',
    '/v2/team/list',
    '/team/list',
    '/organization/list',
    '/spend/keys',
    '/spend/users',
    `/global/activity/exceptions?${days}`,
    `/global/activity/exceptions/deployment?${days}`,
    '/key/create_options',
    '/audit',
  ];

  const scansOf = async (path: string, caller: Caller | null): Promise<string[]> => {
    await watched.takeScans();
    const answer = await app.send('GET', path, caller ? { key: caller.key } : {});
    expect(answer.status, `${path}: ${answer.text.slice(0, 200)}`).toBe(200);
    return watched.takeScans();
  };

  test.each([...listsOfKeys, ...listsForAdmins, ...listsForAll, `/team/info?team_id=${teamId}`])(
    'for an admin, %s reads no big table as a whole',
    async (path) => {
      expect(await scansOf(path, null)).toEqual([]);
    },
  );

  test.each([...listsOfKeys, ...listsForAll, `/team/info?team_id=${teamId}`, `/team/${teamId}/members/me`])(
    'for a user, %s reads no big table as a whole',
    async (path) => {
      expect(await scansOf(path, user)).toEqual([]);
    },
  );

  test.each([...listsOfKeys, ...listsForAll, '/user/list?page_size=100'])(
    'for the admin of an organization, %s reads no big table as a whole',
    async (path) => {
      expect(await scansOf(path, orgAdmin)).toEqual([]);
    },
  );

  test('a list in any order is the same keys in the same order, however far in, and counts them', async () => {
    const columns = {
      spend: 'spend_nano_usd',
      max_budget: 'max_budget_nano_usd',
      created_at: 'created_at',
      updated_at: 'updated_at',
      token: 'key_hash',
      key_alias: 'key_alias',
    } as const;
    for (const [name, column] of Object.entries(columns) as [string, (typeof columns)[keyof typeof columns]][]) {
      for (const order of ['asc', 'desc'] as const) {
        const all = await watched.storage.db
          .selectFrom('keys')
          .select(['key_hash', column])
          .where('deleted_at', 'is', null)
          .orderBy(column, (by) => (order === 'asc' ? by.asc() : by.desc()).nullsLast())
          .orderBy('key_hash', order)
          .execute();
        const valued = all.filter((row) => row[column] !== null).length;
        // The first page, the one on which the last that has a value stands, one behind it, the last, and one too far.
        const last = Math.ceil(all.length / 100);
        for (const page of new Set([
          1,
          Math.ceil(valued / 100),
          Math.min(last, Math.ceil(valued / 100) + 2),
          last,
          last + 1,
        ])) {
          const answer = await app.send('GET', `/key/list?size=100&page=${page}&sort_by=${name}&sort_order=${order}`);
          const { keys: hashes, total_count } = answer.json<{ keys: string[]; total_count: number }>();
          const expected = all.slice((page - 1) * 100, page * 100).map((row) => row.key_hash);
          expect(hashes, `${name} ${order}, page ${page}`).toEqual(expected);
          expect(total_count).toBe(all.length);
        }
      }
    }
  });

  test('a search follows a key that gets another name or another secret', async () => {
    const made = await app.send('POST', '/key/generate', { body: { key_alias: 'Heron one' } });
    const { key } = made.json<{ key: string }>();
    const found = async (search: string) => {
      const answer = await app.send('GET', `/key/list?search=${encodeURIComponent(search)}`);
      return answer.json<{ total_count: number }>().total_count;
    };
    expect([await found('heron'), await found('egret'), await found('"ron o')]).toEqual([1, 0, 0]);
    await app.send('POST', '/key/update', { body: { key, key_alias: 'Egret "two' } });
    expect([await found('heron'), await found('egret'), await found('gret "t')]).toEqual([0, 1, 1]);
    const { token } = (await app.send('POST', '/key/regenerate', { body: { key } })).json<{ token: string }>();
    expect([await found('egret'), await found(key)]).toEqual([1, 0]);
    await app.send('POST', '/key/delete', { body: { keys: [token] } });
    expect(await found('egret')).toBe(0);
  });
});
