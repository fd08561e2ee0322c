import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemContext } from '../audit/change.ts';
import { hashSecret } from '../management/keys/key-secret.ts';
import { errorOf } from '../testing/make-caller.ts';
import { makePersonalKey, makeTeamKey, post } from '../testing/make-key.ts';
import { eventually, openStream } from '../testing/open-stream.ts';
import { startTestApp, type TestAnswer, type TestApp, testDeployment } from '../testing/start-test-app.ts';
import { chat, chatEvents, type FakeUpstream, startUpstream, usageOf } from '../testing/upstream.ts';

let upstream: FakeUpstream;
let app: TestApp;
let clock = Date.UTC(2026, 10, 23, 9, 5, 10);

beforeAll(async () => {
  upstream = await startUpstream();
  app = await startTestApp({
    settings: { models: ['gpt', 'other', 'team/a', 'team/b'].map((name) => testDeployment(name, upstream.url)) },
    now: () => clock,
  });
});
afterAll(async () => {
  await app.close();
  await upstream.close();
});
beforeEach(() => upstream.respond(chat(['Hello'], usageOf(10, 2))));

function call(key: string, more: Record<string, unknown> = {}, path = '/v1/chat/completions'): Promise<TestAnswer> {
  return app.send('POST', path, { key, body: { model: 'gpt', messages: [{ role: 'user', content: 'Hi' }], ...more } });
}

async function expectServed(key: string): Promise<void> {
  const answer = await call(key);
  expect(answer.status, answer.text).toBe(200);
}

describe('A key is refused from the very next call, on the instance that was told', () => {
  test('when it is blocked, and works again when it is unblocked', async () => {
    const { key } = await makePersonalKey(app);
    await expectServed(key);
    await post(app, '/key/block', { key });
    expect(errorOf(await call(key))).toEqual({
      status: 401,
      message: "Authentication Error, Key is blocked. Update via `/key/unblock` if you're admin.",
      type: 'auth_error',
      param: 'None',
    });
    await post(app, '/key/unblock', { key });
    await expectServed(key);
  });

  test('when it is deleted', async () => {
    const { key } = await makePersonalKey(app);
    await expectServed(key);
    await post(app, '/key/delete', { keys: [key] });
    expect(errorOf(await call(key))).toMatchObject({ status: 401, type: 'token_not_found_in_db', param: 'key' });
  });

  test('when its team is blocked or deleted', async () => {
    const { key, teamId } = await makeTeamKey(app);
    await expectServed(key);
    await app.app.parts.changes.change(systemContext, async (tx) => {
      await tx.updateTable('teams').set({ blocked_at: clock }).where('team_id', '=', teamId).execute();
      return { result: undefined, audit: { action: 'blocked', object: { type: 'team', id: teamId } } };
    });
    expect(errorOf(await call(key))).toMatchObject({
      status: 401,
      message: expect.stringContaining(`Team=${teamId} is blocked`),
    });
    await post(app, '/team/delete', { team_ids: [teamId] });
    expect((await call(key)).status).toBe(401);
  });

  test('when its owner is disabled or deleted', async () => {
    const { key, userId } = await makePersonalKey(app);
    await expectServed(key);
    await app.app.parts.changes.change(systemContext, async (tx) => {
      await tx.updateTable('users').set({ disabled_at: clock }).where('user_id', '=', userId).execute();
      return { result: undefined, audit: { action: 'blocked', object: { type: 'user', id: userId } } };
    });
    expect(errorOf(await call(key))).toMatchObject({
      status: 401,
      message: expect.stringContaining(`User=${userId} is disabled`),
    });
    await post(app, '/user/delete', { user_ids: [userId] });
    expect((await call(key)).status).toBe(401);
  });

  test('when its models change', async () => {
    const { key } = await makePersonalKey(app);
    await expectServed(key);
    await post(app, '/key/update', { key, models: ['other'] });
    expect((await call(key)).status).toBe(403);
  });

  test('when its time is over', async () => {
    const { key } = await makePersonalKey(app, { key: { duration: '60s' } });
    await expectServed(key);
    clock += 59_999;
    await expectServed(key);
    clock += 1;
    expect(errorOf(await call(key))).toMatchObject({
      status: 401,
      type: 'expired_key',
      message: expect.stringMatching(
        /^Authentication Error, Authentication Error - Expired Key\. Key Expiry time .* and current time .*/,
      ),
    });
  });

  test('when its owner becomes an admin viewer, who may look and not call', async () => {
    const { key, userId } = await makePersonalKey(app);
    await expectServed(key);
    await post(app, '/user/update', { user_id: userId, user_role: 'proxy_admin_viewer' });
    expect(errorOf(await call(key))).toEqual({
      status: 403,
      message:
        'user not allowed to access this OpenAI routes, role= proxy_admin_viewer. Trying to access: /chat/completions',
      type: 'auth_error',
      param: 'None',
    });
  });

  test('when it was never known, and not only the first time; it works once it is made', async () => {
    const key = 'sk-chosen-by-hand-0123456789';
    for (const _ of [1, 2]) expect((await call(key)).status).toBe(401);
    await post(app, '/key/generate', { key });
    await expectServed(key);
  });
});

