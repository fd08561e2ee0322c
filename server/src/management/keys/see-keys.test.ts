import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { type Caller, errorOf, makeCaller } from '../../testing/make-caller.ts';
import { startTestApp, type TestApp } from '../../testing/start-test-app.ts';
import type { ListedKey } from './list-keys.ts';

const startOfTest = Date.parse('2026-11-25T15:10:30Z');

interface KeyPage {
  keys: string[];
  total_count: number;
  current_page: number;
  total_pages: number;
}

describeOnEachEngine('Seeing keys', (openTestStorage) => {
  let gateway: TestApp;
  let now = startOfTest;
  let anna: Caller;
  let ben: Caller;
  let teamAdmin: Caller;
  let viewer: Caller;
  let adminViewer: Caller;
  /** Hashes of keys by a name of this test. */
  const hashes: Record<string, string> = {};

  const generate = async (name: string, body: Record<string, unknown>): Promise<string> => {
    now += 1_000;
    const answer = await gateway.send('POST', '/key/generate', { body: { key_alias: name, ...body } });
    expect(answer.status, answer.text).toBe(200);
    const { key, token } = answer.json<{ key: string; token: string }>();
    hashes[name] = token;
    return key;
  };
  const list = async (caller: Caller | null, query: string): Promise<KeyPage> => {
    const answer = await (caller
      ? caller.send('GET', `/key/list?size=100&${query}`)
      : gateway.send('GET', `/key/list?size=100&${query}`));
    expect(answer.status, answer.text).toBe(200);
    return answer.json<KeyPage>();
  };
  /** The keys of an answer by the names of this test; first keys of users are left out. */
  const names = (page: KeyPage): string[] =>
    page.keys.flatMap((hash) => Object.keys(hashes).filter((name) => hashes[name] === hash));

  beforeAll(async () => {
    gateway = await startTestApp({ storage: await openTestStorage(), now: () => now });
    anna = await makeCaller(gateway, 'internal_user');
    ben = await makeCaller(gateway, 'internal_user');
    teamAdmin = await makeCaller(gateway, 'internal_user');
    viewer = await makeCaller(gateway, 'internal_user_viewer');
    adminViewer = await makeCaller(gateway, 'proxy_admin_viewer');
    const members_with_roles = [
      { user_id: teamAdmin.userId, role: 'admin' },
      { user_id: anna.userId, role: 'user' },
      { user_id: ben.userId, role: 'user' },
      { user_id: viewer.userId, role: 'admin' },
    ];
    await gateway.send('POST', '/team/new', { body: { team_id: 'dev', team_alias: 'Dev', members_with_roles } });
    await gateway.send('POST', '/team/new', {
      body: { team_id: 'strict', members_with_roles, team_member_permissions: ['/key/generate'] },
    });
    await gateway.send('POST', '/team/new', { body: { team_id: 'foreign' } });
    await generate('anna-own', { user_id: anna.userId, max_budget: 5, spend: 2 });
    await generate('anna-blocked', { user_id: anna.userId, blocked: true });
    await generate('anna-short', { user_id: anna.userId, duration: '1h' });
    await generate('anna-dev', { user_id: anna.userId, team_id: 'dev' });
    await generate('ben-own', { user_id: ben.userId, max_budget: 1, spend: 1 });
    await generate('ben-dev', { user_id: ben.userId, team_id: 'dev' });
    await generate('ben-strict', { user_id: ben.userId, team_id: 'strict' });
    await generate('dev-service', { team_id: 'dev' });
    await generate('gone', { user_id: anna.userId });
    await gateway.send('POST', '/key/delete', { body: { keys: [hashes['gone']] } });
  });
  afterAll(() => gateway.close());

  test.each([
    ['anna', 'anna-own', 200],
    ['anna', 'anna-dev', 200],
    ['anna', 'ben-dev', 200],
    ['anna', 'dev-service', 200],
    ['anna', 'gone', 200],
    ['anna', 'ben-own', 403],
    ['anna', 'ben-strict', 403],
    ['teamAdmin', 'ben-strict', 200],
    ['teamAdmin', 'ben-own', 403],
    ['viewer', 'ben-dev', 200],
    ['viewer', 'ben-strict', 403],
    ['viewer', 'anna-own', 403],
    ['adminViewer', 'ben-own', 200],
  ] as const)('%s asking for %s gets %i', async (who, name, status) => {
    const caller = { anna, teamAdmin, viewer, adminViewer }[who];
    const answer = await caller.send('GET', `/key/info?key=${hashes[name]}`);
    expect(answer.status, answer.text).toBe(status);
    if (status === 403) {
      expect(errorOf(answer).message).toMatch(/^You are not allowed to access this key's info\. Your role=/);
    }
  });

  test('a key shows itself, named or not, by secret or by hash', async () => {
    for (const query of ['', `?key=${anna.key}`, `?key=${anna.keyHash}`]) {
      const answer = await anna.send('GET', `/key/info${query}`);
      const { key, info } = answer.json<{ key: string; info: Record<string, unknown> }>();
      expect(key).toBe(query === '' ? anna.keyHash : query.slice('?key='.length));
      expect(info).toMatchObject({ user_id: anna.userId, user_email: anna.email, status: 'active' });
      expect(info).not.toHaveProperty('token');
    }
  });

  test('a key whose owner has no account shows itself and nothing else', async () => {
    const key = await generate('orphan', { user_id: 'orphan' });
    await generate('orphan-two', { user_id: 'orphan' });
    expect((await gateway.send('GET', '/key/info', { key })).status).toBe(200);
    expect((await gateway.send('GET', `/key/info?key=${hashes['orphan-two']}`, { key })).status).toBe(403);
    expect(errorOf(await gateway.send('GET', '/key/list', { key }))).toMatchObject({
      status: 403,
      message: "You are not authorized to access this endpoint. No 'user_id' is associated with your API key.",
    });
  });

  test('a key that does not exist is said not to exist, before any word about rights', async () => {
    for (const key of ['sk-never-existed-0123456789', 'f'.repeat(64)]) {
      expect(errorOf(await anna.send('GET', `/key/info?key=${key}`))).toEqual({
        status: 404,
        message: 'Key not found in database',
        type: 'not_found_error',
        param: 'key',
      });
    }
  });

  test('a list holds one’s own keys, newest first, without deleted ones', async () => {
    expect(names(await list(anna, ''))).toEqual(['anna-dev', 'anna-short', 'anna-blocked', 'anna-own']);
    expect(names(await list(ben, ''))).toEqual(['ben-strict', 'ben-dev', 'ben-own']);
    expect((await list(viewer, '')).keys).toEqual([viewer.keyHash]);
  });

  test('admins and admin viewers list everybody’s keys, and narrow the list', async () => {
    expect((await list(null, '')).total_count).toBe((await list(adminViewer, '')).total_count);
    expect(names(await list(adminViewer, `user_id=${ben.userId}`))).toEqual(['ben-strict', 'ben-dev', 'ben-own']);
    expect(names(await list(adminViewer, 'team_id=dev'))).toEqual(['dev-service', 'ben-dev', 'anna-dev']);
  });

  test('team keys are added for admins of the team; members add the keys of the team itself', async () => {
    const added = await list(teamAdmin, 'include_team_keys=true');
    expect(names(added)).toEqual(['dev-service', 'ben-strict', 'ben-dev', 'anna-dev']);
    expect(names(await list(ben, 'include_team_keys=true'))).toEqual([
      'dev-service',
      'ben-strict',
      'ben-dev',
      'ben-own',
    ]);
    expect(names(await list(viewer, 'include_team_keys=true'))).toEqual([]);
  });

  test('filters never show what the reach does not', async () => {
    expect(names(await list(anna, `key_hash=${hashes['ben-own']}`))).toEqual([]);
    expect(names(await list(anna, 'key_alias=ben-own'))).toEqual([]);
    expect(names(await list(anna, 'search=ben'))).toEqual([]);
    expect(names(await list(anna, 'team_id=dev'))).toEqual(['anna-dev']);
    expect(names(await list(anna, 'include_created_by_keys=true'))).toHaveLength(4);
  });

  test.each([
    ['user_id=somebody', "You are not authorized to check another user's keys"],
    ['team_id=foreign', "You are not authorized to check this team's keys"],
    ['team_id=no-team', "You are not authorized to check this team's keys"],
  ])('asking for %s is refused', async (query, message) => {
    expect(errorOf(await anna.send('GET', `/key/list?${query}`))).toMatchObject({ status: 403, message });
  });

  test('every key has one status, and each can be listed', async () => {
    now += 3_600_000;
    expect(names(await list(anna, 'status=active'))).toEqual(['anna-dev', 'anna-own']);
    expect(names(await list(anna, 'status=revoked'))).toEqual(['anna-blocked']);
    expect(names(await list(anna, 'status=expired'))).toEqual(['anna-short']);
    expect(names(await list(anna, 'status=deleted'))).toEqual(['gone']);
    const page = await anna.send('GET', '/key/list?return_full_object=true&size=100');
    const statuses = page.json<{ keys: ListedKey[] }>().keys.map((key) => [key.key_alias, key.status]);
    expect(statuses).toContainEqual(['anna-short', 'expired']);
    expect(statuses).toContainEqual(['anna-blocked', 'revoked']);
    expect((await anna.send('GET', '/key/list?status=lost')).status).toBe(400);
  });

  test('pages follow one another without gaps or repeats', async () => {
    const all = (await list(null, '')).keys;
    const paged: string[] = [];
    for (let page = 1; page <= Math.ceil(all.length / 3); page += 1) {
      const answer = await gateway.send('GET', `/key/list?size=3&page=${page}`);
      const body = answer.json<KeyPage>();
      expect(body).toMatchObject({
        total_count: all.length,
        current_page: page,
        total_pages: Math.ceil(all.length / 3),
      });
      paged.push(...body.keys);
    }
    expect(paged).toEqual(all);
    for (const query of ['size=101', 'size=0', 'page=0', 'page=x']) {
      expect((await gateway.send('GET', `/key/list?${query}`)).status, query).toBe(422);
    }
  });

  test('each column sorts both ways, keys without a value last', async () => {
    const sorted = async (query: string) => names(await list(null, `search=-own&${query}`));
    expect(await sorted('sort_by=spend&sort_order=desc')).toEqual(['anna-own', 'ben-own']);
    expect(await sorted('sort_by=spend&sort_order=asc')).toEqual(['ben-own', 'anna-own']);
    expect(await sorted('sort_by=key_alias&sort_order=asc')).toEqual(['anna-own', 'ben-own']);
    for (const order of ['asc', 'desc']) {
      const budgets = names(await list(null, `sort_by=max_budget&sort_order=${order}`));
      expect(budgets.slice(0, 2).sort()).toEqual(['anna-own', 'ben-own']);
    }
    expect(errorOf(await gateway.send('GET', '/key/list?sort_by=key_hash'))).toMatchObject({
      status: 400,
      message: 'Invalid sort column. Must be one of: spend, max_budget, created_at, updated_at, token, key_alias',
    });
  });

  test('a search finds alias, last characters, owner, and a whole secret', async () => {
    const key = await generate('Needle_100%', { user_id: ben.userId });
    for (const search of ['needle', '_100%', key.slice(-4), key, `sk-...${key.slice(-4)}`]) {
      expect(names(await list(null, `search=${encodeURIComponent(search)}`)), search).toContain('Needle_100%');
    }
    expect(names(await list(null, `search=${ben.email.toUpperCase()}`))).toContain('ben-own');
    expect(names(await list(null, `search=${encodeURIComponent('n%d')}`))).toEqual([]);
  });

  test('a text with a character that cannot be stored is refused, wherever it stands', async () => {
    expect((await anna.send('GET', '/key/info?key=%00')).status).toBe(422);
    expect((await anna.send('GET', '/key/list?search=a%00')).status).toBe(422);
    for (const body of [{ user_id: 'a\0' }, { metadata: { deep: ['a\0'] } }, { tags: ['\0'] }]) {
      expect((await gateway.send('POST', '/key/generate', { body })).status).toBe(422);
    }
  });
});
