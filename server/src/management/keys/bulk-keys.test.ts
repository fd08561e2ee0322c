import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { type Caller, errorOf, makeCaller } from '../../testing/make-caller.ts';
import { startTestApp, type TestAnswer, type TestApp } from '../../testing/start-test-app.ts';
import type { BulkUpdate } from './bulk-update-keys.ts';
import { hashSecret } from './key-secret.ts';
import type { PresentedKey } from './present-key.ts';

const now = Date.parse('2026-11-25T15:10:30Z');

describeOnEachEngine('Many keys at once, service accounts and resets', (openTestStorage) => {
  let gateway: TestApp;
  let owner: Caller;
  let other: Caller;
  let teamAdmin: Caller;
  let viewer: Caller;
  let ownViewer: Caller;

  beforeAll(async () => {
    gateway = await startTestApp({ storage: await openTestStorage(), now: () => now });
    owner = await makeCaller(gateway, 'internal_user', { max_budget: 10 });
    other = await makeCaller(gateway, 'internal_user');
    teamAdmin = await makeCaller(gateway, 'internal_user');
    viewer = await makeCaller(gateway, 'proxy_admin_viewer');
    ownViewer = await makeCaller(gateway, 'internal_user_viewer');
    await gateway.send('POST', '/team/new', {
      body: {
        team_id: 'dev',
        max_budget: 20,
        members_with_roles: [
          { user_id: teamAdmin.userId, role: 'admin' },
          { user_id: owner.userId, role: 'user' },
        ],
      },
    });
  });
  afterAll(() => gateway.close());

  const create = async (body: Record<string, unknown> = {}): Promise<string> => {
    const answer = await gateway.send('POST', '/key/generate', { body: { user_id: owner.userId, ...body } });
    expect(answer.status, answer.text).toBe(200);
    return answer.json<{ key: string }>().key;
  };
  const info = async (key: string) =>
    (await gateway.send('GET', `/key/info?key=${key}`)).json<{ info: PresentedKey }>().info;
  const detailOf = (answer: TestAnswer) => answer.json<{ detail: { error: string } }>().detail.error;

  test('of many keys one gets those that one may see, without their hashes', async () => {
    const own = await create({ key_alias: 'info-own' });
    const foreign = await create({ key_alias: 'info-foreign', user_id: other.userId });
    const ask = async (caller: Caller, body: unknown) =>
      (await caller.send('POST', '/v2/key/info', body)).json<{ key: string[]; info: PresentedKey[] }>();
    const keys = [own, hashSecret(foreign), 'sk-nothing-like-it'];
    const seen = await ask(owner, { keys });
    expect(seen.key).toEqual(keys);
    expect(seen.info.map((key) => key.key_alias)).toEqual(['info-own']);
    expect(JSON.stringify(seen.info)).not.toContain(hashSecret(own));
    expect((await ask(viewer, { keys })).info).toHaveLength(2);
    expect((await ask(ownViewer, { keys })).info).toEqual([]);
    const byAlias = await ask(owner, { key_aliases: ['info-own', 'info-foreign'] });
    expect(byAlias.info.map((key) => key.key_alias)).toEqual(['info-own']);
    expect(errorOf(await owner.send('POST', '/v2/key/info', {}))).toMatchObject({
      status: 422,
      message: "{'message': 'Malformed request. No keys passed in.'}",
    });
    const many = Array.from({ length: 501 }, () => own);
    expect((await owner.send('POST', '/v2/key/info', { keys: many })).status).toBe(400);
  });

  test('aliases are listed within reach, sorted, searched and paged', async () => {
    await create({ key_alias: 'al-b' });
    await create({ key_alias: 'al-a' });
    await create({ key_alias: 'al-100%', team_id: 'dev' });
    await create({ key_alias: 'al-foreign', user_id: other.userId });
    const list = async (caller: Caller, query: string) =>
      (await caller.send('GET', `/key/aliases?${query}`)).json<{
        aliases: string[];
        total_count: number;
        total_pages: number;
      }>();
    expect((await list(owner, 'search=AL-')).aliases).toEqual(['al-100%', 'al-a', 'al-b']);
    expect(await list(owner, 'search=al-&size=2&page=2')).toMatchObject({
      aliases: ['al-b'],
      total_count: 3,
      total_pages: 2,
    });
    expect((await list(owner, 'search=%25')).aliases).toEqual(['al-100%']);
    expect((await list(teamAdmin, 'team_id=dev')).aliases).toEqual(['al-100%']);
    expect((await list(other, 'team_id=dev')).aliases).toEqual([]);
    expect((await list(viewer, 'search=al-')).aliases).toHaveLength(4);
    expect((await owner.send('GET', '/key/aliases?size=101')).status).toBe(422);
  });

  test('admins change many keys; each is changed or refused by itself', async () => {
    const one = await create({ max_budget: 1, tags: ['old'] });
    const two = await create({ max_budget: 2 });
    const keys = [
      { key: one, max_budget: 5, tags: ['new'] },
      { key: 'sk-nothing-like-it', max_budget: 5 },
      { key: two, max_budget: -1 },
      { key: two, team_id: 'no-such-team' },
    ];
    const answer = await gateway.send('POST', '/key/bulk_update', { body: { keys } });
    const result = answer.json<BulkUpdate>();
    expect(result.total_requested).toBe(4);
    expect(result.successful_updates.map((update) => update.key_info.max_budget)).toEqual([5]);
    expect(result.failed_updates.map((update) => update.failed_reason)).toEqual([
      'Key not found in database',
      'max_budget cannot be negative. Received: -1',
      expect.stringMatching(/^Team not found/),
    ]);
    expect([await info(one), await info(two)]).toMatchObject([
      { max_budget: 5, tags: ['new'] },
      { max_budget: 2, team_id: null },
    ]);
    for (const caller of [owner, teamAdmin, viewer, ownViewer]) {
      const refused = await caller.send('POST', '/key/bulk_update', { keys: [{ key: one, tags: [] }] });
      expect(refused.status).toBe(403);
      expect(detailOf(refused)).toBe('Only proxy admins can call /key/bulk_update.');
    }
    const many = Array.from({ length: 501 }, () => ({ key: one }));
    const tooMany = await gateway.send('POST', '/key/bulk_update', { body: { keys: many } });
    expect([tooMany.status, detailOf(tooMany)]).toEqual([400, 'Maximum 500 keys can be updated at once. Found: 501']);
  });

  test('admins of a team change its keys, and no others', async () => {
    const inTeam = await create({ team_id: 'dev' });
    const personal = await create();
    const path = '/team/key/bulk_update';
    const body = { team_id: 'dev', key_ids: [inTeam, hashSecret(personal)], update_fields: { rpm_limit: 3 } };
    const result = (await teamAdmin.send('POST', path, body)).json<BulkUpdate>();
    expect(result.successful_updates.map((update) => update.key)).toEqual([hashSecret(inTeam)]);
    expect(result.failed_updates.map((update) => update.failed_reason)).toEqual(['Key not found in team dev']);
    expect((await info(personal)).rpm_limit).toBeNull();
    const over = { team_id: 'dev', key_ids: [inTeam], update_fields: { max_budget: 21 } };
    expect((await teamAdmin.send('POST', path, over)).json<BulkUpdate>().failed_updates).toHaveLength(1);
    expect((await owner.send('POST', path, body)).status).toBe(403);
    expect((await other.send('POST', path, { ...body, team_id: 'none' })).status).toBe(403);
    expect((await gateway.send('POST', path, { body: { ...body, team_id: 'none' } })).status).toBe(404);
    expect((await teamAdmin.send('POST', path, { team_id: 'dev', update_fields: {} })).status).toBe(400);
    const all = await teamAdmin.send('POST', path, {
      team_id: 'dev',
      all_keys_in_team: true,
      update_fields: { rpm_limit: 4 },
    });
    expect(all.json<BulkUpdate>().successful_updates.length).toBeGreaterThan(0);
    expect((await info(inTeam)).rpm_limit).toBe(4);
  });

  test('spend is reset to less by admins of the gateway and of the team', async () => {
    const key = await create({ team_id: 'dev', spend: 3, max_budget: 2 });
    const reset = (caller: Caller | null, reset_to: number, named = hashSecret(key)) =>
      caller
        ? caller.send('POST', `/key/${named}/reset_spend`, { reset_to })
        : gateway.send('POST', `/key/${named}/reset_spend`, { body: { reset_to } });
    for (const caller of [owner, other]) {
      expect(errorOf(await reset(caller, 0))).toMatchObject({
        status: 403,
        message: 'You must be a proxy admin or team admin to reset key spend',
      });
    }
    expect((await reset(viewer, 0)).status).toBe(403);
    expect((await reset(ownViewer, 0)).status).toBe(401);
    expect(errorOf(await reset(null, -1)).message).toBe('reset_to must be >= 0');
    expect(errorOf(await reset(null, 4)).message).toBe('reset_to (4.0) must be <= current spend (3.0)');
    expect(errorOf(await reset(null, 2.5)).message).toBe('reset_to (2.5) must be <= budget (2.0)');
    expect((await reset(null, 0, 'f'.repeat(64))).status).toBe(404);
    expect((await info(key)).spend).toBe(3);
    expect((await reset(teamAdmin, 0.5)).json()).toEqual({
      key_hash: hashSecret(key),
      spend: 0.5,
      previous_spend: 3,
      max_budget: 2,
      budget_reset_at: null,
    });
    expect((await info(key)).spend).toBe(0.5);
  });

  test('spend of a moment ago, which no book holds yet, is reset with the rest, of a key and of a member', async () => {
    const key = await create({ team_id: 'dev' });
    const call = async () => {
      const body = { model: 'demo', messages: [{ role: 'user', content: 'hi' }] };
      const answer = await gateway.send('POST', '/v1/chat/completions', { key, body });
      expect(answer.status, answer.text).toBe(200);
      return Number(answer.headers.get('x-litellm-response-cost'));
    };
    const reset = async (path: string) =>
      (await teamAdmin.send('POST', path, { reset_to: 0 })).json<{ spend: number; previous_spend: number }>();
    const spent = await call();
    expect(spent).toBeGreaterThan(0);
    expect(await reset(`/key/${hashSecret(key)}/reset_spend`)).toMatchObject({ spend: 0, previous_spend: spent });
    await gateway.flush();
    expect((await info(key)).spend).toBe(0);
    const again = await call();
    expect(await reset(`/team/dev/member/${owner.userId}/reset_spend`)).toMatchObject({
      spend: 0,
      previous_spend: expect.closeTo(spent + again, 9),
    });
    await gateway.flush();
    const own = await owner.send('GET', '/team/dev/members/me');
    expect(own.json()).toMatchObject({ spend: 0 });
  });

  test('a service account key belongs to its team alone', async () => {
    const path = '/key/service-account/generate';
    const made = (await teamAdmin.send('POST', path, { team_id: 'dev', key_alias: 'ci' })).json<PresentedKey>();
    expect(made).toMatchObject({ team_id: 'dev', user_id: null, metadata: { service_account_id: 'ci' } });
    const none = await teamAdmin.send('POST', path, {});
    expect([none.status, detailOf(none)]).toEqual([
      400,
      'team_id is required for service account keys. Please specify `team_id` in the request body.',
    ]);
    expect(detailOf(await gateway.send('POST', path, { body: { team_id: 'none' } }))).toMatch(
      /^team_id does not exist in the database/,
    );
    expect((await owner.send('POST', path, { team_id: 'dev' })).status).toBe(401);
    expect((await other.send('POST', path, { team_id: 'dev' })).status).toBe(400);
    expect((await viewer.send('POST', path, { team_id: 'dev' })).status).toBe(403);
    expect((await ownViewer.send('POST', path, { team_id: 'dev' })).status).toBe(401);
    expect((await teamAdmin.send('POST', path, { team_id: 'dev', max_budget: 21 })).status).toBe(403);
    const marked = { metadata: { service_account_id: 'x' } };
    expect(errorOf(await owner.send('POST', '/key/generate', marked)).message).toMatch(/^team_id is required/);
  });

  test('the health of the calling key', async () => {
    for (const caller of [owner, viewer, ownViewer]) {
      const answer = await caller.send('POST', '/key/health');
      expect(answer.json()).toEqual({ key: 'healthy', logging_callbacks: null });
    }
    expect((await gateway.send('POST', '/key/health', { key: 'sk-nothing-like-it' })).status).toBe(401);
  });
});
