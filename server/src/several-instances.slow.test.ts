import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Settings } from './config/settings.ts';
import { makePersonalKey, makeTeamKey, post } from './testing/make-key.ts';
import { makePerson } from './testing/make-person.ts';
import { eventually, type Instances, startInstances } from './testing/start-instances.ts';
import { startProxy, type TestProxy } from './testing/start-proxy.ts';
import { type TestApp, testDeployment } from './testing/start-test-app.ts';
import { chat, type FakeUpstream, startUpstream, usageOf } from './testing/upstream.ts';

const redis = () => ({ url: inject('redisUrl') ?? '' });

/** How instances hear of each other, and how soon one has to obey what was changed on another. Milliseconds. */
const ways: readonly { name: string; settings: () => Partial<Settings>; obeysWithinMs: number }[] = [
  { name: 'by notifications of PostgreSQL', settings: () => ({ recordsStaleAfterMs: 600_000 }), obeysWithinMs: 2_000 },
  {
    name: 'by Redis',
    settings: () => ({ redis: redis(), postgresFeed: false, recordsStaleAfterMs: 600_000 }),
    obeysWithinMs: 2_000,
  },
  {
    name: 'without hearing of each other, when their records grow stale',
    settings: () => ({ postgresFeed: false, recordsStaleAfterMs: 1_000 }),
    obeysWithinMs: 3_000,
  },
];

