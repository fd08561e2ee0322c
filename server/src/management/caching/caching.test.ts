import { afterAll, beforeAll, expect, test } from 'vitest';
import { addRollups } from '../../ledger/add-rollups.ts';
import type { UsageRollupTable } from '../../ledger/ledger.table.ts';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { type Caller, makeCaller } from '../../testing/make-caller.ts';
import { startTestApp, type TestApp } from '../../testing/start-test-app.ts';
import { noUsage } from '../usage/index.ts';

interface CacheAnalytics {
  enabled: boolean;
  totals: Record<string, number>;
  buckets: { starts_at: string; label: string; totals: Record<string, number> }[];
  groups: { id: string; label: string; totals: Record<string, number> }[];
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
    await addRollups(gateway.storage.db, [
      rollup('2026-11-24T23:00:00Z', anna, {
        requests: 13,
        cache_hits: 4,
        cache_misses: 7,
        prompt_tokens: 1_000,
        cached_prompt_tokens: 300,
        completion_tokens: 1_020,
        cached_completion_tokens: 120,
        cache_read_input_tokens: 200,
        cache_creation_input_tokens: 50,
        saved_nano_usd: 5_000,
      }),
      rollup('2026-11-25T10:00:00Z', ben, {
        requests: 1,
        model_group: 'embed',
        endpoint: '/embeddings',
        prompt_tokens: 7,
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
    const { totals } = await analytics(anna);
    expect(totals).toEqual({
      requests: 13,
      eligible: 11,
      hits: 4,
      misses: 7,
      cached_prompt_tokens: 300,
      cached_completion_tokens: 120,
      saved_nano_usd: 5_000,
      // Those of the 1,000 that a provider read.
      input_tokens: 700,
      cache_read_input_tokens: 200,
      cache_creation_input_tokens: 50,
    });
  });

  test('users see their own, admins and admin viewers everything, in the day of the zone', async () => {
    expect((await analytics(anna)).totals['requests']).toBe(13);
    expect((await analytics(ben)).totals['requests']).toBe(1);
    const all = await analytics(adminViewer, '&group_by=key&granularity=hour');
    expect(all.totals['requests']).toBe(14);
    expect(all.buckets).toHaveLength(24);
    expect(all.buckets.reduce((sum, bucket) => sum + (bucket.totals['requests'] ?? 0), 0)).toBe(14);
    expect(all.groups.map((group) => [group.label, group.totals['requests']])).toEqual([
      ['prod-key', 13],
      [`sk-...${ben.key.slice(-4)}`, 1],
    ]);
    expect(
      (await anna.send('GET', `/cache/analytics?start_date=2026-11-25&end_date=2026-11-25&user_id=${ben.userId}`))
        .status,
    ).toBe(403);
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
      total_rows: 13,
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
