import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { addRollups, rollupSums } from '../../ledger/add-rollups.ts';
import type { RequestLogTable, UsageRollupTable } from '../../ledger/ledger.table.ts';
import { clearUsage } from '../../testing/clear-usage.ts';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { journalEntry } from '../../testing/journal-entry.ts';
import { type Caller, errorOf, makeCaller } from '../../testing/make-caller.ts';
import { startTestApp, type TestApp } from '../../testing/start-test-app.ts';
import type { DailyActivity } from './usage.contract.ts';
import { noUsage } from './usage-sums.ts';

const now = Date.parse('2026-11-25T15:10:30Z');
const quarterHourMs = 900_000;

type Metrics = Record<string, number>;
interface Usage {
  timezone: string;
  totals: Metrics;
  previous_totals: Metrics | null;
  buckets: { starts_at: string; label: string; totals: Metrics }[];
  groups: { id: string; label: string; totals: Metrics; series_spend_nano_usd: number[]; series_requests: number[] }[];
  last_activity_at: string | null;
}

function rollup(at: string | number, fields: Partial<UsageRollupTable> = {}): UsageRollupTable {
  const instant = typeof at === 'number' ? at : Date.parse(at);
  return {
    ...noUsage(),
    quarter_hour_at: Math.floor(instant / quarterHourMs) * quarterHourMs,
    key_hash: '',
    user_id: '',
    team_id: '',
    model: 'gpt-4-2026',
    model_group: 'gpt-4',
    provider: 'openai',
    endpoint: '/chat/completions',
    requests: 1,
    spend_nano_usd: 1,
    ...fields,
  };
}

/** An answer in the log: 10 and 20 tokens, the first after 100 ms and the last after 300. */
function logged(requestId: string, startedAt: number, fields: Partial<RequestLogTable> = {}): RequestLogTable {
  return journalEntry({
    request_id: requestId,
    key_hash: '',
    model_group: 'gpt-4',
    model: 'gpt-4-2026',
    completion_tokens: 20,
    spend_nano_usd: 37_500,
    started_at: startedAt,
    first_token_at: startedAt + 100,
    ended_at: startedAt + 300,
    ...fields,
  });
}