describe.each(ways)('Two instances on one database, $name', ({ settings, obeysWithinMs }) => {
  let upstream: FakeUpstream;
  let instances: Instances;
  let one: TestApp;
  let other: TestApp;

  beforeAll(async () => {
    upstream = await startUpstream();
    const prices = { input_cost_per_token: '0.01', output_cost_per_token: '0.01' };
    const models = [testDeployment('gpt', upstream.url), testDeployment('dear', upstream.url, { prices })];
    const cache: Settings['cache'] = {
      enabled: true,
      mode: 'default_off',
      ttlMs: null,
      maxBytes: 1_000_000,
      namespace: null,
      callTypes: ['acompletion'],
    };
    instances = await startInstances({ demoMode: false, models, cache, ...settings() });
    ({ one, other } = instances);
  });
  afterAll(async () => {
    await instances.close();
    await upstream.close();
  });

  const ask = (key: string, more: Record<string, unknown> = {}) =>
    other.send('POST', '/v1/chat/completions', {
      key,
      body: { model: 'gpt', messages: [{ role: 'user', content: 'Hello' }], ...more },
    });

  /** Calls on the other instance until it answers with this status. */
  async function obeys(key: string, status: number, more: Record<string, unknown> = {}): Promise<string> {
    let text = '';
    await eventually(async () => {
      const answer = await ask(key, more);
      text = answer.text;
      return answer.status === status;
    }, obeysWithinMs);
    return text;
  }

  /** The other instance knows the key, and lets it in. */
  async function isLetIn(key: string, more: Record<string, unknown> = {}): Promise<void> {
    const answer = await ask(key, more);
    expect(answer.status, answer.text).toBe(200);
  }

  test('a setting of the config file that is set on one is obeyed by the other, and taken back', async () => {
    const { key } = await makePersonalKey(one);
    await isLetIn(key);
    await post(one, '/config/update', { general_settings: { global_max_parallel_requests: 0 } });
    expect(await obeys(key, 429)).toContain('max_parallel_requests');
    await post(one, '/config/field/delete', { field_name: 'global_max_parallel_requests' });
    await obeys(key, 200);
  });

  test('a model that is blocked on one is refused by the other, and served again', async () => {
    const { key } = await makePersonalKey(one);
    await isLetIn(key);
    await post(one, '/model/block', { model_id: 'test-gpt' });
    expect(await obeys(key, 403)).toContain('model_blocked');
    await post(one, '/model/unblock', { model_id: 'test-gpt' });
    await obeys(key, 200);
  });

  test('a key that is blocked on one is refused by the other, and let in again', async () => {
    const { key } = await makePersonalKey(one);
    await isLetIn(key);
    await post(one, '/key/block', { key });
    expect(await obeys(key, 401)).toContain('blocked');
    await post(one, '/key/unblock', { key });
    await obeys(key, 200);
  });

  test('a key that is deleted, or whose secret is replaced, is refused; a new one is known, though it was asked for before', async () => {
    const { key } = await makePersonalKey(one);
    await isLetIn(key);
    const fresh = 'sk-chosen-by-a-person-0123456789';
    expect((await ask(fresh)).status).toBe(401);
    const replaced = await post(one, '/key/regenerate', { key, new_key: fresh });
    expect(replaced['key']).toBe(fresh);
    await obeys(key, 401);
    await obeys(fresh, 200);
    await post(one, '/key/delete', { keys: [fresh] });
    await obeys(fresh, 401);
  });

  test('budgets that are changed on one hold on the other: of keys, people, teams and members', async () => {
    const personal = await makePersonalKey(one);
    const team = await makeTeamKey(one);
    const { key } = personal;
    await isLetIn(key);
    await isLetIn(team.key);
    await post(one, '/key/update', { key, max_budget: 0 });
    expect(await obeys(key, 422)).toContain('Key=');
    await post(one, '/key/update', { key, max_budget: 5 });
    await obeys(key, 200);
    await post(one, '/user/update', { user_id: personal.userId, max_budget: 0 });
    expect(await obeys(key, 422)).toContain('User=');
    await post(one, '/team/update', { team_id: team.teamId, max_budget: 0 });
    expect(await obeys(team.key, 422)).toContain('Team=');
    await post(one, '/team/update', { team_id: team.teamId, max_budget: 5 });
    await obeys(team.key, 200);
    const member = { team_id: team.teamId, user_id: team.userId };
    await post(one, '/team/member_update', { ...member, max_budget_in_team: 0 });
    expect(await obeys(team.key, 422)).toContain('TeamMember=');
  });

  test('what is spent on one is spent on the other', async () => {
    const { key } = await makePersonalKey(one, { key: { max_budget: 0.1 } });
    await isLetIn(key);
    // Twelve cents, where the other instance's own calls cost thousandths of one.
    const body = { model: 'dear', messages: [{ role: 'user', content: 'Hello' }] };
    expect((await one.send('POST', '/v1/chat/completions', { key, body })).status).toBe(200);
    expect(await obeys(key, 422)).toMatch(/Budget has been exceeded.*Current cost: 0\.12/);
    // What is folded after a reset counts from there.
    await Promise.all([one.flush(), other.flush()]);
    await post(one, `/key/${key}/reset_spend`, { reset_to: 0 });
    await obeys(key, 200);
  });

  test('people who are deleted or disabled have no keys any more, and members of a team no keys of the team', async () => {
    const deleted = await makePersonalKey(one);
    const disabled = await makePersonalKey(one);
    const removed = await makeTeamKey(one);
    for (const { key } of [deleted, disabled, removed]) await isLetIn(key);
    await post(one, '/user/delete', { user_ids: [deleted.userId] });
    await obeys(deleted.key, 401);
    await post(one, '/user/disable', { user_ids: [disabled.userId] });
    await obeys(disabled.key, 401);
    await post(one, '/team/member_delete', { team_id: removed.teamId, user_id: removed.userId });
    await obeys(removed.key, 401);
  });

  test('a team that is blocked or deleted on one has no keys on the other', async () => {
    const { key, teamId } = await makeTeamKey(one);
    await isLetIn(key);
    await post(one, '/team/block', { team_id: teamId });
    await obeys(key, 401);
    await post(one, '/team/unblock', { team_id: teamId });
    await obeys(key, 200);
    await post(one, '/team/delete', { team_ids: [teamId] });
    await obeys(key, 401);
  });

  test('a customer who is blocked on one is refused by the other', async () => {
    const { key } = await makePersonalKey(one);
    await isLetIn(key, { user: 'a-customer' });
    await post(one, '/customer/block', { user_ids: ['a-customer'] });
    await obeys(key, 400, { user: 'a-customer' });
    await post(one, '/customer/unblock', { user_ids: ['a-customer'] });
    await obeys(key, 200, { user: 'a-customer' });
  });

  test('a model that is added, changed or deleted on one is served so by the other', async () => {
    const { key } = await makePersonalKey(one);
    const model = { model: 'added' };
    const params = { model: 'openai/added', api_base: upstream.url, api_key: 'secret', mock_response: 'first' };
    const added = await post(one, '/model/new', { model_name: 'added', litellm_params: params });
    const id = String(added['model_id']);
    expect(await obeys(key, 200, model)).toContain('first');
    await post(one, '/model/update', { model_info: { id }, litellm_params: { mock_response: 'second' } });
    await eventually(async () => (await ask(key, model)).text.includes('second'), obeysWithinMs);
    await post(one, '/model/delete', { id });
    await obeys(key, 400, model);
  });

  test('who signs out on one is signed out on the other at once', async () => {
    const { session, send } = await makePerson(one, 'internal_user');
    expect((await other.send('GET', '/ui/session', { key: session })).status).toBe(200);
    expect((await send('POST', '/session/logout')).status).toBe(200);
    expect((await other.send('GET', '/ui/session', { key: session })).status).toBe(401);
  });
});

