import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { hashSecret } from '../management/keys/key-secret.ts';
import { logOf, spendOf } from '../testing/books.ts';
import { errorOf } from '../testing/make-caller.ts';
import { makePersonalKey, makeTeamKey, post } from '../testing/make-key.ts';
import { eventually, openStream } from '../testing/open-stream.ts';
import { startTestApp, type TestAnswer, type TestApp, testDeployment } from '../testing/start-test-app.ts';
import {
  chat,
  chatCompletion,
  chatEvents,
  type FakeUpstream,
  sendJson,
  startUpstream,
  usageOf,
} from '../testing/upstream.ts';

let upstream: FakeUpstream;
let app: TestApp;
let clock = Date.UTC(2026, 10, 23, 15, 10, 30);

beforeAll(async () => {
  upstream = await startUpstream();
  app = await startTestApp({ settings: { models: [testDeployment('gpt', upstream.url)] }, now: () => clock });
});
afterAll(async () => {
  await app.close();
  await upstream.close();
});
beforeEach(() => upstream.respond(chat(['Hello'], usageOf(10, 2))));

/** What one call costs here: 10 and 2 tokens. */
const oneCallUsd = 0.000019;

function call(key: string, more: Record<string, unknown> = {}): Promise<TestAnswer> {
  return app.send('POST', '/v1/chat/completions', {
    key,
    body: { model: 'gpt', messages: [{ role: 'user', content: 'Hi' }], max_tokens: 1, ...more },
  });
}

async function expectServed(key: string, times = 1): Promise<void> {
  for (let n = 0; n < times; n += 1) {
    const answer = await call(key);
    expect(answer.status, answer.text).toBe(200);
  }
}

describe('A spent budget refuses the next call in the contract’s words', () => {
  test('of a key', async () => {
    const { key } = await makePersonalKey(app, { key: { max_budget: oneCallUsd, key_alias: 'my-laptop' } });
    await expectServed(key);
    const refusal = await call(key);
    expect(errorOf(refusal)).toEqual({
      status: 422,
      message: `Budget has been exceeded! Key=my-laptop (sk-...${key.slice(-4)}) Current cost: 0.000019, Max budget: 0.000019`,
      type: 'budget_exceeded',
      param: null,
    });
    expect(upstream.seen.length).toBeGreaterThan(0);
    expect(await logOf(app, key)).toHaveLength(1);
  });

  test('of a user, for every personal key of theirs', async () => {
    const { key, userId } = await makePersonalKey(app, { user: { max_budget: oneCallUsd * 2 } });
    const second = String((await post(app, '/key/generate', { user_id: userId }))['key']);
    await expectServed(key);
    await expectServed(second);
    for (const each of [key, second]) {
      expect(errorOf(await call(each))).toEqual({
        status: 422,
        message: `ExceededBudget: User=${userId} over budget. Spend=0.000038, Budget=0.000038`,
        type: 'budget_exceeded',
        param: null,
      });
    }
  });

  test('of a team', async () => {
    const { key, teamId } = await makeTeamKey(app, { team: { max_budget: oneCallUsd } });
    await expectServed(key);
    expect(errorOf(await call(key))).toMatchObject({
      status: 422,
      message: `Budget has been exceeded! Team=${teamId} Current cost: 0.000019, Max budget: 0.000019`,
      type: 'budget_exceeded',
    });
  });

  test('of a member inside a team', async () => {
    const { key, teamId, userId } = await makeTeamKey(app, { member: { max_budget_in_team: oneCallUsd } });
    await expectServed(key);
    expect(errorOf(await call(key))).toMatchObject({
      status: 422,
      message: `Budget has been exceeded! TeamMember=${userId}:${teamId} Current cost: 0.000019, Max budget: 0.000019`,
      type: 'budget_exceeded',
    });
  });

  test('before a stream is opened', async () => {
    const { key } = await makePersonalKey(app, { key: { max_budget: 0 } });
    const refusal = await call(key, { stream: true });
    expect(refusal.status).toBe(422);
    expect(refusal.headers.get('content-type')).toContain('application/json');
  });
});

