import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadSettings } from '../config/load-settings.ts';
import { testPassword } from './make-person.ts';
import { startTestApp, type TestAnswer, type TestApp } from './start-test-app.ts';

/** The settings that a config file with this value leads to. */
function configured(compatibility: 'newest' | '2026-01', environment: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-compatibility-'));
  try {
    const path = join(folder, 'config.yaml');
    writeFileSync(path, `general_settings:\n  compatibility: "${compatibility}"\n`);
    const given = { LITELLM_MASTER_KEY: 'sk-9f8e7d6c5b4a3210', ...environment };
    return loadSettings({ environment: given, arguments: ['--config', path], folder }).settings;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Rows of contract 0.2 whose older form can be had: what clients and test suites of that time look at. */
describe.each([
  {
    compatibility: 'newest' as const,
    budget: 422,
    model: [403, "The requested model 'embedder' is not available for this API key"],
    expired: 401,
  },
  {
    compatibility: '2026-01' as const,
    budget: 400,
    model: [401, "key not allowed to access model. This key can only access models=['demo']. Tried to access embedder"],
    expired: 400,
  },
])('In terms of $compatibility', ({ compatibility, budget, model, expired }) => {
  let app: TestApp;
  let clock = Date.parse('2026-11-23T09:00:00Z');

  beforeAll(async () => {
    const { budgetExceededStatus } = configured(compatibility);
    app = await startTestApp({ now: () => clock, settings: { compatibility, budgetExceededStatus } });
  });
  afterAll(() => app.close());

  const makeKey = async (body: Record<string, unknown>) =>
    (await app.send('POST', '/key/generate', { body })).json<{ key: string }>().key;
  const chat = (key: string, wanted = 'demo'): Promise<TestAnswer> =>
    app.send('POST', '/v1/chat/completions', {
      key,
      body: { model: wanted, messages: [{ role: 'user', content: 'hi' }] },
    });

  test('a spent budget is refused with the status of that time', async () => {
    const answer = await chat(await makeKey({ max_budget: 0 }));
    expect([answer.status, answer.json()['error']]).toEqual([
      budget,
      expect.objectContaining({ type: 'budget_exceeded', code: String(budget) }),
    ]);
  });

  test('a model that is not allowed is refused in the words of that time', async () => {
    const answer = await chat(await makeKey({ models: ['demo'] }), 'embedder');
    expect([answer.status, answer.json()['error']]).toEqual([
      model[0],
      {
        message: expect.stringContaining(String(model[1])),
        type: 'key_model_access_denied',
        param: 'model',
        code: String(model[0]),
      },
    ]);
  });

  test('an expired key is refused with the status of that time, in both planes', async () => {
    const key = await makeKey({ duration: '1s' });
    clock += 2_000;
    for (const answer of [await chat(key), await app.send('GET', '/key/info', { key })]) {
      expect([answer.status, answer.json()['error']]).toEqual([
        expired,
        expect.objectContaining({ type: 'expired_key', code: String(expired) }),
      ]);
    }
  });
});

describe('A link of an invitation in terms of 2026-01', () => {
  let app: TestApp;
  let clock = Date.parse('2026-11-23T09:00:00Z');

  beforeAll(async () => {
    app = await startTestApp({ now: () => clock, settings: { compatibility: '2026-01' } });
  });
  afterAll(() => app.close());

  const open = (id: string) => app.send('GET', `/onboarding/get_token?invite_link=${id}`, { key: null });
  const claim = (id: string, userId: string, password = testPassword) =>
    app.send('POST', '/onboarding/claim_token', {
      key: null,
      body: { invitation_link: id, user_id: userId, password },
    });
  async function invite(): Promise<{ id: string; userId: string }> {
    const user = await app.send('POST', '/user/new', { body: { user_role: 'internal_user', auto_create_key: false } });
    const userId = String(user.json()['user_id']);
    const made = await app.send('POST', '/invitation/new', { body: { user_id: userId } });
    return { id: String(made.json()['id']), userId };
  }

  test('is marked as accepted when it is opened, and sets a password without more, until it expires', async () => {
    const { id, userId } = await invite();
    const early = await claim(id, userId);
    expect([early.status, early.text]).toEqual([401, expect.stringContaining('was never validated')]);
    expect((await open(id)).status).toBe(200);
    const info = await app.send('GET', `/invitation/info?invitation_id=${id}`);
    expect(info.json()).toMatchObject({ is_accepted: true, accepted_at: new Date(clock).toISOString() });
    expect((await claim(id, userId)).status).toBe(200);
    expect((await open(id)).status).toBe(200);
    const again = await claim(id, userId, 'Another-Horse-43!');
    expect(again.status).toBe(200);
    expect(again.text).not.toMatch(/argon2/);
    clock += 7 * 86_400_000;
    expect([(await open(id)).status, (await claim(id, userId)).status]).toEqual([401, 401]);
  });

  test('still belongs to one person, and a newer one replaces it', async () => {
    const { id, userId } = await invite();
    const other = await invite();
    await open(id);
    expect((await claim(id, other.userId)).status).toBe(401);
    await app.send('POST', '/invitation/new', { body: { user_id: userId } });
    expect([200, 401]).toContain((await open(id)).status);
    expect((await claim('00000000-0000-4000-8000-000000000000', userId)).status).toBe(401);
  });
});

describe('A master key that everybody knows', () => {
  test('is taken in terms of 2026-01 only', () => {
    expect(configured('2026-01', { LITELLM_MASTER_KEY: 'sk-1234' }).masterKey).toBe('sk-1234');
    expect(() => configured('newest', { LITELLM_MASTER_KEY: 'sk-1234' })).toThrow('is publicly known');
  });

  test('is never no key at all, which made everybody an admin', () => {
    expect(() => configured('2026-01', { LITELLM_MASTER_KEY: '' })).toThrow('is empty');
  });
});