test('without Redis two instances together spend at most what each of them alone would let through', async () => {
  const upstream = await startUpstream();
  // An answer costs 13 millionths of a dollar; together with what is set aside for it, a budget holds about seven.
  upstream.respond(chat(['Hello'], usageOf(6, 2)));
  const instances = await startInstances({ demoMode: false, models: [testDeployment('gpt', upstream.url)] });
  const { one, other } = instances;
  const { key } = await makePersonalKey(one, { key: { max_budget: 0.000_1 } });
  const body = { model: 'gpt', messages: [{ role: 'user', content: 'Hello' }], max_tokens: 2 };
  const ask = (app: TestApp) => app.send('POST', '/v1/chat/completions', { key, body });
  const answers = await Promise.all(Array.from({ length: 80 }, (_, index) => ask(index % 2 ? one : other)));
  const served = answers.filter(({ status }) => status === 200).length;
  expect(answers.filter(({ status }) => status === 422)).toHaveLength(80 - served);
  expect(served * 13).toBeLessThan(2 * (100 + 13));
  // Once the books have it, both refuse.
  await Promise.all([one.flush(), other.flush()]);
  for (const app of [one, other]) await eventually(async () => (await ask(app)).status === 422, 2_000);
  const { spend } = (await one.send('GET', `/key/info?key=${key}`)).json<{ info: { spend: number } }>().info;
  expect(spend).toBeCloseTo(served * 0.000_013, 9);
  await instances.close();
  await upstream.close();
});

describe('Two instances that count in Redis', () => {
  const cleanUps: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });

  async function prepare(): Promise<Instances & { upstream: FakeUpstream; proxy: TestProxy }> {
    const upstream = await startUpstream();
    cleanUps.push(() => upstream.close());
    const proxy = await startProxy(redis().url);
    cleanUps.push(() => proxy.close());
    const models = [testDeployment('gpt', upstream.url)];
    const instances = await startInstances({ demoMode: false, models, redis: { url: proxy.url } });
    cleanUps.push(() => instances.close());
    return { ...instances, upstream, proxy };
  }

  const ask = (app: TestApp, key: string) =>
    app.send('POST', '/v1/chat/completions', {
      key,
      body: { model: 'gpt', messages: [{ role: 'user', content: 'Hello' }], max_tokens: 2 },
    });
  const readiness = async (app: TestApp) => (await app.send('GET', '/health/readiness', { key: null })).json();

  const channelsAre = (app: TestApp, channels: Readonly<Record<string, string>>) =>
    eventually(async () => {
      const details = (await app.send('GET', '/health/readiness/details')).json();
      return JSON.stringify(details['change_feed']) === JSON.stringify(channels);
    });

  test('let together through what one of them would, in requests and in money, and the books agree', async () => {
    const { one, other, upstream } = await prepare();
    const slow = await makePersonalKey(one, { key: { rpm_limit: 5 } });
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => ask(index % 2 ? one : other, slow.key)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(15);
    expect((await ask(other, slow.key)).text).toContain('Limit type: requests. Current limit: 5, Remaining: 0');

    // An answer costs 13 millionths of a dollar, and more than that is set aside for it.
    upstream.respond(chat(['Hello'], usageOf(6, 2)));
    const budget = { max_budget: 0.000_1, budget_duration: '30d' };
    const { key } = await makePersonalKey(one, { key: budget });
    const spent = await Promise.all(Array.from({ length: 60 }, (_, index) => ask(index % 2 ? one : other, key)));
    const served = spent.filter(({ status }) => status === 200).length;
    expect(spent.filter(({ status }) => status === 422)).toHaveLength(60 - served);
    await Promise.all([one.flush(), other.flush()]);
    const { spend } = (await one.send('GET', `/key/info?key=${key}`)).json<{ info: { spend: number } }>().info;
    expect(spend).toBeCloseTo(served * 0.000_013, 9);
    // At most one answer begins with something left and ends with nothing.
    expect(spend).toBeLessThan(0.000_1 + 0.000_013);
  });

  test('serve on when Redis is away, say so, and come back together', async () => {
    const { one, other, proxy } = await prepare();
    const { key } = await makePersonalKey(one, { key: { rpm_limit: 10 } });
    expect(await readiness(one)).toMatchObject({ status: 'healthy', counters: 'shared', change_feed: 'connected' });
    await channelsAre(one, { postgres: 'connected', redis: 'connected' });
    proxy.freeze();
    expect((await ask(one, key)).status).toBe(200);
    await eventually(async () => (await readiness(one))['counters'] === 'alone');
    // Changes are still heard of, by the database.
    expect(await readiness(one)).toMatchObject({ status: 'healthy', db: 'connected', change_feed: 'connected' });
    expect((await ask(other, key)).status).toBe(200);
    await post(one, '/key/block', { key });
    await eventually(async () => (await ask(other, key)).status === 401, 2_000);
    await post(one, '/key/unblock', { key });
    proxy.cut();
    await channelsAre(one, { postgres: 'connected', redis: 'down' });
    proxy.mend();
    for (const app of [one, other]) await eventually(async () => (await readiness(app))['counters'] === 'shared');
    const answers = await Promise.all(Array.from({ length: 30 }, (_, index) => ask(index % 2 ? one : other, key)));
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(10);
  });
});