describe('A model', () => {
  test.each([
    ['the key', { key: { models: ['other'] } }, 'key_model_access_denied'],
    ['the user', { user: { models: ['other'] } }, 'user_model_access_denied'],
    ['a user without default models', { user: { models: ['no-default-models'] } }, 'user_model_access_denied'],
  ])('that %s does not allow is refused with 403', async (_name, fields, type) => {
    const { key } = await makePersonalKey(app, fields);
    expect(errorOf(await call(key))).toMatchObject({ status: 403, type, param: 'model' });
  });

  test('that the team does not allow is refused, whatever the key and its owner allow', async () => {
    const { key } = await makeTeamKey(app, { team: { models: ['team/*'] }, user: { models: ['gpt'] } });
    expect(errorOf(await call(key))).toMatchObject({ status: 403, type: 'team_model_access_denied' });
    expect((await call(key, { model: 'team/a' })).status).toBe(200);
  });

  test.each(['gpt-none', '__proto__', 'constructor', 'toString', '', 'x'.repeat(10_000)])(
    'that does not exist is refused with 400: %j',
    async (model) => {
      const { key } = await makePersonalKey(app);
      expect(errorOf(await call(key, { model }))).toMatchObject({
        status: 400,
        type: 'invalid_request_error',
        param: 'model',
      });
    },
  );

  test.each([null, 5, ['gpt'], { model: 'gpt' }, true])('that is no text is refused with 400: %j', async (model) => {
    const { key } = await makePersonalKey(app);
    expect((await call(key, { model })).status).toBe(400);
  });
});

describe('An alias of a key', () => {
  test('means the model it names, which the key must be allowed; what is no name means nothing', async () => {
    const { key } = await makePersonalKey(app, { key: { aliases: { short: 'other', broken: 5 }, models: ['other'] } });
    expect((await call(key, { model: 'short' })).headers.get('x-litellm-model-group')).toBe('other');
    expect((await call(key, { model: 'broken' })).status).toBe(403);
    const { key: strict } = await makePersonalKey(app, { key: { aliases: { short: 'other' }, models: ['gpt'] } });
    expect((await call(strict, { model: 'short' })).status).toBe(403);
  });
});

describe('Every endpoint that calls a model', () => {
  test.each(['/v1/chat/completions', '/chat/completions', '/v1/embeddings', '/embeddings'])(
    '%s stands behind every guard',
    async (path) => {
      const refusals: [number, Record<string, unknown>][] = [
        [422, { max_budget: 0 }],
        [429, { rpm_limit: 0 }],
        [403, { models: ['other'] }],
        [403, { allowed_routes: ['info_routes'] }],
        [401, { blocked: true }],
      ];
      const seen = upstream.seen.length;
      for (const [status, key] of refusals) {
        const { key: secret } = await makePersonalKey(app, { key });
        expect((await call(secret, { input: 'Hi' }, path)).status, JSON.stringify(key)).toBe(status);
      }
      expect((await app.send('POST', path, { key: null, body: { model: 'gpt' } })).status).toBe(401);
      expect(upstream.seen.length).toBe(seen);
    },
  );
});

describe('The routes of a key', () => {
  test.each([
    [['llm_api_routes'], 200],
    [['/chat/completions'], 200],
    [['/v1/chat/completions'], 200],
    [['/v1/chat/*'], 200],
    [['/v1/embeddings'], 403],
    [['management_routes'], 403],
    [['info_routes'], 403],
  ])('%j answer a call with %i, with and without /v1', async (allowed_routes, status) => {
    const { key } = await makePersonalKey(app, { key: { allowed_routes } });
    for (const path of ['/v1/chat/completions', '/chat/completions']) {
      const answer = await call(key, {}, path);
      expect(answer.status).toBe(status);
      if (status === 403) {
        expect(answer.json<{ detail: string }>().detail).toMatch(
          /^Virtual key is not allowed to call this route\. Only allowed to call routes: \['.*'\]\. Tried to call route: /,
        );
      }
    }
  });
});