describe('A budget', () => {
  test('of a user does not bind the keys of a team, and is not spent by them', async () => {
    const { key } = await makeTeamKey(app, { user: { max_budget: 0 } });
    await expectServed(key, 3);
    expect(await spendOf(app, key)).toMatchObject({ user: 0, team: 57_000 });
  });

  test('of zero allows nothing, and none at all allows everything', async () => {
    const { key } = await makePersonalKey(app, { key: { max_budget: 0 } });
    expect((await call(key)).status).toBe(422);
    const { key: free } = await makePersonalKey(app);
    await expectServed(free, 3);
  });

  test('that is raised lets the very next call through, and one that is lowered refuses it', async () => {
    const { key } = await makePersonalKey(app, { key: { max_budget: oneCallUsd } });
    await expectServed(key);
    expect((await call(key)).status).toBe(422);
    await post(app, '/key/update', { key, max_budget: 1 });
    await expectServed(key);
    await post(app, '/key/update', { key, max_budget: oneCallUsd });
    expect((await call(key)).status).toBe(422);
    await post(app, '/key/update', { key, max_budget: null });
    await expectServed(key);
  });

  test('of a user that is raised counts for the next call of every key of theirs', async () => {
    const { key, userId } = await makePersonalKey(app, { user: { max_budget: oneCallUsd } });
    await expectServed(key);
    expect((await call(key)).status).toBe(422);
    await post(app, '/user/update', { user_id: userId, max_budget: 1 });
    await expectServed(key);
  });

  test('that resets at its date lets calls through from that instant, before any timer has run', async () => {
    const { key } = await makePersonalKey(app, { key: { max_budget: oneCallUsd, budget_duration: '1h' } });
    await expectServed(key);
    expect((await call(key)).status).toBe(422);
    clock = Date.UTC(2026, 10, 23, 15, 59, 59, 999);
    expect((await call(key)).status).toBe(422);
    clock = Date.UTC(2026, 10, 23, 16);
    await expectServed(key);
    expect((await spendOf(app, key)).key).toBe(19_000);
    expect((await call(key)).status).toBe(422);
  });

  test.each(['user', 'team', 'member'] as const)('of a %s resets at its date too', async (kind) => {
    const budget = { max_budget: oneCallUsd, budget_duration: '1d' };
    const { key } =
      kind === 'user'
        ? await makePersonalKey(app, { user: budget })
        : await makeTeamKey(
            app,
            kind === 'team' ? { team: budget } : { member: { max_budget_in_team: oneCallUsd, budget_duration: '1d' } },
          );
    await expectServed(key);
    expect((await call(key)).status).toBe(422);
    clock += 24 * 3_600_000;
    await expectServed(key);
    expect((await call(key)).status).toBe(422);
  });

  test('is overspent by one call at most when a hundred calls meet its last cent', async () => {
    const { key } = await makePersonalKey(app, { key: { max_budget: oneCallUsd * 3.5 } });
    await expectServed(key, 3);
    upstream.respond((request, response, incoming) => {
      setTimeout(() => void chatCompletion('Hello', usageOf(10, 2))(request, response, incoming), 50);
    });
    const answers = await Promise.all(Array.from({ length: 100 }, () => call(key, { max_tokens: 2_000 })));
    const served = answers.filter((answer) => answer.status === 200).length;
    expect(served).toBe(1);
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([200, 422]));
    expect((await spendOf(app, key)).key).toBe(4 * 19_000);
    expect(answers.find((answer) => answer.status === 422)?.text).toContain(
      'set aside for requests that are still running',
    );
  });

  test('is not used up by failures', async () => {
    const { key } = await makePersonalKey(app, { key: { max_budget: oneCallUsd } });
    upstream.respond((_request, response) => sendJson(response, 400, { error: { message: 'no' } }));
    for (let n = 0; n < 5; n += 1) expect((await call(key, { max_tokens: 1_000_000 })).status).toBe(400);
    upstream.respond(chat(['Hello'], usageOf(10, 2)));
    await expectServed(key);
  });
});

