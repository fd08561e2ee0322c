import { afterAll, beforeAll, expect, test } from 'vitest';
import { closeNextQuarters } from '../../ledger/close-quarters.ts';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { type Caller, errorOf, makeCaller } from '../../testing/make-caller.ts';
import { makePerson, signInAs, testPassword } from '../../testing/make-person.ts';
import { recordRequests } from '../../testing/record-requests.ts';
import { startTestApp, type TestApp } from '../../testing/start-test-app.ts';

const now = Date.parse('2026-11-25T15:10:30Z');
const at = (text: string) => Date.parse(text);

describeOnEachEngine('Spend', (openTestStorage) => {
  let gateway: TestApp;
  let anna: Caller;
  let ben: Caller;
  let lead: Caller;
  let adminViewer: Caller;

  beforeAll(async () => {
    gateway = await startTestApp({ storage: await openTestStorage(), now: () => now });
    anna = await makeCaller(gateway, 'internal_user');
    ben = await makeCaller(gateway, 'internal_user_viewer');
    lead = await makeCaller(gateway, 'internal_user');
    adminViewer = await makeCaller(gateway, 'proxy_admin_viewer');
    const members = [
      { user_id: lead.userId, role: 'admin' },
      { user_id: anna.userId, role: 'user' },
    ];
    const made = await gateway.send('POST', '/team/new', {
      body: { team_id: 'dev', team_alias: 'Developers', members_with_roles: members },
    });
    expect(made.status, made.text).toBe(200);
    await gateway.send('POST', '/key/update', { body: { key: anna.key, key_alias: 'anna-laptop' } });
    const annas = { key_hash: anna.keyHash, user_id: anna.userId };
    await recordRequests(gateway.storage, [
      {
        ...annas,
        started_at: at('2026-11-23T09:00:00Z'),
        spend_nano_usd: 1e9,
        tags: '["a","b"]',
        end_user: 'c1',
        response_id: 'chatcmpl-1',
      },
      {
        ...annas,
        started_at: at('2026-11-25T00:00:00Z'),
        spend_nano_usd: 2e9,
        team_id: 'dev',
        model_group: 'o3',
        model: 'o3-2026',
      },
      {
        ...annas,
        started_at: at('2026-11-25T11:00:00Z'),
        spend_nano_usd: 0,
        status: 'failure',
        http_status: 429,
        error_message: 'Too 100% busy',
        session_id: 'chat-7',
      },
      {
        key_hash: ben.keyHash,
        user_id: ben.userId,
        started_at: at('2026-11-25T12:00:00Z'),
        spend_nano_usd: 4e9,
        tags: '["b"]',
        end_user: 'c2',
        response_id: 'chatcmpl-2',
        session_id: 'chat-7',
      },
      {
        user_id: 'somebody',
        key_hash: 'service',
        team_id: 'dev',
        started_at: at('2026-11-24T12:00:00Z'),
        spend_nano_usd: 8e9,
        provider: 'mistral',
      },
      {
        user_id: 'long-ago',
        key_hash: 'old',
        started_at: at('2026-09-01T12:00:00Z'),
        spend_nano_usd: 16e9,
        tags: '["c"]',
        end_user: 'c3',
      },
    ]);
  });
  afterAll(() => gateway.close());

  async function read<Body>(caller: Caller | null, path: string): Promise<Body> {
    const answer = await (caller ? caller.send('GET', path) : gateway.send('GET', path));
    expect(answer.status, answer.text).toBe(200);
    return answer.json<Body>();
  }
  const pageOf = (caller: Caller | null, query: string) =>
    read<{
      data: {
        litellm_call_id: string;
        request_id: string;
        spend: number;
        user: string;
        metadata: Record<string, unknown>;
      }[];
      total: number;
      total_pages: number;
    }>(caller, `/spend/logs/v2?start_date=2026-01-01&end_date=2026-12-31${query}`);
  const spendsOf = async (caller: Caller | null, query: string) =>
    (await pageOf(caller, query)).data.map((row) => row.spend);

  test('logs come newest first and page by page: own for users, all for admins and admin viewers', async () => {
    expect(await spendsOf(null, '')).toEqual([4, 0, 2, 8, 1, 16]);
    expect(await spendsOf(adminViewer, '')).toEqual([4, 0, 2, 8, 1, 16]);
    expect(await spendsOf(anna, '')).toEqual([0, 2, 1]);
    expect(await spendsOf(ben, '')).toEqual([4]);
    expect(await pageOf(null, '&page_size=4&page=2')).toMatchObject({
      data: [{ spend: 1 }, { spend: 16 }],
      total: 6,
      total_pages: 2,
    });
    expect(await spendsOf(null, '&sort_by=spend&sort_order=asc')).toEqual([0, 1, 2, 4, 8, 16]);
  });

  test('the total is exact at both ends of a range, to the second', async () => {
    const total = async (start: string, end: string) =>
      (await read<{ total: number; data: unknown[] }>(null, `/spend/logs/ui?start_date=${start}&end_date=${end}`))
        .total;
    expect(await total('2026-11-23 09:00:00', '2026-11-25 12:00:00')).toBe(5);
    expect(await total('2026-11-23 09:00:01', '2026-11-25 11:59:59')).toBe(3);
    expect(await total('2026-11-25', '2026-11-25')).toBe(3);
  });

  test('filters narrow the logs, and reach nothing of others', async () => {
    expect(await spendsOf(null, `&api_key=${anna.key}`)).toEqual([0, 2, 1]);
    expect(await spendsOf(null, '&min_spend=2&max_spend=8')).toEqual([4, 2, 8]);
    expect(await spendsOf(null, '&status_filter=failure')).toEqual([0]);
    expect(await spendsOf(null, '&error_message=100%25+BUSY')).toEqual([0]);
    expect(await spendsOf(null, '&error_code=429')).toEqual([0]);
    expect(await spendsOf(null, '&error_code=none')).toEqual([]);
    expect(await spendsOf(null, '&key_alias=LAPTOP')).toEqual([0, 2, 1]);
    expect((await pageOf(null, '&key_alias=LAPTOP')).total).toBe(3);
    expect(await spendsOf(null, '&model=o3')).toEqual([2]);
    expect(await spendsOf(null, '&end_user=c2')).toEqual([4]);
    expect(await spendsOf(null, '&request_id=chatcmpl-1')).toEqual([1]);
    expect(await spendsOf(null, '&session_id=any')).toEqual([]);
    for (const query of [`&api_key=${ben.keyHash}`, '&request_id=chatcmpl-2', '&end_user=c2', '&min_spend=3']) {
      expect(await pageOf(anna, query), query).toMatchObject({ data: [], total: 0 });
    }
    expect(
      (await anna.send('GET', `/spend/logs/v2?start_date=2026-01-01&end_date=2026-12-31&user_id=${ben.userId}`)).status,
    ).toBe(403);
  });

  test('a team’s logs are for its admins', async () => {
    expect(await spendsOf(lead, '&team_id=dev')).toEqual([2, 8]);
    expect(await spendsOf(lead, '')).toEqual([]);
    const refused = await anna.send('GET', '/spend/logs/v2?start_date=2026-01-01&end_date=2026-12-31&team_id=dev');
    expect([refused.status, refused.text]).toEqual([
      403,
      expect.stringContaining('Not authorized to view team spend for team_id=dev'),
    ]);
    expect((await ben.send('GET', '/spend/logs/v2?start_date=2026-01-01&end_date=2026-12-31&team_id=dev')).status).toBe(
      403,
    );
  });

  test('the requests of a session are found by it: one’s own for users, all for admins', async () => {
    const sessionOf = (caller: Caller | null, query: string) =>
      read<{ data: { user: string; session_id: string }[]; total: number; total_pages: number }>(
        caller,
        `/spend/logs/session/ui?${query}`,
      );
    expect((await sessionOf(null, 'session_id=chat-7')).data.map((row) => [row.user, row.session_id])).toEqual([
      [ben.userId, 'chat-7'],
      [anna.userId, 'chat-7'],
    ]);
    expect((await sessionOf(anna, 'session_id=chat-7')).data.map((row) => row.user)).toEqual([anna.userId]);
    expect(await sessionOf(null, 'session_id=chat-7&page=2&page_size=1')).toMatchObject({
      data: [{ user: anna.userId }],
      total: 2,
      total_pages: 2,
    });
    expect((await sessionOf(null, 'session_id=chat-8')).total).toBe(0);
    expect((await pageOf(null, '&session_id=chat-7')).total).toBe(2);
    expect(errorOf(await gateway.send('GET', '/spend/logs/session/ui'))).toMatchObject({
      message: 'session_id is required',
      param: 'session_id',
    });
  });

  test('calls that failed with 429 are counted by day, model and address', async () => {
    const dates = 'start_date=2026-11-01&end_date=2026-11-25';
    const one = { daily_data: [{ date: 'Nov 25', num_rate_limit_exceptions: 1 }], sum_num_rate_limit_exceptions: 1 };
    const none = { daily_data: [], sum_num_rate_limit_exceptions: 0 };
    const path = '/global/activity/exceptions';
    expect(await read(null, `${path}?${dates}`)).toEqual(one);
    expect(await read(anna, `${path}?${dates}&model_group=gpt-4`)).toEqual(one);
    expect(await read(anna, `${path}?${dates}&model_group=o3`)).toEqual(none);
    expect(await read(ben, `${path}?${dates}`)).toEqual(none);
    expect(await read(null, `${path}?start_date=2026-11-01&end_date=2026-11-24`)).toEqual(none);
    expect(await read<{ api_base: string }[]>(null, `${path}/deployment?${dates}`)).toEqual([
      { api_base: expect.any(String), ...one },
    ]);
    expect(await read(ben, `${path}/deployment?${dates}`)).toEqual([]);
    for (const each of [path, `${path}/deployment`]) {
      const answer = await anna.send('GET', each);
      expect([answer.status, answer.json()]).toEqual([
        400,
        { detail: { error: 'Please provide start_date and end_date' } },
      ]);
    }
  });

  test('logs without dates, or with wrong ones, are refused in the contract’s words', async () => {
    expect(errorOf(await gateway.send('GET', '/spend/logs/ui'))).toMatchObject({
      status: 400,
      message: 'Start date and end date are required',
      type: 'bad_request',
    });
    const wrong = errorOf(await gateway.send('GET', '/spend/logs/v2?start_date=yesterday&end_date=2026-02-30'));
    expect(wrong).toMatchObject({ status: 400, message: expect.stringContaining('Invalid date format: yesterday') });
    expect((await gateway.send('GET', '/spend/logs/v2?start_date=2026-02-30&end_date=2026-03-01')).status).toBe(400);
    expect(
      (await gateway.send('GET', '/spend/logs/v2?start_date=2026-01-01&end_date=2026-03-01&page_size=1001')).status,
    ).toBe(422);
    expect((await gateway.send('GET', '/spend/logs/v2?start_date=2026-01-01&end_date=2026-03-01&page=0')).status).toBe(
      422,
    );
  });

  test('one request of a team is found by the team’s admins, and by no other member', async () => {
    const [annas, services] = (await pageOf(lead, '&team_id=dev')).data.map((row) => row.litellm_call_id);
    expect(await read(lead, `/spend/logs/ui/${annas}`)).toMatchObject({ spend: 2, team_alias: 'Developers' });
    expect(await read(lead, `/spend/logs/ui/${services}`)).toMatchObject({ spend: 8, user_email: null });
    expect((await anna.send('GET', `/spend/logs/ui/${services}`)).status).toBe(404);
    expect((await ben.send('GET', `/spend/logs/ui/${annas}`)).status).toBe(404);
    expect((await lead.send('GET', '/spend/logs/ui/chatcmpl-1')).status).toBe(404);
  });

  test('one request is found by either id, by its owner and by admins', async () => {
    const row = await read<Record<string, unknown>>(anna, '/spend/logs/ui/chatcmpl-1');
    expect(row).toMatchObject({
      request_id: 'chatcmpl-1',
      api_key: anna.keyHash,
      spend: 1,
      total_tokens: 30,
      messages: {},
      response: {},
      proxy_server_request: {},
      request_tags: ['a', 'b'],
      status: 'success',
    });
    expect(row['metadata']).toMatchObject({ user_api_key_alias: 'anna-laptop', user_api_key_user_id: anna.userId });
    expect(
      (await read<Record<string, unknown>>(adminViewer, `/spend/logs/ui/${String(row['litellm_call_id'])}`))[
        'request_id'
      ],
    ).toBe('chatcmpl-1');
    expect(row).toMatchObject({
      http_status: 200,
      error_message: null,
      key_name: expect.stringMatching(/^sk-\.\.\..{4}$/),
      key_alias: 'anna-laptop',
      team_alias: null,
      streamed: false,
      aborted: false,
      cache_status: 'off',
      usage_source: 'provider',
      saved_nano_usd: 0,
    });
    const strangers = await anna.send('GET', '/spend/logs/ui/chatcmpl-2');
    const nobodys = await anna.send('GET', '/spend/logs/ui/chatcmpl-9');
    expect([strangers.status, strangers.text.replace('-2', '-9')]).toEqual([404, nobodys.text]);
  });

  test('the older logs take one filter, and give nobody else’s rows', async () => {
    const rows = async (caller: Caller | null, query: string) =>
      (await read<{ spend: number }[]>(caller, `/spend/logs?${query}`)).map((row) => row.spend);
    expect(await rows(null, '')).toEqual([4, 0, 2, 8, 1, 16]);
    expect(await rows(null, `api_key=${ben.key}&request_id=chatcmpl-1`)).toEqual([4]);
    expect(await rows(null, 'request_id=chatcmpl-1&user_id=nobody')).toEqual([1]);
    expect(await rows(null, 'request_id=unknown')).toEqual([]);
    expect(await rows(anna, '')).toEqual([0, 2, 1]);
    expect(await rows(anna, `api_key=${ben.key}`)).toEqual([]);
    expect(await rows(anna, 'request_id=chatcmpl-2')).toEqual([]);
    expect((await anna.send('GET', `/spend/logs?user_id=${ben.userId}`)).status).toBe(403);
    expect(await rows(null, 'start_date=2026-11-23&end_date=2026-11-25&summarize=false')).toEqual([2, 8, 1]);
  });

  test('the older logs add up days: the last is not part of the range, days after the last request are nothing', async () => {
    expect(await read(null, '/spend/logs?start_date=2026-11-23&end_date=2026-11-25')).toEqual([
      {
        startTime: '2026-11-23',
        spend: 1,
        [anna.keyHash]: 1,
        users: { [anna.userId]: 1 },
        models: { 'gpt-4-2026': 1 },
      },
      { startTime: '2026-11-24', spend: 8, service: 8, users: { somebody: 8 }, models: { 'gpt-4-2026': 8 } },
      { startTime: '2026-11-25', spend: 0, users: {}, models: {} },
    ]);
    expect(await read(anna, '/spend/logs?start_date=2026-11-23&end_date=2026-11-24')).toMatchObject([
      { spend: 1 },
      { spend: 0 },
    ]);
    expect(await read(ben, '/spend/logs?start_date=2026-11-23&end_date=2026-11-25')).toEqual([]);
    expect(await read(ben, '/spend/logs?start_date=2026-11-23&end_date=2026-11-26&request_id=chatcmpl-1')).toEqual([]);
    expect(
      await read(anna, '/spend/logs?start_date=2026-11-23&end_date=2026-11-24&request_id=chatcmpl-1'),
    ).toMatchObject([{ spend: 1 }, { spend: 0 }]);
    expect((await gateway.send('GET', '/spend/logs?start_date=2026-13-01&end_date=2026-11-25')).status).toBe(400);
    const tooLong = '/spend/logs?start_date=2026-11-23&end_date=9999-12-31';
    const tooLarge = ['min_spend=1e300', 'max_spend=-1e300', 'error_code=99999999999999999999'];
    for (const query of tooLarge) {
      const path = `/spend/logs/v2?start_date=2026-11-23&end_date=2026-11-25&${query}`;
      expect(await read<{ data: unknown[] }>(null, path), query).toMatchObject({ data: [] });
    }
    expect((await anna.send('GET', tooLong)).status).toBe(400);
    expect((await anna.send('GET', `${tooLong}&request_id=chatcmpl-1`)).status).toBe(400);
  });

  test('keys, users and tags by spend are scoped', async () => {
    const keys = async (caller: Caller | null) =>
      (await read<{ token: string }[]>(caller, '/spend/keys')).map((key) => key.token);
    expect(await keys(anna)).toEqual([anna.keyHash]);
    expect((await keys(adminViewer)).slice(0, 2)).toEqual([ben.keyHash, anna.keyHash]);
    const users = async (caller: Caller | null, query = '') =>
      (await read<({ user_id: string } | null)[]>(caller, `/spend/users${query}`)).map((user) => user?.user_id ?? null);
    expect(await users(anna)).toEqual([anna.userId]);
    expect((await users(null))[0]).toBe(ben.userId);
    expect(await users(null, '?user_id=nobody')).toEqual([null]);
    expect((await anna.send('GET', `/spend/users?user_id=${ben.userId}`)).status).toBe(403);
    expect(await read(null, '/spend/tags')).toEqual([
      { individual_request_tag: 'c', log_count: 1, total_spend: 16 },
      { individual_request_tag: 'b', log_count: 2, total_spend: 5 },
      { individual_request_tag: 'a', log_count: 1, total_spend: 1 },
    ]);
    expect(await read(ben, '/spend/tags')).toEqual([{ individual_request_tag: 'b', log_count: 1, total_spend: 4 }]);
    expect(await read(null, '/spend/tags?start_date=2026-09-01&end_date=2026-09-01')).toMatchObject([
      { individual_request_tag: 'c' },
    ]);
  });

  test('global spend is that of the last 30 days within reach, by day, key, model, team, provider and tag', async () => {
    expect(await read(null, '/global/spend')).toEqual({ spend: 15, max_budget: 0 });
    expect(await read(anna, '/global/spend')).toEqual({ spend: 3, max_budget: 0 });
    expect(await read(adminViewer, '/global/spend/logs')).toEqual([
      { date: '2026-11-23', spend: 1 },
      { date: '2026-11-24', spend: 8 },
      { date: '2026-11-25', spend: 6 },
    ]);
    expect(await read(anna, `/global/spend/logs?api_key=${ben.keyHash}`)).toEqual([]);
    expect(await read(null, '/global/spend/keys?limit=2')).toEqual([
      { api_key: 'service', key_alias: null, key_name: null, total_spend: 8 },
      { api_key: ben.keyHash, key_alias: null, key_name: `sk-...${ben.key.slice(-4)}`, total_spend: 4 },
    ]);
    expect(await read(anna, '/global/spend/keys')).toMatchObject([{ key_alias: 'anna-laptop', total_spend: 3 }]);
    expect((await gateway.send('GET', '/global/spend/keys?limit=0')).status).toBe(422);
    expect(await read(null, '/global/spend/models')).toMatchObject([
      { model: 'gpt-4', total_spend: 13 },
      { model: 'o3', total_spend: 2 },
    ]);
    expect(await read(anna, '/global/spend/models?limit=1')).toMatchObject([{ model: 'o3', total_spend: 2 }]);
    expect(await read(null, '/global/spend/teams')).toEqual({
      daily_spend: [
        { date: '2026-11-23', Unassigned: 1 },
        { date: '2026-11-24', Developers: 8 },
        { date: '2026-11-25', Developers: 2, Unassigned: 4 },
      ],
      teams: ['Developers', 'Unassigned'],
      total_spend_per_team: [
        { team_id: 'Developers', total_spend: 10 },
        { team_id: 'Unassigned', total_spend: 5 },
      ],
    });
    expect(await read(anna, '/global/spend/teams')).toMatchObject({
      total_spend_per_team: [{ total_spend: 2 }, { total_spend: 1 }],
    });
    expect(await read(null, '/global/spend/provider?start_date=2026-11-01&end_date=2026-11-30')).toEqual([
      { provider: 'mistral', spend: 8 },
      { provider: 'openai', spend: 7 },
    ]);
    expect((await gateway.send('GET', '/global/spend/provider')).status).toBe(400);
    expect(await read(null, '/global/spend/tags?tags=a, c')).toEqual({
      spend_per_tag: [{ name: 'a', spend: 1, log_count: 1 }],
    });
    expect(await read(ben, '/global/spend/tags')).toEqual({ spend_per_tag: [{ name: 'b', spend: 4, log_count: 1 }] });
    expect(await read(null, '/global/spend/all_tag_names')).toEqual({ tag_names: ['a', 'b', 'c'] });
    expect(await read(ben, '/global/spend/all_tag_names')).toEqual({ tag_names: ['b'] });
  });

  test('customers are everybody’s business only for admins', async () => {
    expect(await read(adminViewer, '/global/all_end_users')).toEqual({ end_users: ['c1', 'c2', 'c3'] });
    expect((await anna.send('GET', '/global/all_end_users')).status).toBe(401);
    const post = async (caller: Caller | null, body: unknown) => {
      const answer = await (caller
        ? caller.send('POST', '/global/spend/end_users', body)
        : gateway.send('POST', '/global/spend/end_users', { body }));
      return answer.status === 200
        ? answer.json<{ end_user: string; total_spend: number }[]>().map((row) => [row.end_user, row.total_spend])
        : answer.status;
    };
    expect(await post(null, {})).toEqual([
      ['c2', 4],
      ['c1', 1],
    ]);
    expect(await post(anna, {})).toEqual([['c1', 1]]);
    expect(await post(anna, { api_key: ben.keyHash })).toEqual([]);
    expect(await post(null, { startTime: '2026-08-01T00:00:00Z', endTime: '2026-11-01T00:00:00Z' })).toEqual([
      ['c3', 16],
    ]);
    expect(await post(null, { startTime: 'soon' })).toBe(400);
  });

  test('the names of customers come by page, for a time and a part of the name, before and after the quarters are closed', async () => {
    const endpoint = '/management/v1/spend_logs/end_users';
    const names = async (from: string, to: string, more = '') => {
      const times = new URLSearchParams({ 'filter[startTime][gte]': from, 'filter[startTime][lte]': to });
      return (await adminViewer.send('GET', `${endpoint}?${times}${more}`)).json<{
        data: string[];
        meta: unknown;
        links: { self: string; prev: string | null; next: string | null };
      }>();
    };
    for (const step of ['open', 'closed']) {
      for (let isMore = step === 'closed'; isMore; ) isMore = await closeNextQuarters(gateway.storage.db, now);
      expect((await names('2026-01-01T00:00:00Z', '2026-11-25T15:00:00Z')).data, step).toEqual(['c1', 'c2', 'c3']);
      expect((await names('2026-11-23T09:05:00Z', '2026-11-23T09:10:00Z')).data, step).toEqual(['c1']);
      expect((await names('2026-11-23T09:15:00Z', '2026-11-25T11:59:59Z')).data, step).toEqual([]);
      expect((await names('2026-11-23T00:00:00Z', '2026-11-26T00:00:00Z')).data, step).toEqual(['c1', 'c2']);
      expect((await names('2026-01-01T00:00:00Z', '2026-12-01T00:00:00Z', '&q=C2')).data, step).toEqual(['c2']);
      expect((await names('2026-01-01T00:00:00Z', '2026-12-01T00:00:00Z', '&q=%25')).data, step).toEqual([]);
    }
    const first = await names('2026-01-01T00:00:00Z', '2026-12-01T00:00:00Z', '&q=c&page_size=2');
    expect(first).toMatchObject({ data: ['c1', 'c2'], meta: { page: 1, page_size: 2, has_more: true } });
    expect(first.links.prev).toBe(null);
    const second = (await adminViewer.send('GET', first.links.next ?? '')).json<typeof first>();
    expect(second).toMatchObject({ data: ['c3'], meta: { page: 2, page_size: 2, has_more: false } });
    expect(second.links).toMatchObject({ prev: first.links.self, next: null });
    for (const query of [
      '',
      '?filter[startTime][gte]=2026-01-01T00:00:00Z',
      `${first.links.self.slice(endpoint.length)}&page_size=101`,
    ]) {
      expect((await gateway.send('GET', endpoint + query)).status, query).toBe(422);
    }
    const times = 'filter[startTime][gte]=2026-02-01&filter[startTime][lte]=';
    for (const end of ['soon', '2026-01-01']) {
      expect((await gateway.send('GET', `${endpoint}?${times}${end}`)).status, end).toBe(400);
    }
    expect((await anna.send('GET', `${endpoint}?${times}2026-03-01`)).status).toBe(401);
  });

  test('activity counts requests and tokens by the day, within reach', async () => {
    const dates = 'start_date=2026-11-23&end_date=2026-11-25';
    expect(await read(null, `/global/activity?${dates}`)).toEqual({
      daily_data: [
        { date: 'Nov 23', api_requests: 1, total_tokens: 30 },
        { date: 'Nov 24', api_requests: 1, total_tokens: 30 },
        { date: 'Nov 25', api_requests: 3, total_tokens: 90 },
      ],
      sum_api_requests: 5,
      sum_total_tokens: 150,
    });
    expect(await read(ben, `/global/activity?${dates}`)).toMatchObject({ sum_api_requests: 1 });
    expect(await read(anna, `/global/activity/model?${dates}`)).toMatchObject([
      { model: 'gpt-4', sum_api_requests: 2 },
      { model: 'o3', sum_api_requests: 1 },
    ]);
    expect((await gateway.send('GET', '/global/activity?start_date=2026-11-23')).status).toBe(400);
  });

  test('reports add up by team, customer and key', async () => {
    const dates = 'start_date=2026-11-23&end_date=2026-11-25';
    const teams = await read<{ group_by_day: string; teams: { team_name: string; total_spend: number }[] }[]>(
      null,
      `/global/spend/report?${dates}`,
    );
    const cells = teams.map((day) => [
      day.group_by_day,
      Object.fromEntries(day.teams.map((team) => [team.team_name, team.total_spend])),
    ]);
    expect(cells).toEqual([
      ['2026-11-23T00:00:00', { Unassigned: 1 }],
      ['2026-11-24T00:00:00', { Developers: 8 }],
      ['2026-11-25T00:00:00', { Developers: 2, Unassigned: 4 }],
    ]);
    expect(await read(null, `/global/spend/report?${dates}&group_by=customer`)).toMatchObject([
      {
        customers: [
          {
            customer: 'c1',
            total_spend: 1,
            metadata: [{ model: 'gpt-4', spend: 1, total_tokens: 30, api_key: anna.keyHash }],
          },
        ],
      },
      { customers: [{ customer: 'c2', total_spend: 4 }] },
    ]);
    expect(await read(null, `/global/spend/report?${dates}&customer_id=c2&group_by=api_key`)).toMatchObject([
      { api_key: ben.keyHash, total_cost: 4 },
    ]);
    expect(await read(anna, `/global/spend/report?${dates}&group_by=api_key`)).toMatchObject([
      {
        api_key: anna.keyHash,
        total_cost: 3,
        model_details: [
          { model: 'o3', total_cost: 2 },
          { model: 'gpt-4', total_cost: 1 },
        ],
      },
    ]);
    expect(await read(anna, `/global/spend/report?${dates}&customer_id=c2`)).toEqual([]);
    expect((await anna.send('GET', `/global/spend/report?${dates}&internal_user_id=${ben.userId}`)).status).toBe(403);
    expect((await gateway.send('GET', `/global/spend/report?${dates}&group_by=planet`)).status).toBe(422);
  });

  test('daily activity of teams: all for their admins, one’s own part for members, nothing for others', async () => {
    const total = async (caller: Caller | null, query = '') =>
      (
        await read<{ metadata: { total_spend: number } }>(
          caller,
          `/team/daily/activity?start_date=2026-11-20&end_date=2026-11-25${query}`,
        )
      ).metadata.total_spend;
    expect(await total(null)).toBe(15);
    expect(await total(adminViewer, '&team_ids=dev')).toBe(10);
    expect(await total(adminViewer, '&exclude_team_ids=dev')).toBe(0);
    expect(await total(lead)).toBe(10);
    expect(await total(anna)).toBe(2);
    expect(await total(anna, '&team_ids=dev,dev')).toBe(2);
    expect(await total(ben)).toBe(0);
    expect(
      (await ben.send('GET', '/team/daily/activity?start_date=2026-11-20&end_date=2026-11-25&team_ids=dev')).status,
    ).toBe(403);
    const days = await read<{ results: { breakdown: { entities: object } }[] }>(
      null,
      '/team/daily/activity?start_date=2026-11-24&end_date=2026-11-24',
    );
    expect(Object.keys(days.results[0]?.breakdown.entities ?? {})).toEqual(['dev']);
  });

  test('daily activity of tags and customers is for admins', async () => {
    const range = 'start_date=2026-11-20&end_date=2026-11-25';
    type Activity = { metadata: { total_spend: number } };
    expect((await read<Activity>(adminViewer, `/tag/daily/activity?${range}&tags=b`)).metadata.total_spend).toBe(5);
    expect((await read<Activity>(null, `/customer/daily/activity?${range}&end_user_ids=c1`)).metadata.total_spend).toBe(
      1,
    );
    for (const path of ['/tag/daily/activity', '/customer/daily/activity']) {
      expect((await anna.send('GET', `${path}?${range}`)).status).toBe(401);
    }
  });

  test('what a request would cost is told by the price of the model', async () => {
    const post = (body: unknown) => anna.send('POST', '/spend/calculate', body);
    const messages = [{ role: 'user', content: 'Hello' }];
    expect((await post({ model: 'gpt-4o', messages })).json<{ cost: number }>().cost).toBeGreaterThan(0);
    const response = { model: 'gpt-4o', usage: { prompt_tokens: 1_000, completion_tokens: 100 } };
    expect((await post({ completion_response: response })).json()).toEqual({ cost: 0.0035 });
    // As such an answer would be charged: what was written to the prompt cache at its own price.
    const written = { prompt_tokens: 1_000, completion_tokens: 0, cache_creation_input_tokens: 400 };
    const claude = { model: 'anthropic/claude-sonnet-4-5', usage: written };
    expect((await post({ completion_response: claude })).json()).toEqual({ cost: 0.0033 });
    expect((await post({ model: 'demo', messages })).json<{ cost: number }>().cost).toBeGreaterThan(0);
    expect(errorOf(await post({ model: 'gpt-4o' }))).toMatchObject({
      status: 400,
      message: "Bad Request - messages must be provided if 'model' is provided",
    });
    expect(errorOf(await post({}))).toMatchObject({
      status: 400,
      message: "Bad Request - Either 'model' or 'completion_response' must be provided",
    });
    expect(errorOf(await post({ model: 'nobody/has-heard-of-it', messages })).status).toBe(400);
  });

  test('the spend of all keys and teams is reset by the master key alone', async () => {
    const admin = await makePerson(gateway, 'proxy_admin');
    const session = await signInAs(gateway, admin.email, testPassword);
    for (const key of [anna.key, adminViewer.key, session]) {
      const refused = await gateway.send('POST', '/global/spend/reset', { key });
      expect([401, 403], refused.text).toContain(refused.status);
    }
    expect(await read(null, `/spend/users?user_id=${anna.userId}`)).toMatchObject([{ spend: 1 }]);
    expect((await gateway.send('POST', '/global/spend/reset')).json()).toEqual({
      message: 'Spend for all API Keys and Teams reset successfully',
      status: 'success',
    });
    expect((await read<{ spend: number }[]>(null, '/spend/keys')).every((key) => key.spend === 0)).toBe(true);
    expect(await read(null, '/global/spend')).toEqual({ spend: 15, max_budget: 0 });
  });
});