describe('A limit of rate', () => {
  test('of requests refuses the next one with 429, says when to come back, and slides', async () => {
    const { key } = await makePersonalKey(app, { key: { rpm_limit: 3 } });
    for (let n = 0; n < 3; n += 1) await expectServed(key);
    const refusal = await call(key);
    expect(errorOf(refusal)).toMatchObject({
      status: 429,
      message: expect.stringMatching(
        new RegExp(
          `^Rate limit exceeded for api_key: ${hashSecret(key)}\\. Limit type: requests\\. Current limit: 3, Remaining: 0\\. Limit resets at: \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d UTC$`,
        ),
      ),
    });
    const seconds = Number(refusal.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(refusal.headers.get('rate_limit_type')).toBe('requests');
    clock += seconds * 1_000;
    // The window before still weighs: no burst of twice the limit at its edge.
    expect((await call(key)).status).toBe(429);
    clock += 60_000;
    await expectServed(key);
  });

  test('of tokens refuses once they are used up', async () => {
    const { key } = await makePersonalKey(app, { key: { tpm_limit: 12 } });
    await expectServed(key);
    expect((await call(key)).headers.get('rate_limit_type')).toBe('tokens');
    clock += 120_000;
    await expectServed(key);
  });

  test('of calls at once refuses one more, and lets the next in when one has ended', async () => {
    const { key } = await makePersonalKey(app, { key: { max_parallel_requests: 1 } });
    upstream.respond((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chatEvents(['Hello'], null).slice(0, 2).join(''));
    });
    const stream = await openStream(app, key, { model: 'gpt', messages: [] });
    await stream.readUntil('Hello');
    const refusal = await call(key);
    expect(refusal.status).toBe(429);
    expect(refusal.headers.get('rate_limit_type')).toBe('max_parallel_requests');
    stream.abort();
    upstream.respond(chat(['Hello'], usageOf(10, 2)));
    await eventually(async () => (await call(key)).status === 200, 'the place is free again');
  });

  test.each(['rpm_limit', 'tpm_limit', 'max_parallel_requests'])('of zero (%s) lets nothing through', async (limit) => {
    const { key } = await makePersonalKey(app, { key: { [limit]: 0 } });
    expect((await call(key)).status).toBe(429);
  });

  test.each([
    ['user', { rpm_limit: 2 }, {}],
    ['team', {}, { rpm_limit: 2 }],
  ])('of a %s holds for all of its keys together', async (descriptor, user, team) => {
    const { key, userId, teamId } = await makeTeamKey(app, { user, team, key: { rpm_limit: 9 } });
    const second = String((await post(app, '/key/generate', { user_id: userId, team_id: teamId }))['key']);
    await expectServed(key);
    await expectServed(second);
    for (const each of [key, second]) {
      const value = descriptor === 'user' ? userId : teamId;
      expect(errorOf(await call(each))).toMatchObject({
        status: 429,
        message: expect.stringContaining(
          `Rate limit exceeded for ${descriptor}: ${value}. Limit type: requests. Current limit: 2, Remaining: 0.`,
        ),
      });
    }
  });

  test('of a user counts the tokens of all keys, and its calls at once', async () => {
    const { key, userId } = await makePersonalKey(app, { user: { tpm_limit: 12, max_parallel_requests: 5 } });
    const second = String((await post(app, '/key/generate', { user_id: userId }))['key']);
    await expectServed(key);
    expect((await call(second)).headers.get('rate_limit_type')).toBe('tokens');
    await post(app, '/user/update', { user_id: userId, max_parallel_requests: 0 });
    expect((await call(second)).headers.get('rate_limit_type')).toBe('max_parallel_requests');
  });

  test('counts no call that another limit refused', async () => {
    const { key } = await makePersonalKey(app, { key: { rpm_limit: 1, max_budget: 0 } });
    for (const _ of [1, 2, 3]) expect((await call(key)).status).toBe(422);
    await post(app, '/key/update', { key, max_budget: 1 });
    await expectServed(key);
  });
});
