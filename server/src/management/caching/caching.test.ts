import { afterAll, beforeAll, expect, test } from 'vitest';
import type * as z from 'zod/mini';
import { addRollups } from '../../ledger/add-rollups.ts';
import type { UsageRollupTable } from '../../ledger/ledger.table.ts';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { type Caller, makeCaller } from '../../testing/make-caller.ts';
import { startTestApp, type TestApp } from '../../testing/start-test-app.ts';
import { noUsage } from '../usage/index.ts';
import type { getCacheAnalytics as endpoint } from './caching.contract.ts';

type CacheAnalytics = z.infer<(typeof endpoint)['result']>;
type Metrics = CacheAnalytics['totals'];

/** Adds numbers up, however deep they stand; rates are no sums and are left out. */
function sumOf(parts: readonly Metrics[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { response_cache, prompt_cache, ...whole } of parts) {
    const { hit_rate: _hitRate, ...response } = response_cache;
    const { read_share: _readShare, ...prompt } = prompt_cache;
    for (const [name, value] of Object.entries({ ...whole, ...response, ...prompt })) {
      sums[name] = (sums[name] ?? 0) + value;
    }
  }
  return sums;
}

describeOnEachEngine('Caching analytics', (openTestStorage) => {
  let gateway: TestApp;
  let anna: Caller;
  let ben: Caller;
  let adminViewer: Caller;

  const rollup = (at: string, owner: Caller, fields: Partial<UsageRollupTable>): UsageRollupTable => ({
    quarter_hour_at: Date.parse(at),
    key_hash: owner.keyHash,
    user_id: owner.userId,
    team_id: '',
    model: 'gpt-4-2026',
    model_group: 'gpt-4',
    provider: 'openai',
    endpoint: '/chat/completions',
    ...noUsage(),
    ...fields,
  });

  beforeAll(async () => {
    gateway = await startTestApp({ storage: await openTestStorage() });
    anna = await makeCaller(gateway, 'internal_user');
    ben = await makeCaller(gateway, 'internal_user_viewer');
    adminViewer = await makeCaller(gateway, 'proxy_admin_viewer');
    await gateway.send('POST', '/key/update', { body: { key: anna.key, key_alias: 'prod-key' } });
    const members = [
      { user_id: anna.userId, role: 'admin' },
      { user_id: ben.userId, role: 'user' },
    ];
    await gateway.send('POST', '/team/new', { body: { team_id: 'red', members_with_roles: members } });
    await addRollups(gateway.storage.db, [
      rollup('2026-11-24T23:00:00Z', anna, {
        requests: 20,
        cache_hits: 4,
        cache_misses: 7,
        stale_cache_misses: 2,
        cache_bypasses: 3,
        uncacheable_requests: 1,
        prompt_tokens: 1_000,
        cached_prompt_tokens: 300,
        completion_tokens: 1_020,
        cached_completion_tokens: 120,
        cache_read_input_tokens: 200,
        cache_creation_input_tokens: 50,
        unreported_input_tokens: 60,
        saved_nano_usd: 5_000,
        saved_ms: 2_400,
        spend_nano_usd: 9_000,
        prompt_cache_saved_nano_usd: 540,
        prompt_cache_premium_nano_usd: 37,
      }),
      rollup('2026-11-25T10:00:00Z', anna, {
        requests: 1,
        team_id: 'red',
        provider: 'anthropic',
        prompt_tokens: 500,
        cache_creation_input_tokens: 400,
        prompt_cache_premium_nano_usd: 3_000,
      }),
      rollup('2026-11-25T10:00:00Z', ben, {
        requests: 1,
        model_group: 'embed',
        endpoint: '/embeddings',
        team_id: 'red',
        provider: 'mistral',
        prompt_tokens: 7,
        unreported_input_tokens: 7,
        uncacheable_requests: 1,
      }),
      rollup('2026-11-26T00:00:00Z', ben, { requests: 100 }),
    ]);
  });
  afterAll(() => gateway.close());

  const analytics = async (caller: Caller, query = ''): Promise<CacheAnalytics> => {
    const answer = await caller.send(
      'GET',
      `/cache/analytics?start_date=2026-11-25&end_date=2026-11-25&timezone=Europe/Berlin${query}`,
    );
    expect(answer.status, answer.text).toBe(200);
    return answer.json<CacheAnalytics>();
  };

  test('the response cache and the providers’ prompt caches are counted apart', async () => {
    const { totals } = await analytics(anna, '&group_by=team');
    expect(totals).toEqual({
      requests: 21,
      spend_nano_usd: 9_000,
      response_cache: {
        eligible: 11,
        hits: 4,
        misses: 7,
        stale: 2,
        bypassed: 3,
        not_cacheable: 1,
        off: 6,
        hit_rate: 4 / 11,
        prompt_tokens_saved: 300,
        completion_tokens_saved: 120,
        saved_nano_usd: 5_000,
        saved_ms: 2_400,
      },
      prompt_cache: {
        // Those of the 1,500 that a provider read.
        input_tokens: 1_200,
        uncached_input_tokens: 490,
        cache_creation_input_tokens: 450,
        cache_read_input_tokens: 200,
        not_reported_input_tokens: 60,
        read_share: 200 / 1_140,
        read_saving_nano_usd: 540,
        write_premium_nano_usd: 3_037,
        net_saved_nano_usd: 540 - 3_037,
      },
    });
  });

  test('what nobody knows is null, and not 0', async () => {
    const { totals, not_reported_by } = await analytics(ben);
    expect(totals).toMatchObject({
      requests: 1,
      response_cache: { eligible: 0, hits: 0, hit_rate: null, not_cacheable: 1, off: 0 },
      prompt_cache: { input_tokens: 7, not_reported_input_tokens: 7, uncached_input_tokens: 0, read_share: null },
    });
    expect(not_reported_by).toEqual(['mistral']);
    expect((await analytics(anna, '&model=embed')).not_reported_by).toEqual([]);
    // The largest part first.
    expect((await analytics(adminViewer)).not_reported_by).toEqual(['openai', 'mistral']);
  });

  test.each(['model', 'key', 'user', 'team'])(
    'the parts add up to the whole: buckets, and groups by %s',
    async (dimension) => {
      for (const caller of [anna, ben, adminViewer]) {
        const { totals, buckets, groups, rest } = await analytics(caller, `&group_by=${dimension}&granularity=hour`);
        const whole = sumOf([totals]);
        expect(sumOf(buckets.map((bucket) => bucket.totals))).toEqual(whole);
        expect(sumOf([...groups.map((group) => group.totals), ...(rest ? [rest] : [])])).toEqual(whole);
        for (const { requests, response_cache: response, prompt_cache: prompt } of groups.map((one) => one.totals)) {
          expect(response.eligible + response.bypassed + response.not_cacheable + response.off).toBe(requests);
          expect(response.hits + response.misses).toBe(response.eligible);
          expect(
            prompt.uncached_input_tokens +
              prompt.cache_creation_input_tokens +
              prompt.cache_read_input_tokens +
              prompt.not_reported_input_tokens,
          ).toBe(prompt.input_tokens);
        }
      }
    },
  );

  test('users see their own, admins and admin viewers everything, in the day of the zone', async () => {
    expect((await analytics(anna)).totals.requests).toBe(21);
    expect((await analytics(ben)).totals.requests).toBe(1);
    const all = await analytics(adminViewer, '&group_by=key&granularity=hour');
    expect(all.totals.requests).toBe(22);
    expect(all.buckets).toHaveLength(24);
    expect(all.groups.map((group) => [group.label, group.totals.requests])).toEqual([
      ['prod-key', 21],
      [`sk-...${ben.key.slice(-4)}`, 1],
    ]);
    expect(
      (await anna.send('GET', `/cache/analytics?start_date=2026-11-25&end_date=2026-11-25&user_id=${ben.userId}`))
        .status,
    ).toBe(403);
  });

  test('filters narrow to a model, a key and a team; of a team its admins see all, its members their own', async () => {
    expect((await analytics(adminViewer, '&model=embed')).totals.requests).toBe(1);
    expect((await analytics(adminViewer, `&api_key=${anna.keyHash}&model=gpt-4`)).totals.requests).toBe(21);
    expect((await analytics(anna, `&api_key=${ben.keyHash}`)).totals.requests).toBe(0);
    const { totals } = await analytics(adminViewer, '&team_id=red');
    expect([totals.requests, totals.prompt_cache.net_saved_nano_usd]).toEqual([2, -3_000]);
    expect((await analytics(anna, '&team_id=red')).totals.requests).toBe(2);
    expect((await analytics(ben, '&team_id=red')).totals.requests).toBe(1);
  });

  test.each([
    ['a day that is none', 400, 'start_date=2026-13-01&end_date=2026-11-25'],
    ['an end before the beginning', 400, 'start_date=2026-11-26&end_date=2026-11-25'],
    ['another granularity', 422, 'start_date=2026-11-25&end_date=2026-11-25&granularity=week'],
    ['another dimension', 422, 'start_date=2026-11-25&end_date=2026-11-25&group_by=provider'],
    ['a zone that is none', 400, 'start_date=2026-11-25&end_date=2026-11-25&timezone=Mars/Olympus'],
  ])('%s is refused with %i', async (_what, status, query) => {
    expect((await anna.send('GET', `/cache/analytics?${query}`)).status).toBe(status);
  });

  test('it is told whether the response cache is on', async () => {
    expect((await analytics(anna)).enabled).toBe(gateway.app.parts.settings.cache.enabled);
  });

  test('cache hits have the documented shape, own rows for users and all for admins', async () => {
    const path = '/global/activity/cache_hits?start_date=2026-11-24&end_date=2026-11-25';
    const annas = {
      api_key: 'prod-key',
      call_type: 'acompletion',
      model: 'gpt-4',
      total_rows: 21,
      cache_hit_true_rows: 4,
      cached_completion_tokens: 120,
      generated_completion_tokens: 900,
    };
    const bens = {
      api_key: 'Unnamed Key',
      call_type: 'aembedding',
      model: 'embed',
      total_rows: 1,
      cache_hit_true_rows: 0,
      cached_completion_tokens: 0,
      generated_completion_tokens: 0,
    };
    expect((await anna.send('GET', path)).json()).toEqual([annas]);
    expect((await ben.send('GET', path)).json()).toEqual([bens]);
    expect((await adminViewer.send('GET', path)).json()).toEqual([bens, annas]);
  });

  test('cache hits without dates are refused in the contract’s words', async () => {
    const answer = await anna.send('GET', '/global/activity/cache_hits?start_date=2026-11-24');
    expect([answer.status, answer.json()]).toEqual([
      400,
      { detail: { error: 'Please provide start_date and end_date' } },
    ]);
  });
});