describeOnEachEngine('Usage', (openTestStorage) => {
  let gateway: TestApp;
  let anna: Caller;
  let ben: Caller;
  let adminViewer: Caller;

  beforeAll(async () => {
    gateway = await startTestApp({ storage: await openTestStorage(), now: () => now });
    anna = await makeCaller(gateway, 'internal_user');
    ben = await makeCaller(gateway, 'internal_user_viewer');
    adminViewer = await makeCaller(gateway, 'proxy_admin_viewer');
  });
  afterAll(() => gateway.close());
  beforeEach(async () => {
    await clearUsage(gateway.storage.db);
  });

  const record = (...rows: UsageRollupTable[]) => addRollups(gateway.storage.db, rows);
  const usageOf = async (caller: Caller | null, query: string): Promise<Usage> => {
    const path = `/usage?${query}`;
    const answer = await (caller ? caller.send('GET', path) : gateway.send('GET', path));
    expect(answer.status, answer.text).toBe(200);
    return answer.json<Usage>();
  };

  test('everybody sees their own usage, admins and admin viewers all of it', async () => {
    await record(
      rollup('2026-11-25T10:00:00Z', { user_id: anna.userId, key_hash: anna.keyHash, spend_nano_usd: 1 }),
      rollup('2026-11-25T10:00:00Z', { user_id: anna.userId, team_id: 'dev', spend_nano_usd: 2 }),
      rollup('2026-11-25T10:00:00Z', { user_id: ben.userId, spend_nano_usd: 4 }),
      rollup('2026-11-25T10:00:00Z', { spend_nano_usd: 8 }),
    );
    const spendOf = async (caller: Caller | null, query = '') =>
      (await usageOf(caller, `start_date=2026-11-25&end_date=2026-11-25${query}`)).totals['spend_nano_usd'];
    expect(await spendOf(anna)).toBe(3);
    expect(await spendOf(ben)).toBe(4);
    expect(await spendOf(adminViewer)).toBe(15);
    expect(await spendOf(null)).toBe(15);
    expect(await spendOf(null, `&user_id=${ben.userId}`)).toBe(4);
    expect(await spendOf(null, '&team_id=dev')).toBe(2);
    expect(await spendOf(anna, '&team_id=dev')).toBe(2);
    expect(await spendOf(ben, '&team_id=dev')).toBe(0);
    expect(await spendOf(ben, `&api_key=${anna.keyHash}`)).toBe(0);
    expect(await spendOf(anna, `&api_key=${anna.key}`)).toBe(1);
  });

  test('nobody but admins asks for somebody else’s usage', async () => {
    for (const path of ['/usage?', '/usage/requests?', '/user/daily/activity?', '/user/daily/activity/aggregated?']) {
      const answer = await anna.send('GET', `${path}start_date=2026-11-25&end_date=2026-11-25&user_id=${ben.userId}`);
      expect(answer.status, path).toBe(403);
      expect(answer.text).toContain('Non-admin users can only view their own spend data.');
    }
  });

  test('a key whose owner has no account sees no usage at all', async () => {
    const made = await gateway.send('POST', '/key/generate', { body: {} });
    const { key } = made.json<{ key: string }>();
    await record(rollup('2026-11-25T10:00:00Z'));
    for (const path of ['/usage', '/usage/requests', '/user/daily/activity', '/cache/analytics']) {
      const answer = await gateway.send('GET', `${path}?start_date=2026-11-25&end_date=2026-11-25`, { key });
      expect(answer.status, path).toBe(401);
    }
  });

  test('the day of Berlin on which the clocks go back has 25 hours of usage', async () => {
    // 23:45 the day before, the first and the last quarter of the day, and the first of the day after.
    await record(
      rollup('2026-10-24T21:45:00Z', { spend_nano_usd: 1 }),
      rollup('2026-10-24T22:00:00Z', { spend_nano_usd: 10 }),
      rollup('2026-10-25T22:45:00Z', { spend_nano_usd: 100 }),
      rollup('2026-10-25T23:00:00Z', { spend_nano_usd: 1_000 }),
    );
    const days = await usageOf(null, 'start_date=2026-10-24&end_date=2026-10-26&timezone=Europe/Berlin');
    expect(days.buckets.map((bucket) => [bucket.label, bucket.totals['spend_nano_usd']])).toEqual([
      ['2026-10-24', 1],
      ['2026-10-25', 110],
      ['2026-10-26', 1_000],
    ]);
    const hours = await usageOf(
      null,
      'start_date=2026-10-25&end_date=2026-10-25&timezone=Europe/Berlin&granularity=hour',
    );
    expect(hours.buckets).toHaveLength(25);
    expect(hours.totals['spend_nano_usd']).toBe(110);
  });

  test('a day in India begins at half past six in the evening of UTC', async () => {
    await record(
      rollup('2026-11-24T18:15:00Z', { spend_nano_usd: 1 }),
      rollup('2026-11-24T18:30:00Z', { spend_nano_usd: 10 }),
      rollup('2026-11-25T18:15:00Z', { spend_nano_usd: 100 }),
      rollup('2026-11-25T18:30:00Z', { spend_nano_usd: 1_000 }),
    );
    const day = await usageOf(null, 'start_date=2026-11-25&end_date=2026-11-25&timezone=Asia/Kolkata');
    expect(day.buckets).toMatchObject([{ starts_at: '2026-11-24T18:30:00.000Z', totals: { spend_nano_usd: 110 } }]);
  });

  test('totals, buckets, groups and series are the same sums, whatever the zone and the group', async () => {
    const zones = [
      ...['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'America/St_Johns', 'America/Los_Angeles'],
      ...['Australia/Lord_Howe', 'Pacific/Auckland', 'Pacific/Chatham', 'Pacific/Kiritimati'],
    ];
    const row = fc.record({
      // Around the change of the clocks in Europe and, three weeks before, on Lord Howe Island.
      quarter: fc.integer({ min: 0, max: 30 * 96 }),
      key_hash: fc.constantFrom('', 'key-1', 'key-2'),
      user_id: fc.constantFrom('', 'user-1', 'user-2'),
      team_id: fc.constantFrom('', 'team-1'),
      model_group: fc.constantFrom('gpt-4', 'o3'),
      sums: fc.array(fc.integer({ min: 0, max: 4_000_000_000 }), {
        minLength: rollupSums.length,
        maxLength: rollupSums.length,
      }),
    });
    const identity = (r: {
      quarter: number;
      key_hash: string;
      user_id: string;
      team_id: string;
      model_group: string;
    }) => [r.quarter, r.key_hash, r.user_id, r.team_id, r.model_group].join();
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(row, { maxLength: 40, selector: identity }),
        fc.constantFrom(...zones),
        fc.constantFrom('model', 'provider', 'key', 'user', 'team', 'endpoint'),
        fc.constantFrom('hour', 'day'),
        async (rows, zone, group, granularity) => {
          await clearUsage(gateway.storage.db);
          const first = Date.parse('2026-10-01T00:00:00Z');
          const stored = rows.map(({ quarter, sums, ...ids }) =>
            rollup(first + quarter * quarterHourMs, {
              ...ids,
              ...Object.fromEntries(rollupSums.map((name, index) => [name, sums[index] ?? 0])),
            }),
          );
          if (stored.length > 0) await record(...stored);
          const usage = await usageOf(
            null,
            `start_date=2026-10-03&end_date=2026-10-28&timezone=${zone}&group_by=${group}&granularity=${granularity}`,
          );
          // The same question, answered row by row with nothing but the calendar of the runtime.
          const calendar = new Intl.DateTimeFormat('en-CA', { timeZone: zone });
          const inRange = stored.filter((r) => {
            const day = calendar.format(r.quarter_hour_at);
            return day >= '2026-10-03' && day <= '2026-10-28';
          });
          for (const name of Object.keys(usage.totals)) {
            const total = usage.totals[name] ?? 0;
            expect(total).toBe(inRange.reduce((sum, r) => sum + r[name as 'requests'], 0));
            expect(usage.buckets.reduce((sum, bucket) => sum + (bucket.totals[name] ?? 0), 0)).toBe(total);
            expect(usage.groups.reduce((sum, entry) => sum + (entry.totals[name] ?? 0), 0)).toBe(total);
          }
          for (const bucket of usage.buckets) {
            const index = usage.buckets.indexOf(bucket);
            const series = usage.groups.reduce((sum, entry) => sum + (entry.series_spend_nano_usd[index] ?? 0), 0);
            expect(series).toBe(bucket.totals['spend_nano_usd']);
            const day = inRange.filter((r) => calendar.format(r.quarter_hour_at) === bucket.label);
            if (granularity === 'day') {
              expect(bucket.totals['requests']).toBe(day.reduce((sum, r) => sum + r.requests, 0));
            }
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  test('groups carry the names of keys, users and teams, largest spend first', async () => {
    await gateway.send('POST', '/team/new', { body: { team_id: 'dev', team_alias: 'Developers' } });
    await gateway.send('POST', '/key/update', { body: { key: anna.keyHash, key_alias: 'anna-laptop' } });
    await record(
      rollup('2026-11-25T10:00:00Z', {
        user_id: anna.userId,
        key_hash: anna.keyHash,
        team_id: 'dev',
        spend_nano_usd: 5,
      }),
      rollup('2026-11-25T10:15:00Z', { user_id: 'gone', key_hash: 'gone-key', spend_nano_usd: 9 }),
      rollup('2026-11-25T10:30:00Z', { key_hash: 'litellm_proxy_master_key', spend_nano_usd: 1 }),
    );
    const labels = async (group: string) =>
      (await usageOf(null, `start_date=2026-11-25&end_date=2026-11-25&group_by=${group}`)).groups.map(
        (entry) => entry.label,
      );
    expect(await labels('key')).toEqual(['gone-key', 'anna-laptop', 'Master key']);
    expect(await labels('user')).toEqual(['gone', anna.email, '']);
    expect(await labels('team')).toEqual(['', 'Developers']);
    expect(await labels('model')).toEqual(['gpt-4']);
    expect(await labels('none')).toEqual([]);
  });

  test('of a team is all of it for its admins and those whom it lets see that, for others their own part', async () => {
    const member = (caller: Caller, role: string) => ({ user_id: caller.userId, role });
    const members_with_roles = [member(anna, 'admin'), member(ben, 'user')];
    await gateway.send('POST', '/team/new', { body: { team_id: 'led', members_with_roles } });
    const permissions = ['/team/daily/activity'];
    const open = { team_id: 'open', members_with_roles: [member(ben, 'user')], team_member_permissions: permissions };
    await gateway.send('POST', '/team/new', { body: open });
    await record(
      rollup('2026-11-25T10:00:00Z', { team_id: 'led', key_hash: 'bot', spend_nano_usd: 2 }),
      rollup('2026-11-25T10:00:00Z', { team_id: 'led', user_id: ben.userId, key_hash: 'b', spend_nano_usd: 3 }),
      rollup('2026-11-25T10:00:00Z', { team_id: 'open', key_hash: 'bot', spend_nano_usd: 5 }),
      rollup('2026-11-25T10:00:00Z', { user_id: ben.userId, key_hash: 'b', spend_nano_usd: 7 }),
    );
    const spendIn = async (caller: Caller | null, more: string) =>
      (await usageOf(caller, `start_date=2026-11-25&end_date=2026-11-25&${more}`)).totals['spend_nano_usd'];
    expect(await spendIn(anna, 'team_id=led')).toBe(5);
    expect(await spendIn(anna, `team_id=led&user_id=${ben.userId}`)).toBe(3);
    expect(await spendIn(anna, 'team_id=led&group_by=key')).toBe(5);
    expect(await spendIn(anna, 'team_id=open')).toBe(0);
    expect(await spendIn(anna, '')).toBe(0);
    expect(await spendIn(ben, 'team_id=led')).toBe(3);
    expect(await spendIn(ben, 'team_id=open')).toBe(5);
    expect(await spendIn(null, 'team_id=led')).toBe(5);
  });

  test('the range before is compared, and is nothing where nothing was recorded', async () => {
    await record(
      rollup('2026-11-22T23:45:00Z', { spend_nano_usd: 7 }),
      rollup('2026-11-23T00:00:00Z', { spend_nano_usd: 5 }),
      rollup('2026-11-20T23:45:00Z', { spend_nano_usd: 3 }),
    );
    const range = 'start_date=2026-11-23&end_date=2026-11-24';
    expect((await usageOf(null, range)).previous_totals).toMatchObject({ spend_nano_usd: 7, requests: 1 });
    expect((await usageOf(anna, range)).previous_totals).toBeNull();
  });

  test('the last activity is that of the caller, to the millisecond', async () => {
    const rows = [
      logged('r1', now - 1_000, { user_id: ben.userId }),
      logged('r2', now - 5_000, { user_id: anna.userId }),
    ];
    await gateway.storage.db.insertInto('request_logs').values(rows).execute();
    const range = 'start_date=2026-01-01&end_date=2026-01-01';
    expect((await usageOf(anna, range)).last_activity_at).toBe(new Date(now - 5_000).toISOString());
    expect((await usageOf(null, range)).last_activity_at).toBe(new Date(now - 1_000).toISOString());
    expect((await usageOf(null, `${range}&model=o3`)).last_activity_at).toBeNull();
  });

  test.each([
    ['start_date=2026-11-25&end_date=2026-11-24', 400],
    ['start_date=2026-02-30&end_date=2026-03-01', 400],
    ['start_date=2026-11-25&end_date=2026-11-25&timezone=Nowhere', 400],
    ['start_date=2025-01-01&end_date=2026-11-25', 400],
    ['start_date=2026-01-01&end_date=2026-02-25&granularity=hour', 400],
    ['start_date=2026-11-25', 422],
  ])('a range that makes no sense is refused: %s', async (query, status) => {
    expect((await gateway.send('GET', `/usage?${query}`)).status).toBe(status);
  });

  test('requests are listed newest first, page by page, own or all', async () => {
    const rows = Array.from({ length: 25 }, (_, index) =>
      // Five at a time in one millisecond.
      logged(`r${String(index).padStart(2, '0')}`, now - 1_000 + Math.floor(index / 5), {
        user_id: index % 2 === 0 ? anna.userId : ben.userId,
        key_hash: index % 2 === 0 ? anna.keyHash : '',
      }),
    );
    await gateway.storage.db.insertInto('request_logs').values(rows).execute();
    const ids = async (caller: Caller | null, query: string) => {
      const found: string[] = [];
      for (let next: string | null = ''; next !== null; ) {
        const path: string = `/usage/requests?limit=4${query}${next === '' ? '' : `&before=${next}`}`;
        const answer = await (caller ? caller.send('GET', path) : gateway.send('GET', path));
        expect(answer.status, answer.text).toBe(200);
        const page: { requests: { request_id: string }[]; next: string | null } = answer.json();
        found.push(...page.requests.map((request) => request.request_id));
        next = page.next;
      }
      return found;
    };
    const newestFirst = rows.map((row) => row.request_id).reverse();
    expect(await ids(null, '')).toEqual(newestFirst);
    expect(await ids(adminViewer, '')).toEqual(newestFirst);
    const annas = newestFirst.filter((id) => Number(id.slice(1)) % 2 === 0);
    expect(await ids(anna, '')).toEqual(annas);
    expect(await ids(null, `&user_id=${anna.userId}`)).toEqual(annas);
    expect(await ids(null, `&api_key=${anna.key}`)).toEqual(annas);
    expect(await ids(null, `&api_key=${anna.keyHash}`)).toEqual(annas);
    expect(await ids(null, '&api_key=anna-laptop')).toEqual(annas);
    expect(await ids(anna, '&api_key=anna-laptop')).toEqual(annas);
    for (const name of [anna.key, anna.keyHash, 'anna-laptop']) expect(await ids(ben, `&api_key=${name}`)).toEqual([]);
    expect(await ids(null, '&api_key=no-such-alias')).toEqual([]);
    expect(errorOf(await gateway.send('GET', '/usage/requests?before=elsewhere')).param).toBe('before');
    expect((await gateway.send('GET', '/usage/requests?limit=201')).status).toBe(422);
  });

  test('requests of a key whose secret was replaced are found by either secret, and named by what it is called now', async () => {
    const owner = await makeCaller(gateway, 'internal_user');
    const key_alias = `replaced-${owner.userId}`;
    const regenerated = await gateway.send('POST', '/key/regenerate', { body: { key: owner.key, key_alias } });
    const { key: newer, token } = regenerated.json<{ key: string; token: string }>();
    const rows = Array.from({ length: 9 }, (_, index) =>
      logged(`replaced-${index}`, now - 1_000 + index, { key_hash: index % 2 === 0 ? owner.keyHash : token }),
    );
    await gateway.storage.db.insertInto('request_logs').values(rows).execute();
    for (const name of [owner.key, owner.keyHash, newer, token, key_alias]) {
      const answer = await gateway.send('GET', `/usage/requests?limit=4&api_key=${name}`);
      const { requests, next } = answer.json<{ requests: Record<string, unknown>[]; next: string }>();
      expect(requests.map((request) => request['request_id'])).toEqual([8, 7, 6, 5].map((n) => `replaced-${n}`));
      expect(requests.map((request) => request['key_alias'])).toEqual([key_alias, key_alias, key_alias, key_alias]);
      const rest = await gateway.send('GET', `/usage/requests?api_key=${name}&before=${next}`);
      expect(rest.json<{ requests: unknown[] }>().requests).toHaveLength(5);
    }
  });

  test('a request is shown with names, times and cost, and without its text', async () => {
    await gateway.storage.db
      .insertInto('request_logs')
      .values(logged('r1', now, { user_id: anna.userId, key_hash: anna.keyHash }))
      .execute();
    const answer = await anna.send('GET', '/usage/requests');
    expect(answer.json<{ requests: unknown[] }>().requests).toEqual([
      {
        request_id: 'r1',
        started_at: '2026-11-25T15:10:30.000Z',
        status: 'success',
        http_status: 200,
        error_message: null,
        model_group: 'gpt-4',
        key_name: `sk-...${anna.key.slice(-4)}`,
        key_alias: 'anna-laptop',
        key_hash: anna.keyHash,
        user_id: anna.userId,
        user_email: anna.email,
        prompt_tokens: 10,
        completion_tokens: 20,
        spend_nano_usd: 37_500,
        duration_ms: 300,
        time_to_first_token_ms: 100,
        cache_status: 'off',
      },
    ]);
  });

  test('daily activity has the documented shape, newest day first, and adds up', async () => {
    await record(
      rollup('2026-11-23T10:00:00Z', {
        user_id: anna.userId,
        key_hash: anna.keyHash,
        spend_nano_usd: 37_500,
        prompt_tokens: 10,
        completion_tokens: 20,
      }),
      rollup('2026-11-25T10:00:00Z', {
        user_id: anna.userId,
        key_hash: anna.keyHash,
        requests: 4,
        failed_requests: 1,
        spend_nano_usd: 120_000_000,
      }),
      rollup('2026-11-25T10:00:00Z', { model_group: 'o3', model: 'o3-2026', spend_nano_usd: 5 }),
    );
    const path = '/user/daily/activity?start_date=2026-11-20&end_date=2026-11-25';
    const activity = (await gateway.send('GET', path)).json<DailyActivity>();
    expect(activity.results.map((day) => day.date)).toEqual(['2026-11-25', '2026-11-23']);
    const [newest, older] = activity.results;
    expect(older?.metrics).toEqual({
      spend: 0.0000375,
      prompt_tokens: 10,
      completion_tokens: 20,
      cache_read_input_tokens: 0,
      cache_creation_input_tokens: 0,
      total_tokens: 30,
      successful_requests: 1,
      failed_requests: 0,
      api_requests: 1,
    });
    expect(newest?.breakdown.models['gpt-4-2026']?.metrics).toMatchObject({
      api_requests: 4,
      successful_requests: 3,
      spend: 0.12,
    });
    expect(newest?.breakdown.models['gpt-4-2026']?.api_key_breakdown?.[anna.keyHash]?.metadata).toEqual({
      key_alias: 'anna-laptop',
      team_id: null,
    });
    expect(Object.keys(newest?.breakdown.entities ?? {}).sort()).toEqual(['Unassigned', anna.userId].sort());
    expect(activity.metadata).toMatchObject({
      total_spend: 0.120037505,
      total_api_requests: 6,
      page: 1,
      total_pages: 1,
      has_more: false,
    });
    const second = (await gateway.send('GET', `${path}&page=2`)).json<DailyActivity>();
    expect([second.results, second.metadata.total_spend]).toEqual([[], 0]);
    const own = (await anna.send('GET', path)).json<DailyActivity>();
    expect(own.metadata.total_api_requests).toBe(5);
  });

  test('daily activity takes the offset that a browser reports, or a zone’s name', async () => {
    await record(rollup('2026-11-25T05:00:00Z'));
    for (const zone of ['480', 'America/Los_Angeles']) {
      const path = `/user/daily/activity?start_date=2026-11-24&end_date=2026-11-25&timezone=${zone}`;
      const { results } = (await gateway.send('GET', path)).json<DailyActivity>();
      expect(results.map((day) => day.date)).toEqual(['2026-11-24']);
    }
  });

  test('daily activity without dates is refused in the contract’s words', async () => {
    const answer = await anna.send('GET', '/user/daily/activity');
    expect(answer.status).toBe(400);
    expect(answer.json()).toEqual({ detail: { error: 'Please provide start_date and end_date' } });
  });
});
