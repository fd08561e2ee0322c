import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { type Caller, errorOf, makeCaller } from '../../testing/make-caller.ts';
import { startTestApp, type TestApp } from '../../testing/start-test-app.ts';
import type { PresentedKey } from './present-key.ts';

/** Wednesday. */
const now = Date.parse('2026-11-25T15:10:30Z');

describeOnEachEngine('Changing, blocking and deleting keys', (openTestStorage) => {
  let gateway: TestApp;
  let owner: Caller;
  let other: Caller;
  let teamAdmin: Caller;

  beforeAll(async () => {
    gateway = await startTestApp({ storage: await openTestStorage(), now: () => now });
    owner = await makeCaller(gateway, 'internal_user', { max_budget: 10, models: ['gpt-4', 'o3'] });
    other = await makeCaller(gateway, 'internal_user');
    teamAdmin = await makeCaller(gateway, 'internal_user');
    const members_with_roles = [
      { user_id: teamAdmin.userId, role: 'admin' },
      { user_id: owner.userId, role: 'user' },
    ];
    const team = { members_with_roles, models: ['gpt-4'], max_budget: 50 };
    await gateway.send('POST', '/team/new', { body: { team_id: 'closed', ...team } });
    await gateway.send('POST', '/team/new', {
      body: { team_id: 'open', ...team, team_member_permissions: ['/key/update'] },
    });
    await gateway.send('POST', '/team/new', {
      body: { team_id: 'wide-open', ...team, team_member_permissions: ['/key/update', '/key/generate'] },
    });
    await gateway.send('POST', '/team/new', { body: { team_id: 'elsewhere' } });
  });
  afterAll(() => gateway.close());

  const create = async (body: Record<string, unknown> = {}): Promise<string> => {
    const answer = await gateway.send('POST', '/key/generate', { body: { user_id: owner.userId, ...body } });
    expect(answer.status, answer.text).toBe(200);
    return answer.json<{ key: string }>().key;
  };
  const update = (caller: Caller | null, body: Record<string, unknown>) =>
    caller ? caller.send('POST', '/key/update', body) : gateway.send('POST', '/key/update', { body });
  const updated = async (caller: Caller | null, body: Record<string, unknown>): Promise<PresentedKey> => {
    const answer = await update(caller, body);
    expect(answer.status, answer.text).toBe(200);
    return answer.json<PresentedKey>();
  };

  test('what was not sent stays, null takes a limit away', async () => {
    const key = await create({ key_alias: 'patched', max_budget: 5, tpm_limit: 10, rpm_limit: 20, tags: ['a'] });
    expect(await updated(null, { key, tpm_limit: null })).toMatchObject({
      key_alias: 'patched',
      max_budget: 5,
      tpm_limit: null,
      rpm_limit: 20,
      tags: ['a'],
    });
    expect(await updated(null, { key, max_budget: null, models: null, key_alias: null })).toMatchObject({
      max_budget: null,
      models: [],
      key_alias: null,
      rpm_limit: 20,
    });
  });

  test('metadata is replaced whole, and can be emptied', async () => {
    const key = await create({ metadata: { one: 1, two: 2 } });
    expect((await updated(null, { key, metadata: { two: 3 } })).metadata).toEqual({ two: 3 });
    expect((await updated(null, { key, rpm_limit: 1 })).metadata).toEqual({ two: 3 });
    expect((await updated(null, { key, metadata: {} })).metadata).toEqual({});
  });

  test('a lifetime starts again from now; -1 means never; null leaves it as it is', async () => {
    const key = await create({ duration: '1d' });
    expect((await updated(null, { key, duration: '2h' })).expires).toBe('2026-11-25T17:10:30.000Z');
    expect((await updated(null, { key, duration: null })).expires).toBe('2026-11-25T17:10:30.000Z');
    expect((await updated(null, { key, duration: '' })).expires).toBe('2026-11-25T17:10:30.000Z');
    expect((await updated(null, { key, duration: '-1' })).expires).toBeNull();
  });

  test('a new budget period moves the reset, the same one does not', async () => {
    const key = await create({ max_budget: 1, budget_duration: '1d' });
    expect((await updated(null, { key, budget_duration: '1d' })).budget_reset_at).toBe('2026-11-26T00:00:00.000Z');
    expect((await updated(null, { key, budget_duration: '30d' })).budget_reset_at).toBe('2026-12-01T00:00:00.000Z');
    const cleared = await updated(null, { key, budget_duration: null });
    expect([cleared.budget_duration, cleared.budget_reset_at]).toEqual([null, null]);
  });

  test('the answer names the key as it was sent, and its hash', async () => {
    const key = await create();
    const answer = await update(null, { key, rpm_limit: 1 });
    expect(answer.json<{ key: string; token: string }>().key).toBe(key);
    const { token } = answer.json<{ token: string }>();
    expect((await update(null, { key: token, rpm_limit: 2 })).json<{ key: string }>().key).toBe(token);
  });

  test('a taken alias is refused, and the key stays as it was', async () => {
    await create({ key_alias: 'taken' });
    const key = await create({ key_alias: 'mine' });
    expect(errorOf(await update(null, { key, key_alias: 'taken', rpm_limit: 7 }))).toMatchObject({
      status: 400,
      type: 'bad_request_error',
      param: 'key_alias',
    });
    const shown = await gateway.send('GET', `/key/info?key=${key}`);
    expect(shown.json<{ info: PresentedKey }>().info).toMatchObject({ key_alias: 'mine', rpm_limit: null });
  });

  test('a change is written down with what was before and what is now, without the secret', async () => {
    const key = await create({ rpm_limit: 2 });
    const answer = await updated(owner, { key, rpm_limit: 1 });
    const entry = await gateway.storage.db
      .selectFrom('audit_log')
      .selectAll()
      .where('action', '=', 'updated')
      .where('object_id', '=', String((answer as unknown as { token: string }).token))
      .executeTakeFirstOrThrow();
    expect(JSON.parse(entry.before_json)).toMatchObject({ rpm_limit: 2 });
    expect(JSON.parse(entry.after_json)).toMatchObject({ rpm_limit: 1 });
    expect(entry.actor_user_id).toBe(owner.userId);
    expect(JSON.stringify(entry)).not.toContain(key);
  });

  test('an owner edits everything but the money', async () => {
    const key = await create({ max_budget: 5, soft_budget: 4, budget_duration: '30d' });
    await updated(owner, {
      key,
      key_alias: 'renamed',
      models: ['gpt-4'],
      rpm_limit: 5,
      duration: '90d',
      metadata: { a: 1 },
    });
    // What a form sends back unchanged is no change.
    await updated(owner, {
      key,
      max_budget: 5,
      soft_budget: 4,
      budget_duration: '30d',
      team_id: null,
      user_id: owner.userId,
    });
    for (const money of [
      { max_budget: 6 },
      { max_budget: null },
      { spend: 0 },
      { soft_budget: 1 },
      { budget_duration: '1d' },
    ]) {
      expect(errorOf(await update(owner, { key, ...money })), JSON.stringify(money)).toEqual({
        status: 403,
        message: `Only proxy admins, team admins, or org admins can call /key/update (max_budget/spend). user_role=internal_user, user_id=${owner.userId}`,
        type: 'auth_error',
        param: 'None',
      });
    }
  });

  test('an owner cannot undo what an admin decided: routes, permissions, a block', async () => {
    const key = await create({ key_type: 'llm_api', permissions: { pii: false } });
    await gateway.send('POST', '/key/block', { body: { key } });
    for (const change of [{ allowed_routes: [] }, { permissions: {} }, { blocked: false }]) {
      expect((await update(owner, { key, ...change })).status, JSON.stringify(change)).toBe(403);
    }
  });

  test('an owner cannot list models beyond their own', async () => {
    const key = await create();
    expect((await update(owner, { key, models: ['gpt-4', 'claude'] })).status).toBe(403);
    await updated(null, { key, models: ['claude'] });
    // An admin's wider list may stay when something else changes.
    expect((await updated(owner, { key, rpm_limit: 3 })).models).toEqual(['claude']);
  });

  test('nobody but an admin changes a key of somebody else, of nobody, or gives it away', async () => {
    const key = await create();
    expect(errorOf(await update(other, { key, rpm_limit: 1 }))).toMatchObject({
      status: 403,
      message: `User can only create keys for themselves. Got user_id=***, Your ID=${other.userId}`,
    });
    const nobodys = await create({ user_id: null });
    expect((await update(other, { key: nobodys, rpm_limit: 1 })).status).toBe(403);
    const { status, message } = errorOf(await update(owner, { key, user_id: other.userId }));
    expect([status, message]).toEqual([
      403,
      `User=${other.userId} is not allowed to update key=sk-...${key.slice(-4)} to belong to user=${owner.userId}`,
    ]);
    expect((await updated(null, { key, user_id: other.userId })).user_id).toBe(other.userId);
  });

  test('an unknown or deleted key is 404 for everybody', async () => {
    const gone = await create();
    await gateway.send('POST', '/key/delete', { body: { keys: [gone] } });
    for (const key of ['sk-never-existed-0123456789', gone]) {
      expect(errorOf(await update(owner, { key, rpm_limit: 1 })).status).toBe(404);
      expect(errorOf(await update(null, { key, rpm_limit: 1 })).status).toBe(404);
    }
  });

  test('keys of a team are changed by its admin, money included, and by members only where it says so', async () => {
    const closed = await create({ team_id: 'closed' });
    expect(errorOf(await update(owner, { key: closed, rpm_limit: 1 }))).toMatchObject({
      status: 401,
      type: 'team_member_permission_error',
      param: '/key/update',
    });
    expect((await update(other, { key: closed, rpm_limit: 1 })).status).toBe(403);
    expect((await updated(teamAdmin, { key: closed, max_budget: 50, spend: 0 })).max_budget).toBe(50);
    expect((await update(teamAdmin, { key: closed, max_budget: 51 })).status).toBe(403);
    expect((await update(teamAdmin, { key: closed, models: ['o3'] })).status).toBe(403);
    const open = await create({ team_id: 'open' });
    await updated(owner, { key: open, rpm_limit: 1 });
    expect((await update(owner, { key: open, max_budget: 1 })).status).toBe(403);
  });

  test('a key moves only into a team that lets the caller in, has its owner, and may use its models', async () => {
    const key = await create();
    expect((await update(owner, { key, team_id: 'elsewhere' })).status).toBe(403);
    expect(errorOf(await update(owner, { key, team_id: 'closed' })).type).toBe('team_member_permission_error');
    // Whoever may change keys and not create any does not bring one in either.
    expect(errorOf(await update(owner, { key, team_id: 'open' }))).toMatchObject({
      status: 401,
      type: 'team_member_permission_error',
      param: '/key/generate',
    });
    expect((await updated(owner, { key, team_id: 'wide-open' })).team_id).toBe('wide-open');
    expect((await update(owner, { key, team_id: null })).status).toBe(403);
    expect((await updated(null, { key, team_id: null })).team_id).toBeNull();
    expect((await update(null, { key, team_id: 'elsewhere' })).status).toBe(403);
    expect((await update(null, { key, team_id: 'no-team' })).status).toBe(404);
    await updated(null, { key, models: ['o3'] });
    expect((await update(null, { key, team_id: 'open' })).status).toBe(403);
  });

  test('a key of somebody else moves only at the hand of who administers both teams', async () => {
    const members_with_roles = [
      { user_id: owner.userId, role: 'user' },
      { user_id: other.userId, role: 'admin' },
      { user_id: teamAdmin.userId, role: 'user' },
    ];
    const team_member_permissions = ['/key/update', '/key/generate'];
    for (const team_id of ['left', 'right']) {
      await gateway.send('POST', '/team/new', { body: { team_id, members_with_roles, team_member_permissions } });
    }
    const key = await create({ team_id: 'left' });
    const service = await create({ team_id: 'left', user_id: null });
    for (const moved of [key, service]) {
      const refused = errorOf(await update(teamAdmin, { key: moved, team_id: 'right' }));
      expect([refused.status, refused.message]).toEqual([403, expect.stringContaining('is not your own')]);
      expect((await updated(other, { key: moved, team_id: 'right' })).team_id).toBe('right');
    }
    expect((await updated(owner, { key, team_id: 'left' })).team_id).toBe('left');
  });

  test('an owner narrows what somebody else gave them, and does not widen it again', async () => {
    const given = {
      models: ['gpt-4'],
      rpm_limit: 10,
      tpm_limit: 10,
      max_parallel_requests: 10,
      duration: '10d',
      allowed_ips: ['10.0.0.0/8', '127.0.0.1'],
      allowed_cache_controls: ['no-cache'],
      auto_rotate: true,
      rotation_interval: '10d',
    };
    const key = await create(given);
    for (const [field, value] of [
      ['models', []],
      ['models', ['gpt-4', 'o3']],
      ['models', ['all-team-models']],
      ['rpm_limit', 11],
      ['tpm_limit', null],
      ['max_parallel_requests', 11],
      ['duration', '11d'],
      ['duration', '-1'],
      ['allowed_ips', null],
      ['allowed_ips', ['10.0.0.0/8', '8.8.8.8']],
      ['allowed_cache_controls', []],
      ['rotation_interval', '20d'],
      ['auto_rotate', false],
    ] as const) {
      const refused = errorOf(await update(owner, { key, [field]: value }));
      const named = field === 'auto_rotate' ? 'rotation_interval' : field;
      expect([refused.status, refused.message]).toEqual([403, expect.stringContaining(`would be: ${named}.`)]);
      expect((await owner.send('POST', '/key/regenerate', { key, [field]: value })).status).toBe(403);
    }
    // As it is, renamed, and narrower.
    await updated(owner, { key, ...given, duration: null });
    const narrower = { rpm_limit: 5, tpm_limit: 0, duration: '1d', allowed_ips: ['127.0.0.1'] };
    expect(await updated(owner, { key, key_alias: 'my own name', ...narrower })).toMatchObject({
      key_alias: 'my own name',
      rpm_limit: 5,
      allowed_ips: ['127.0.0.1'],
      key_rotation_at: new Date(now + 10 * 86_400_000).toISOString(),
    });
    // A key of one's own making is one's own to widen.
    const made = (await owner.send('POST', '/key/generate', { rpm_limit: 1, duration: '1d' })).json<{ key: string }>();
    expect(await updated(owner, { key: made.key, rpm_limit: null, duration: '-1' })).toMatchObject({ expires: null });
  });

  test('an owner deletes their keys, by secret, hash or alias', async () => {
    const bySecret = await create();
    const deleted = await owner.send('POST', '/key/delete', { keys: [bySecret] });
    expect(deleted.json()).toEqual({ deleted_keys: [bySecret] });
    await create({ key_alias: 'by-alias' });
    const byAlias = await owner.send('POST', '/key/delete', { key_aliases: ['by-alias'] });
    expect(byAlias.json()).toEqual({ deleted_keys: ['by-alias'] });
    const shown = await gateway.send('GET', `/key/info?key=${bySecret}`);
    expect(shown.json<{ info: PresentedKey }>().info.status).toBe('deleted');
  });

  test('a deleted key authenticates nobody from the next call on', async () => {
    const key = await create();
    expect((await gateway.send('GET', '/key/info', { key })).status).toBe(200);
    await owner.send('POST', '/key/delete', { keys: [key] });
    expect((await gateway.send('GET', '/key/info', { key })).status).toBe(401);
    expect((await gateway.send('GET', '/v1/models', { key })).status).toBe(401);
  });

  test('of a list that holds a foreign or an unknown key nothing is deleted', async () => {
    const own = await create();
    const foreign = await create({ user_id: other.userId });
    expect(errorOf(await owner.send('POST', '/key/delete', { keys: [own, foreign] }))).toEqual({
      status: 403,
      message: "{'error': 'You are not authorized to delete this key'}",
      type: 'internal_server_error',
      param: 'None',
    });
    expect((await owner.send('POST', '/key/delete', { keys: [own, 'f'.repeat(64)] })).status).toBe(404);
    expect((await gateway.send('GET', '/key/info', { key: own })).status).toBe(200);
  });

  test('deleting nothing that exists is 404, naming nothing is 422', async () => {
    expect(errorOf(await owner.send('POST', '/key/delete', { keys: ['f'.repeat(64)] }))).toMatchObject({
      status: 404,
      message: "{'error': 'No keys found'}",
    });
    for (const body of [{}, { keys: [] }, { key_aliases: null }]) {
      const answer = await owner.send('POST', '/key/delete', body);
      expect(answer.status).toBe(422);
      expect(answer.json<{ detail: { msg: string }[] }>().detail[0]?.msg).toBe(
        "At least one of 'keys' or 'key_aliases' must be provided.",
      );
    }
  });

  test('an admin of the team deletes its keys, a plain member only their own', async () => {
    const key = await create({ team_id: 'closed' });
    const service = await create({ team_id: 'closed', user_id: null });
    expect((await owner.send('POST', '/key/delete', { keys: [service] })).status).toBe(403);
    expect((await owner.send('POST', '/key/delete', { keys: [key] })).status).toBe(200);
    expect((await teamAdmin.send('POST', '/key/delete', { keys: [service] })).status).toBe(200);
  });

  test('a blocked key stops at once and works again when it is unblocked', async () => {
    const key = await create();
    const blocked = await gateway.send('POST', '/key/block', { body: { key } });
    expect(blocked.json<PresentedKey>()).toMatchObject({ blocked: true, status: 'revoked' });
    expect(errorOf(await gateway.send('GET', '/key/info', { key })).message).toContain('Key is blocked');
    const unblocked = await gateway.send('POST', '/key/unblock', { body: { key } });
    expect(unblocked.json<PresentedKey>()).toMatchObject({ blocked: false, status: 'active' });
    expect((await gateway.send('GET', '/key/info', { key })).status).toBe(200);
  });

  test.each(['/key/block', '/key/unblock'])('%s is for admins of the gateway and of the team', async (path) => {
    const key = await create();
    expect(errorOf(await owner.send('POST', path, { key }))).toMatchObject({
      status: 403,
      message: `Only proxy admins, team admins, or org admins can call ${path}. user_role=internal_user, user_id=${owner.userId}`,
    });
    const teamKey = await create({ team_id: 'closed' });
    expect((await owner.send('POST', path, { key: teamKey })).status).toBe(403);
    expect((await teamAdmin.send('POST', path, { key: teamKey })).status).toBe(200);
    expect(errorOf(await owner.send('POST', path, { key: 'no-key' }))).toMatchObject({
      status: 400,
      message: 'Invalid key format.',
    });
    expect(errorOf(await owner.send('POST', path, { key: 'f'.repeat(64) }))).toMatchObject({
      status: 404,
      message: 'Key not found.',
    });
  });

  test('a key with allowed routes calls those and no others', async () => {
    const key = await create({ key_type: 'llm_api' });
    const refused = await gateway.send('GET', '/key/list', { key });
    expect(refused.status).toBe(403);
    expect(refused.json()).toEqual({
      detail:
        "Virtual key is not allowed to call this route. Only allowed to call routes: ['llm_api_routes']. Tried to call route: /key/list",
    });
    expect((await gateway.send('GET', '/v1/models', { key })).status).toBe(200);
    const reader = await create({ key_type: 'read_only' });
    expect((await gateway.send('GET', '/key/list', { key: reader })).status).toBe(200);
    expect((await gateway.send('POST', '/key/generate', { key: reader, body: {} })).status).toBe(403);
    const body = { model: 'demo', messages: [{ role: 'user', content: 'hi' }] };
    expect((await gateway.send('POST', '/v1/chat/completions', { key: reader, body })).status).toBe(403);
  });
});