describe('What a request says of its own size', () => {
  test.each([
    '"max_tokens":1e999',
    '"n":1e999,"max_tokens":1e308',
    '"max_tokens":-5',
    '"max_tokens":"many"',
    '"n":-1',
    '"max_completion_tokens":0.5',
  ])('breaks no budget: %s', async (odd) => {
    const { key } = await makePersonalKey(app, { key: { max_budget: 1 } });
    const answer = await app.send('POST', '/v1/chat/completions', {
      key,
      body: `{"model":"gpt","messages":[],${odd}}`,
    });
    expect(answer.status, answer.text).toBe(200);
    await expectServed(key, 2);
    expect((await spendOf(app, key)).key).toBe(57_000);
  });
});

describe('Money that is set aside is given back', () => {
  const whole = { max_tokens: 1_000_000 };
  const head = chatEvents(['Hello'], null).slice(0, 2).join('');

  /** A key whose budget one such call sets aside whole, so that a second one is refused while it runs. */
  async function keyForOneAtATime(): Promise<string> {
    const { key } = await makePersonalKey(app, { key: { max_budget: 1.5 } });
    return key;
  }

  test('after a success, and not before', async () => {
    const key = await keyForOneAtATime();
    let finish: () => void = () => undefined;
    upstream.respond((request, response, incoming) => {
      finish = () => void chatCompletion('Hello', usageOf(10, 2))(request, response, incoming);
    });
    const seen = upstream.seen.length;
    const running = call(key, whole);
    await eventually(() => upstream.seen.length > seen, 'the first call runs');
    expect((await call(key)).status).toBe(422);
    finish();
    expect((await running).status).toBe(200);
    upstream.respond(chat(['Hello'], usageOf(10, 2)));
    await expectServed(key);
  });

  test.each<[string, Parameters<FakeUpstream['respond']>[0]]>([
    ['the provider refused', (_request, response) => sendJson(response, 401, { error: 'no' })],
    ['the provider broke the connection', (_request, response) => void response.destroy()],
    [
      'the provider broke a stream off',
      (_request, response) =>
        void response.writeHead(200, { 'content-type': 'text/event-stream' }).write(head, () => response.destroy()),
    ],
    ['the provider answered nonsense', (_request, response) => void response.end('<html>')],
    ['the provider answered JSON to a stream', (_request, response) => sendJson(response, 200, { id: 'x' })],
  ])('when %s', async (_name, script) => {
    const key = await keyForOneAtATime();
    upstream.respond(script);
    for (const stream of [true, false]) await call(key, { ...whole, stream }).catch(() => undefined);
    upstream.respond(chat(['Hello'], usageOf(10, 2)));
    await expectServed(key);
  });

  test('when the client hangs up', async () => {
    const key = await keyForOneAtATime();
    upstream.respond((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(head);
    });
    const stream = await openStream(app, key, { model: 'gpt', messages: [], ...whole });
    await stream.readUntil('Hello');
    expect((await call(key)).status).toBe(422);
    stream.abort();
    upstream.respond(chat(['Hello'], usageOf(10, 2)));
    await eventually(async () => (await call(key)).status === 200, 'the budget is free again');
  });

  test('so that what is live and what is in the books are the same in the end', async () => {
    const key = await keyForOneAtATime();
    await expectServed(key, 4);
    await app.flush();
    const answer = await call(key);
    expect(answer.headers.get('x-litellm-key-spend')).toBe('0.000095');
    const row = await app.storage.db
      .selectFrom('keys')
      .select('spend_nano_usd')
      .where('key_hash', '=', hashSecret(key))
      .executeTakeFirstOrThrow();
    expect(row.spend_nano_usd).toBeGreaterThanOrEqual(76_000);
  });
});
