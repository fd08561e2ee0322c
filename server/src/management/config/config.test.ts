import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { settableSections } from '../../config/configuration.ts';
import { settingDescriptions } from '../../config/setting-descriptions.ts';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { errorOf, makeCaller } from '../../testing/make-caller.ts';
import { makePersonalKey } from '../../testing/make-key.ts';
import { startTestApp, type TestAnswer, type TestApp } from '../../testing/start-test-app.ts';
import { chat, type FakeUpstream, holdAnswers, sendJson, startUpstream, usageOf } from '../../testing/upstream.ts';

interface Field {
  readonly field_name: string;
  readonly field_value: unknown;
  readonly source: string;
  readonly [name: string]: unknown;
}

describeOnEachEngine('Settings of the config file that are set through the API', (openStorage) => {
  let app: TestApp;
  let upstream: FakeUpstream;

  beforeAll(async () => {
    upstream = await startUpstream();
    app = await startTestApp({
      storage: await openStorage(),
      environment: { REDIS_PORT: '6390', SMTP_HOST: 'mail.example.com', SMTP_SENDER_EMAIL: 'gateway@example.com' },
      config: `
model_list:
  - model_name: gpt
    litellm_params: {model: openai/gpt, api_base: '${upstream.url}', api_key: secret, input_cost_per_token: 0.001, output_cost_per_token: 0.001}
  - model_name: unpriced
    litellm_params: {model: openai/unheard-of, api_base: '${upstream.url}', api_key: secret}
general_settings:
  max_failed_login_attempts: 7
  litellm_jwtauth: {admin_jwt_scope: boss}
litellm_settings:
  max_internal_user_budget: 10
  default_internal_user_params: {models: [gpt, unpriced]}
router_settings:
  num_retries: 1
  cooldown_time: 1
  redis_password: open-sesame
`,
    });
  });
  beforeEach(() => {
    upstream.seen.length = 0;
    upstream.respond(chat(['Hello'], usageOf(10, 2)));
  });
  afterAll(async () => {
    await app.close();
    await upstream.close();
  });

  const update = (body: unknown) => app.send('POST', '/config/update', { body });
  async function set(body: unknown): Promise<void> {
    const answer = await update(body);
    expect([answer.status, answer.text]).toEqual([200, '{"message":"Config updated successfully"}']);
  }
  async function fieldOf(name: string, section: string): Promise<Field> {
    return (await app.send('GET', `/config/field/info?field_name=${name}&config_type=${section}`)).json<Field>();
  }
  const unset = (name: string, section: string) =>
    app.send('POST', '/config/field/delete', { body: { field_name: name, config_type: section } });
  const stateOf = async () =>
    JSON.stringify(await Promise.all(settableSections.map((section) => list(section)))) +
    JSON.stringify(app.app.parts.settings);
  const list = async (section: string) =>
    (await app.send('GET', `/config/list?config_type=${section}`)).json<Field[]>();
  function call(key: string, more: Record<string, unknown> = {}): Promise<TestAnswer> {
    const body = { model: 'gpt', messages: [{ role: 'user', content: 'Hi' }], max_tokens: 2, ...more };
    return app.send('POST', '/v1/chat/completions', { key, body });
  }

  it('are listed with what they are, what holds, and where that comes from', async () => {
    const general = (await app.send('GET', '/config/list')).json<Field[]>();
    const nameOf = (name: string) => general.find((field) => field.field_name === name);
    expect(nameOf('max_failed_login_attempts')).toEqual({
      field_name: 'max_failed_login_attempts',
      field_type: 'Integer',
      field_description: 'After how many wrong passwords signing in is refused for a while',
      field_value: 7,
      field_default_value: 10,
      stored_in_db: false,
      source: 'config file',
      can_be_set: true,
      reason: null,
    });
    expect(nameOf('token_rate_limit_type')).toMatchObject({
      field_type: 'String',
      field_value: null,
      field_default_value: 'total',
      stored_in_db: null,
      source: 'default',
    });
    expect(nameOf('litellm_jwtauth')).toMatchObject({
      field_type: 'Dictionary',
      can_be_set: false,
      reason: expect.stringContaining('restart'),
    });
    expect(nameOf('master_key')).toMatchObject({ field_value: '********', source: 'environment', can_be_set: false });
    const router = await list('router_settings');
    expect(router.map(({ field_name: name, source }) => [name, source])).toEqual(
      expect.arrayContaining([
        ['redis_port', 'environment'],
        ['redis_password', 'config file'],
        ['timeout', 'default'],
      ]),
    );
    const all = JSON.stringify([general, router, await list('litellm_settings')]);
    expect(all).not.toContain('open-sesame');
    expect(all).not.toContain('sk-test');
  });

  it('name every setting that the config file has, once', async () => {
    for (const section of settableSections) {
      expect((await list(section)).map((field) => field.field_name)).toEqual(Object.keys(settingDescriptions[section]));
    }
  });

  it('stand above the config file until they are taken back', async () => {
    await set({ router_settings: { num_retries: 4 }, general_settings: { max_failed_login_attempts: null } });
    expect(await fieldOf('num_retries', 'router_settings')).toMatchObject({
      field_value: 4,
      stored_in_db: true,
      source: 'database',
    });
    expect(app.app.parts.settings.router.numRetries).toBe(4);
    // Null says "nothing", whatever the file says: the default holds.
    expect(app.app.parts.settings.signInThrottle.maxFailures).toBe(10);
    const back = await unset('num_retries', 'router_settings');
    expect(back.json()).toMatchObject({ field_value: 1, stored_in_db: false, source: 'config file' });
    expect(app.app.parts.settings.router.numRetries).toBe(1);
    expect((await unset('num_retries', 'router_settings')).json()).toMatchObject({
      detail: { error: expect.stringContaining('Field name=num_retries not in DB') },
    });
    expect((await unset('max_failed_login_attempts', 'general_settings')).status).toBe(200);
    expect(app.app.parts.settings.signInThrottle.maxFailures).toBe(7);
  });

  it('are set one at a time too', async () => {
    const body = { field_name: 'password_policy_min_length', field_value: 20, config_type: 'general_settings' };
    const answer = await app.send('POST', '/config/field/update', { body });
    expect(answer.json()).toMatchObject({
      field_name: 'password_policy_min_length',
      field_value: 20,
      stored_in_db: true,
    });
    const refused = await app.send('POST', '/user/new', {
      body: { user_id: 'short', auto_create_key: false },
    });
    expect(refused.status).toBe(200);
    const short = await app.send('POST', '/user/update', { body: { user_id: 'short', password: 'Sixteen-letters1' } });
    expect(short.text).toContain('20');
    expect(short.status).toBe(400);
    expect((await unset('password_policy_min_length', 'general_settings')).status).toBe(200);
  });

  it('change nothing unless all of what is sent is right, and say so in the words of the config file', async () => {
    const before = await stateOf();
    const right = { litellm_settings: { budget_exceeded_status_code: 429 } };
    for (const [sent, words] of [
      [{ router_settings: { num_retries: -1 } }, 'router_settings.num_retries must be at least 0'],
      [{ router_settings: { num_retries: 1.5 } }, 'router_settings.num_retries must be a whole number'],
      [{ router_settings: { num_retrys: 1 } }, 'Did you mean num_retries?'],
      [{ router_settings: { master_key: 'sk-1' } }, 'It belongs into general_settings.'],
      [{ router_settings: { flux: 1 } }, 'The names are: '],
      [{ router_settings: { constructor: 1 } }, 'router_settings has no such setting'],
      [{ router_settings: { provider_budget_config: { openai: { time_period: '1d' } } } }, 'has no budget_limit'],
      [{ router_settings: { provider_budget_config: { opnai: { budget_limit: 1 } } } }, "Did you mean 'openai'?"],
      [{ router_settings: { cooldown_time: 'os.environ/HOME' } }, 'os.environ/ references are for the config file'],
      [{ router_settings: { redis_url: 'redis://elsewhere' } }, 'is read when the gateway starts'],
      [{ general_settings: { master_key: 'sk-0123456789abcdef' } }, 'cannot be changed while the gateway runs'],
      [{ general_settings: { database_url: 'sqlite:other' } }, 'cannot be kept in the database that it leads to'],
      [{ general_settings: { ui_access_mode: 'admin_only' } }, 'PATCH /update/sso_settings'],
      [{ general_settings: { token_rate_limit_type: 'some' } }, 'must be total, input or output'],
      [{ litellm_settings: { num_retries: 3 } }, 'router_settings.num_retries'],
      [{ litellm_settings: { cache_params: { tll: 5 } } }, 'Did you mean ttl?'],
      [{ litellm_settings: { cache_params: { max_size_mb: 1 } } }, 'max_size_mb is read when the gateway starts'],
      [{ litellm_settings: { cache_params: { type: 'redis' } } }, 'must be local'],
      [{ litellm_settings: { callbacks: ['langfuse'] } }, 'There is no callback langfuse'],
      [{ litellm_settings: { default_internal_user_params: { max_budget: -1 } } }, 'must not be negative'],
      [{ litellm_settings: { default_internal_user_params: { teams: ['nobody'] } } }, 'Team not found'],
      [{ litellm_settings: { default_team_params: { tpm_limit: 'x' } } }, 'default_team_params.tpm_limit'],
      [{ environment_variables: { DATABASE_URL: 'sqlite:x' } }, 'it is read at the start'],
      [{ environment_variables: { SMTP_HSOT: 'x' } }, 'Did you mean SMTP_HOST?'],
      [{ environment_variables: { SMTP_PORT: 'many' } }, 'smtp_port'],
    ] as const) {
      const answer = await update({
        ...sent,
        litellm_settings: { ...right.litellm_settings, ...('litellm_settings' in sent ? sent.litellm_settings : {}) },
      });
      expect([JSON.stringify(sent), answer.status >= 400 && answer.status < 405, answer.text]).toEqual([
        JSON.stringify(sent),
        true,
        expect.stringContaining(words),
      ]);
      expect(errorOf(answer).message).toContain(words);
    }
    for (const body of [{}, { router_settings: {} }, { router_settings: null }]) {
      expect(errorOf(await update(body)).message).toContain('Nothing was sent to set');
    }
    expect((await update({ model_list: [] })).status).toBe(422);
    expect((await app.send('GET', '/config/field/info?field_name=fallbak')).status).toBe(400);
    expect((await app.send('GET', '/config/list?config_type=environment_variables')).status).toBe(422);
    expect(await stateOf()).toBe(before);
  });

  it('are in the audit log with what held before and what holds now', async () => {
    await set({
      router_settings: { cooldown_time: 9 },
      environment_variables: { SMTP_PASSWORD: 'hunter2-hunter2', SMTP_HOST: 'other.example.com' },
    });
    const { audit_logs: entries } = (await app.send('GET', '/audit?table_name=LiteLLM_Config&page_size=4')).json<{
      audit_logs: { object_id: string; before_value: unknown; updated_values: unknown }[];
    }>();
    expect(entries.find((entry) => entry.object_id === 'router_settings')).toMatchObject({
      before_value: { cooldown_time: 1 },
      updated_values: { cooldown_time: 9 },
    });
    expect(entries.find((entry) => entry.object_id === 'mail_settings')).toMatchObject({
      updated_values: { smtp_host: 'other.example.com', smtp_password: expect.stringMatching(/^\*+$/) },
    });
    expect(JSON.stringify(entries)).not.toContain('hunter2');
    await unset('cooldown_time', 'router_settings');
  });

  it('that have a place of their own are written there', async () => {
    await set({
      litellm_settings: { default_internal_user_params: { max_budget: 3 }, default_team_params: { rpm_limit: 5 } },
      environment_variables: {
        SMTP_HOST: 'third.example.com',
        SMTP_PASSWORD: 'another-secret',
        SMTP_PORT: '2525',
        SMTP_TLS: 'False',
      },
    });
    expect((await app.send('GET', '/get/internal_user_settings')).json()).toMatchObject({
      values: { max_budget: 3, models: ['gpt', 'unpriced'] },
      provenance: { max_budget: 'database', models: 'config file' },
    });
    expect((await app.send('GET', '/get/default_team_settings')).json()).toMatchObject({ values: { rpm_limit: 5 } });
    expect((await app.send('GET', '/get/email_settings')).json()).toMatchObject({
      values: { smtp_host: 'third.example.com', smtp_port: 2525, smtp_tls: false, smtp_password: '********' },
    });
    expect(await fieldOf('default_internal_user_params', 'litellm_settings')).toMatchObject({
      field_value: { models: ['gpt', 'unpriced'], max_budget: 3 },
      source: 'database',
    });
    expect((await unset('default_team_params', 'litellm_settings')).json()).toMatchObject({
      detail: { error: expect.stringContaining('PATCH /update/default_team_settings') },
    });
    await set({ litellm_settings: { default_internal_user_params: null, default_team_params: null } });
    expect((await app.send('GET', '/get/internal_user_settings')).json()).toMatchObject({
      values: { max_budget: null },
    });
  });

  it('tell who is told, and how calls are routed, without a secret', async () => {
    await set({
      environment_variables: { SLACK_WEBHOOK_URL: 'https://hooks.slack.com/services/T0/B0/secret' },
      general_settings: { alert_types: ['budget_alerts'] },
    });
    const answer = await app.send('GET', '/get/config/callbacks');
    expect(answer.json()).toMatchObject({
      status: 'success',
      callbacks: [{ name: 'smtp_email', variables: { SMTP_HOST: 'third.example.com', SMTP_PASSWORD: '********' } }],
      alerts: [{ name: 'slack', variables: { SLACK_WEBHOOK_URL: '********' }, active_alerts: ['budget_alerts'] }],
      router_settings: { num_retries: 1, allowed_fails: 3 },
    });
    expect(answer.text).not.toMatch(/another-secret|services\/T0|open-sesame/);
    expect((await app.send('GET', '/active/callbacks')).json()).toEqual({
      alerting: ['email', 'slack'],
      'litellm.callbacks': ['smtp_email'],
      num_callbacks: 1,
      num_alerting: 2,
      'litellm.request_timeout': 600,
    });
    await set({ general_settings: { alerting: ['email'] } });
    expect((await app.send('GET', '/active/callbacks')).json()).toMatchObject({ alerting: ['email'] });
  });

  it('are set by admins, read by viewers of everything, and nobody else’s business', async () => {
    const before = await stateOf();
    for (const [role, reads, writes] of [
      ['proxy_admin_viewer', 200, 403],
      ['internal_user', 401, 401],
      ['internal_user_viewer', 401, 401],
    ] as const) {
      const caller = await makeCaller(app, role);
      for (const path of [
        '/config/list',
        '/config/field/info?field_name=alerting',
        '/get/config/callbacks',
        '/active/callbacks',
      ]) {
        expect([role, path, (await caller.send('GET', path)).status]).toEqual([role, path, reads]);
      }
      for (const [path, body] of [
        ['/config/update', { router_settings: { num_retries: 9 } }],
        ['/config/field/update', { field_name: 'max_failed_login_attempts', field_value: 9 }],
        ['/config/field/delete', { field_name: 'alerting' }],
      ] as const) {
        expect([role, path, (await caller.send('POST', path, body)).status]).toEqual([role, path, writes]);
      }
    }
    expect((await app.send('GET', '/config/list', { key: null })).status).toBe(401);
    expect(await stateOf()).toBe(before);
  });

  it('hold after a restart, but for those that the config file no longer goes with', async () => {
    await set({ router_settings: { num_retries: 6 }, general_settings: { max_failed_login_attempts: 3 } });
    await app.storage.db
      .updateTable('config')
      .set({ param_value: JSON.stringify({ num_retries: 6, allowed_fails: 'many' }) })
      .where('param_name', '=', 'router_settings')
      .execute();
    const again = await startTestApp({ storage: { ...app.storage, close: async () => undefined } });
    expect(again.app.parts.settings.router).toMatchObject({ numRetries: 6, allowedFails: 3 });
    expect(again.app.parts.settings.signInThrottle.maxFailures).toBe(3);
    await again.close();
    await unset('allowed_fails', 'router_settings');
    await unset('num_retries', 'router_settings');
    await unset('max_failed_login_attempts', 'general_settings');
  });

  it('keep all of what several admins set at the same time', async () => {
    await Promise.all([
      set({ router_settings: { num_retries: 3 } }),
      set({ router_settings: { allowed_fails: 5 } }),
      set({ general_settings: { failed_login_window_seconds: 60 } }),
      set({ router_settings: { cooldown_time: 2 } }),
    ]);
    expect(app.app.parts.settings.router).toMatchObject({ numRetries: 3, allowedFails: 5, cooldownMs: 2_000 });
    expect(app.app.parts.settings.signInThrottle.windowMs).toBe(60_000);
    for (const name of ['num_retries', 'allowed_fails', 'cooldown_time']) await unset(name, 'router_settings');
    await unset('failed_login_window_seconds', 'general_settings');
  });

  describe('are obeyed by the next call', () => {
    it('in how often it is tried, and how long a provider may take', async () => {
      const { key } = await makePersonalKey(app);
      upstream.respond((_request, response) => sendJson(response, 500, { error: { message: 'no' } }));
      await call(key);
      expect(upstream.seen).toHaveLength(2);
      await set({ router_settings: { num_retries: 0 } });
      await call(key);
      expect(upstream.seen).toHaveLength(3);
      const held = holdAnswers(chat(['late'], usageOf(1, 1)));
      upstream.respond(held.script);
      await set({ router_settings: { timeout: 0.2 } });
      expect((await call(key)).status).toBe(408);
      held.release();
      await unset('timeout', 'router_settings');
      upstream.respond(chat(['Hello'], usageOf(10, 2)));
      expect((await call(key)).status).toBe(200);
      await unset('num_retries', 'router_settings');
    });

    it('in what all calls, those of a provider and those of a customer may cost', async () => {
      const { key } = await makePersonalKey(app);
      expect((await call(key, { user: 'customer-1' })).status).toBe(200);
      await app.flush();
      await set({ litellm_settings: { max_end_user_budget: 0.001, budget_exceeded_status_code: 402 } });
      const customers = await call(key, { user: 'customer-1' });
      expect([customers.status, customers.text]).toEqual([402, expect.stringContaining('customer-1')]);
      expect((await call(key)).status).toBe(200);
      await set({ litellm_settings: { max_end_user_budget: null, max_budget: 0.005 } });
      // What all calls cost is counted from when it is bounded.
      expect((await call(key, { user: 'customer-1' })).status).toBe(200);
      expect((await call(key, { user: 'customer-1' })).status).toBe(402);
      await set({
        litellm_settings: { max_budget: 0 },
        router_settings: { provider_budget_config: { openai: { budget_limit: 0.000001, time_period: '1d' } } },
      });
      expect((await call(key)).status).toBe(200);
      const provider = await call(key);
      expect([provider.status, provider.text]).toEqual([429, expect.stringContaining('openai')]);
      await unset('provider_budget_config', 'router_settings');
      expect((await call(key)).status).toBe(200);
      for (const name of ['max_budget', 'max_end_user_budget', 'budget_exceeded_status_code']) {
        expect((await unset(name, 'litellm_settings')).status).toBe(200);
      }
    });

    it('in how many run at once, and whether a model needs a price', async () => {
      const { key } = await makePersonalKey(app);
      const held = holdAnswers(chat(['late'], usageOf(1, 1)));
      upstream.respond(held.script);
      await set({ general_settings: { global_max_parallel_requests: 1 } });
      const first = call(key);
      await expect.poll(() => upstream.seen.length).toBe(1);
      expect((await call(key)).status).toBe(429);
      held.release();
      expect((await first).status).toBe(200);
      await unset('global_max_parallel_requests', 'general_settings');
      expect((await call(key, { model: 'unpriced' })).status).toBe(200);
      await set({ litellm_settings: { block_requests_for_models_without_pricing: true } });
      expect((await call(key, { model: 'unpriced' })).status).toBe(403);
      await unset('block_requests_for_models_without_pricing', 'litellm_settings');
    });

    it('in whether and for how long its answer is kept', async () => {
      const { key } = await makePersonalKey(app);
      const isKept = async () => {
        const before = upstream.seen.length;
        expect((await call(key)).status).toBe(200);
        return upstream.seen.length === before;
      };
      await isKept();
      expect(await isKept()).toBe(false);
      await set({ litellm_settings: { cache: true, cache_params: { ttl: 3600 } } });
      await isKept();
      expect(await isKept()).toBe(true);
      expect((await app.send('GET', '/cache/settings')).json()).toMatchObject({ current_values: { ttl: 3600 } });
      await unset('cache', 'litellm_settings');
      expect(await isKept()).toBe(false);
    });
  });

  it('are obeyed by the next key: what it gets, what it may have, and who may make it', async () => {
    const person = await makeCaller(app, 'internal_user');
    await set({
      litellm_settings: {
        default_key_generate_params: { rpm_limit: 11 },
        upperbound_key_generate_params: { max_budget: 1 },
        key_generation_settings: {
          personal_key_generation: {
            allowed_user_roles: ['proxy_admin', 'internal_user'],
            required_params: ['key_alias'],
          },
        },
      },
    });
    expect((await person.send('POST', '/key/generate', {})).status).toBe(400);
    const made = await person.send('POST', '/key/generate', { key_alias: 'theirs' });
    expect(made.json()).toMatchObject({ rpm_limit: 11, max_budget: 1 });
    expect((await person.send('POST', '/key/generate', { key_alias: 'more', max_budget: 2 })).status).toBe(400);
    for (const name of ['default_key_generate_params', 'upperbound_key_generate_params', 'key_generation_settings']) {
      expect((await unset(name, 'litellm_settings')).status).toBe(200);
    }
    expect((await person.send('POST', '/key/generate', {})).json()).toMatchObject({ rpm_limit: null });
  });
});
