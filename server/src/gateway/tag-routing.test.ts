import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { DeploymentSettings, TagFiltering } from '../config/settings.ts';
import { describeOnEachEngine } from '../testing/each-engine.ts';
import { errorOf } from '../testing/make-caller.ts';
import { makePersonalKey, post } from '../testing/make-key.ts';
import {
  startTestApp,
  type TestAnswer,
  type TestApp,
  testDeployment,
  testSettings,
} from '../testing/start-test-app.ts';
import { chatCompletion, type FakeUpstream, startUpstream, usageOf } from '../testing/upstream.ts';

describeOnEachEngine('Where a call goes by its tags', (openStorage) => {
  let upstream: FakeUpstream;
  let app: TestApp;

  beforeAll(async () => {
    upstream = await startUpstream();
    upstream.respond(chatCompletion('Hello', usageOf(10, 2)));
  });
  afterEach(() => app.close());
  afterAll(() => upstream.close());

  const deployment = (id: string, tags: readonly string[], more: Partial<DeploymentSettings> = {}) =>
    testDeployment('gpt', upstream.url, { id, tags, ...more });

  async function start(tagFiltering: TagFiltering, models: readonly DeploymentSettings[]): Promise<void> {
    app = await startTestApp({
      settings: { models, router: { ...testSettings().router, tagFiltering } },
      storage: await openStorage(),
    });
    upstream.seen.length = 0;
  }

  function call(by: { header?: string; body?: readonly string[]; key?: string } = {}): Promise<TestAnswer> {
    return app.send('POST', '/v1/chat/completions', {
      ...(by.key === undefined ? {} : { key: by.key }),
      body: { model: 'gpt', messages: [], ...(by.body ? { tags: by.body } : {}) },
      headers: by.header === undefined ? {} : { 'x-litellm-tags': by.header },
    });
  }

  /** The deployments that answer twelve such calls. */
  async function answerers(by: Parameters<typeof call>[0] = {}): Promise<string[]> {
    const answers = await Promise.all(Array.from({ length: 12 }, () => call(by)));
    return [
      ...new Set(answers.map(({ status, headers }) => headers.get('x-litellm-model-id') ?? String(status))),
    ].sort();
  }

  it('is to the deployments that have one of them, in header, body and key; else to the default ones', async () => {
    await start('any', [
      deployment('a', ['teamA', 'fast']),
      deployment('b', ['teamB']),
      deployment('d', ['default', 'other']),
      deployment('none', []),
    ]);
    expect(await answerers({ header: ' teamA , ' })).toEqual(['a']);
    expect(await answerers({ body: ['teamB'] })).toEqual(['b']);
    expect(await answerers({ header: 'teamB', body: ['fast'] })).toEqual(['a', 'b']);
    expect(await answerers({ body: ['nobody-has-it'] })).toEqual(['d']);
    expect(await answerers()).toEqual(['d']);
    const { key } = await makePersonalKey(app, { key: { tags: ['teamB'] } });
    expect(await answerers({ key })).toEqual(['b']);
    expect(await answerers({ key, header: 'teamA' })).toEqual(['a', 'b']);
    expect(upstream.seen.every(({ body }) => !('tags' in body))).toBe(true);
    await app.flush();
    const logs = (await app.send('GET', '/spend/logs')).json<{ model_id: string; request_tags: string[] }[]>();
    expect(
      logs.filter(({ request_tags: tags }) => tags.includes('fast')).map((log) => log.request_tags),
    ).toContainEqual(['teamB', 'fast']);
  });

  it('is anywhere without tags, while no deployment is a default one', async () => {
    await start('any', [deployment('a', ['teamA']), deployment('none', [])]);
    expect(await answerers()).toEqual(['a', 'none']);
  });

  it('is nowhere when no deployment has them: refused with what to do, and explained as it is met', async () => {
    await start('any', [deployment('a', ['teamA']), deployment('none', [])]);
    const { key } = await makePersonalKey(app);
    const refused = errorOf(await call({ key, body: ['teamC', 'x'] }));
    expect(refused).toEqual({
      status: 403,
      message:
        'Not allowed to access model due to tags configuration. Passed model=gpt and tags=teamC, x: no deployment has them, and none is tagged default. Send other tags, or ask an admin to add them to litellm_params.tags of a deployment.',
      type: 'tag_access_denied',
      param: 'tags',
    });
    expect(upstream.seen).toEqual([]);
    const explain = (tags: readonly string[]) => post(app, '/policy/explain', { key, model: 'gpt', tags });
    expect(await explain(['teamC', 'x'])).toMatchObject({ allowed: false, refusal: { rule: 'tags', ...refused } });
    expect(await explain(['teamA', 'x'])).toMatchObject({ allowed: true, deployments: ['a'] });
    const unknown = await app.send('POST', '/v1/chat/completions', {
      body: { model: 'no', messages: [], tags: ['x'] },
    });
    expect(errorOf(unknown)).toMatchObject({ status: 400, message: expect.stringContaining('Invalid model name') });
  });

  it('is to those that have all of them, where the config file says so', async () => {
    await start('all', [deployment('a', ['teamA']), deployment('both', ['teamA', 'fast'])]);
    expect(await answerers({ body: ['teamA'] })).toEqual(['a', 'both']);
    expect(await answerers({ body: ['fast', 'teamA'] })).toEqual(['both']);
    expect((await call({ body: ['teamA', 'slow'] })).status).toBe(403);
  });

  it('is anywhere, whatever they are, while the config file does not ask for it', async () => {
    await start('off', [deployment('a', ['teamA']), deployment('d', ['default'])]);
    expect(await answerers({ body: ['teamB'] })).toEqual(['a', 'd']);
    expect(await answerers({ body: ['teamA'] })).toEqual(['a', 'd']);
  });

  it('is not elsewhere when the deployments for them are spent', async () => {
    await start('any', [
      deployment('a', ['teamA'], { budget: { maxNanoUsd: 0, duration: null } }),
      deployment('none', []),
    ]);
    expect(errorOf(await call({ body: ['teamA'] }))).toMatchObject({
      status: 429,
      message: 'No deployments available - crossed budget: Exceeded budget for deployment a: 0 >= 0',
    });
  });
});
