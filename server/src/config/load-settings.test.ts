import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConfigError } from './config-error.ts';
import { loadSettings } from './load-settings.ts';

const goodKey = 'sk-9f8e7d6c5b4a3210';
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-settings-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const load = (environment: Record<string, string> = {}, ...args: string[]) =>
  loadSettings({ environment, arguments: args, folder });
const settings = (environment: Record<string, string> = {}, ...args: string[]) =>
  load({ LITELLM_MASTER_KEY: goodKey, ...environment }, ...args).settings;
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);

describe('The master key', () => {
  test('is made strong, kept in the data folder for its owner only, shown once, and the same ever after', () => {
    const first = load();
    const path = join(folder, 'data', 'master-key');
    expect(first.newMasterKey).toMatch(/^sk-[\w-]{32}$/);
    expect(first.settings.masterKey).toBe(first.newMasterKey);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o700);
    expect(readFileSync(path, 'utf8')).toBe(`${first.newMasterKey}\n`);
    const second = load();
    expect(second.newMasterKey).toBe(null);
    expect(second.settings.masterKey).toBe(first.newMasterKey);
  });

  test.each([
    ['', 'is empty'],
    ['sk-1234', 'is publicly known'],
    ['SK-1234', 'is publicly known'],
    ['sk-litellm-master-key', 'is publicly known'],
    ['not-prefixed-0123456789', "does not start with 'sk-'"],
    ['sk-short1234', 'is shorter than 16 characters'],
    [`sk-${'ab'.repeat(20)}`, 'consists of too few different characters'],
  ])('%j is refused, with what would be right, and nothing is kept', (key, fault) => {
    expect(() => load({ LITELLM_MASTER_KEY: key })).toThrow(
      new RegExp(`The master key ${fault}.*openssl rand -hex 24`),
    );
    expect(existsSync(join(folder, 'data'))).toBe(false);
  });

  test('is refused in the config file as in the environment', () => {
    write('config.yaml', 'general_settings:\n  master_key: sk-1234');
    expect(() => load({ LITELLM_MASTER_KEY: goodKey })).toThrow('is publicly known');
  });

  test('may be weak when that is permitted, in the environment or in the file, if only it starts with sk-', () => {
    const permitted = { LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY: 'true' };
    expect(load({ ...permitted, LITELLM_MASTER_KEY: 'sk-1234' }).settings.masterKey).toBe('sk-1234');
    expect(() => load({ ...permitted, LITELLM_MASTER_KEY: '1234' })).toThrow("does not start with 'sk-'");
    write('config.yaml', 'general_settings:\n  dangerously_permit_weak_or_unset_master_key: true');
    expect(load({ LITELLM_MASTER_KEY: 'sk-1234' }).settings.masterKey).toBe('sk-1234');
  });

  test.each(['', '\n', 'sk-1234\n', 'half a k'])(
    'in the data folder that is no key (%j) is refused, not used',
    (text) => {
      mkdirSync(join(folder, 'data'));
      write('data/master-key', text);
      expect(() => load()).toThrow(/The master key in .*master-key (is|does)/);
    },
  );

  test('is the console’s password only while no other one is set', () => {
    expect(settings().uiPassword).toBe(goodKey);
    expect(settings({ UI_PASSWORD: 'another' }).uiPassword).toBe('another');
    expect(settings({ UI_PASSWORD: '' }).uiPassword).toBe(goodKey);
  });
});

describe('Settings', () => {
  test('come from the environment before .env', () => {
    write('.env', `PORT=5001\nHOST=10.0.0.1\nLITELLM_MASTER_KEY=${goodKey}\n`);
    expect(load({ PORT: '5002' }).settings).toMatchObject({ port: 5002, host: '10.0.0.1', masterKey: goodKey });
  });

  test('take the port from the command line before all else', () => {
    expect(settings({ PORT: '1' }, '--port', '2').port).toBe(2);
    expect(settings({ PORT: '1' }, '--port=3').port).toBe(3);
    expect(() => settings({}, '--port')).toThrow('--port needs a value after it.');
  });

  test('find config.yaml in the working folder, LATCHKEY_CONFIG before it, --config before both', () => {
    const models = (name: string) => `model_list: [{model_name: ${name}, litellm_params: {model: openai/x}}]`;
    for (const name of ['config', 'environment', 'argument']) write(`${name}.yaml`, models(name));
    const served = (...options: Parameters<typeof settings>) =>
      settings(...options).models.map((model) => model.modelName);
    expect(served()).toEqual(['config']);
    expect(served({ LATCHKEY_CONFIG: 'environment.yaml' })).toEqual(['environment']);
    expect(served({ LATCHKEY_CONFIG: 'environment.yaml' }, '--config', 'argument.yaml')).toEqual(['argument']);
    expect(() => served({}, '--config', 'nowhere.yaml')).toThrow('cannot be read');
  });

  test('without a model serve the demo model, and say so', () => {
    expect(settings()).toMatchObject({
      demoMode: true,
      models: [{ modelName: 'demo', mockResponse: expect.any(String) }],
    });
  });

  test('that are set to nothing are not set', () => {
    const nothing = Object.fromEntries(
      ['PORT', 'HOST', 'DATABASE_URL', 'LATCHKEY_DATA_DIR', 'PROXY_BASE_URL', 'UI_USERNAME', 'LATCHKEY_CONFIG'].map(
        (name) => [name, ''],
      ),
    );
    expect(settings(nothing)).toMatchObject({
      port: 4000,
      host: '0.0.0.0',
      dataDir: join(folder, 'data'),
      databaseUrl: `sqlite:${join(folder, 'data', 'latchkey.sqlite')}`,
      proxyBaseUrl: null,
      uiUsername: 'admin',
    });
  });

  test.each([
    [{ PORT: 'eighty' }, "PORT is 'eighty', but must be a number from 0 to 65535, such as 4000."],
    [{ PORT: '70000' }, "PORT is '70000'"],
    [
      { PROXY_BASE_URL: 'gateway.example.com' },
      "PROXY_BASE_URL is 'gateway.example.com', but must be an address such as https://gateway.example.com.",
    ],
    [{ PROXY_BASE_URL: 'javascript:alert(1)' }, 'PROXY_BASE_URL'],
    [{ PROXY_LOGOUT_URL: 'javascript:alert(1)' }, 'PROXY_LOGOUT_URL'],
    [{ SERVER_ROOT_PATH: 'gateway' }, "SERVER_ROOT_PATH is 'gateway', but must be a path such as /gateway."],
    [{ SERVER_ROOT_PATH: '/a"><script>' }, 'SERVER_ROOT_PATH'],
    [{ LITELLM_UI_SESSION_DURATION: 'a day' }, 'LITELLM_UI_SESSION_DURATION'],
  ])('that are wrong are refused with what would be right: %j', (environment, message) => {
    const attempt = () => settings(environment as unknown as Record<string, string>);
    expect(attempt).toThrow(ConfigError);
    expect(attempt).toThrow(message);
  });

  test('refuse a time zone that does not exist', () => {
    write('config.yaml', 'litellm_settings:\n  timezone: Mars/Olympus');
    expect(() => settings()).toThrow(
      "litellm_settings.timezone is 'Mars/Olympus', but must be a time zone such as UTC or Europe/Berlin.",
    );
  });

  test('lose the slash at the end of addresses and paths', () => {
    const loaded = settings({ PROXY_BASE_URL: 'https://gateway.example.com/', SERVER_ROOT_PATH: '/gateway/' });
    expect(loaded).toMatchObject({ proxyBaseUrl: 'https://gateway.example.com', serverRootPath: '/gateway' });
  });

  test('keep money in nano-dollars from the start', () => {
    write('config.yaml', 'litellm_settings:\n  max_internal_user_budget: 0.1\n  internal_user_budget_duration: 1mo');
    expect(settings().internalUserDefaults).toMatchObject({ maxBudgetNanoUsd: 100_000_000, budgetDuration: '1mo' });
  });

  test('hold the budgets of all calls and of providers, and which tokens count, under either of LiteLLM’s names', () => {
    expect(settings()).toMatchObject({
      proxyBudget: null,
      providerBudgets: {},
      tokenRateLimitType: 'total',
      maxParallelRequests: null,
      budgetResetSecondOfDay: 0,
      router: { tagFiltering: 'off' },
      blocksModelsWithoutPricing: false,
    });
    write(
      'config.yaml',
      `general_settings: {token_rate_limit_type: output, global_max_parallel_requests: 50}
litellm_settings: {max_budget: 100.5, budget_duration: 30d, budget_reset_time: 06:30, block_requests_for_models_without_pricing: true}
router_settings:
  enable_tag_filtering: true
  provider_budget_config:
    openai: {budget_limit: 0.01, time_period: 1d}
    groq: {max_budget: 5, budget_duration: 1mo}
    mistral: {budget_limit: 7}`,
    );
    expect(settings()).toMatchObject({
      tokenRateLimitType: 'output',
      maxParallelRequests: 50,
      budgetResetSecondOfDay: 6.5 * 3_600,
      router: { tagFiltering: 'any' },
      blocksModelsWithoutPricing: true,
      proxyBudget: { maxNanoUsd: 100_500_000_000, duration: '30d' },
      providerBudgets: {
        openai: { maxNanoUsd: 10_000_000, duration: '1d' },
        groq: { maxNanoUsd: 5_000_000_000, duration: '1mo' },
        mistral: { maxNanoUsd: 7_000_000_000, duration: null },
      },
    });
    expect(load({ LITELLM_MASTER_KEY: goodKey }).warnings).toEqual([]);
    write('config.yaml', 'router_settings: {enable_tag_filtering: true, tag_filtering_match_any: false}');
    expect(settings().router.tagFiltering).toBe('all');
    write('config.yaml', 'litellm_settings: {max_budget: 0, budget_duration: 1d}');
    expect(settings().proxyBudget).toBe(null);
    write('config.yaml', 'router_settings: {provider_budget_config: {openai: {time_period: 1d}}}');
    expect(() => settings()).toThrow('router_settings.provider_budget_config.openai has no budget_limit');
  });

  test('warn of what this version ignores, with the file’s name', () => {
    write('config.yaml', 'litellm_settings:\n  callbacks: [langfuse, smtp_email]');
    expect(load({ LITELLM_MASTER_KEY: goodKey }).warnings).toEqual([
      `${join(folder, 'config.yaml')}: litellm_settings.callbacks: langfuse is not supported by this version and is ignored`,
    ]);
  });
});

describe('Where Redis is', () => {
  const redis = (environment: Record<string, string>) => settings(environment).redis;

  test('is told by one address, or by its parts; without either there is none', () => {
    expect(redis({})).toBe(null);
    expect(redis({ REDIS_URL: 'rediss://:secret@redis.example.com:6380/1', REDIS_HOST: 'other' })).toEqual({
      url: 'rediss://:secret@redis.example.com:6380/1',
    });
    expect(redis({ REDIS_HOST: 'redis.example.com' })).toEqual({ url: 'redis://redis.example.com:6379' });
    expect(
      redis({
        REDIS_HOST: '::1',
        REDIS_PORT: '7000',
        REDIS_USERNAME: 'me',
        REDIS_PASSWORD: 'a/b@c',
        REDIS_SSL: 'true',
      }),
    ).toEqual({ url: 'rediss://me:a%2Fb%40c@[::1]:7000' });
  });

  test('may stand in the router settings, and the environment goes before them', () => {
    write(
      'config.yaml',
      'router_settings:\n  redis_host: redis.example.com\n  redis_port: 7000\n  redis_password: secret',
    );
    expect(redis({})).toEqual({ url: 'redis://:secret@redis.example.com:7000' });
    expect(redis({ REDIS_HOST: 'other' })).toEqual({ url: 'redis://other:6379' });
    expect(redis({ REDIS_URL: 'redis://other' })).toEqual({ url: 'redis://other' });
  });

  test.each([
    [{ REDIS_URL: 'redis.example.com:6379' }, 'REDIS_URL must be an address such as'],
    [{ REDIS_URL: 'http://:secret@redis.example.com' }, 'REDIS_URL must be an address such as'],
    [{ REDIS_HOST: 'redis', REDIS_PORT: 'six' }, "REDIS_PORT is 'six'"],
    [{ REDIS_HOST: 'a host' }, "REDIS_HOST is 'a host'"],
  ])('is refused when it is none, without repeating a password (%j)', (environment, message) => {
    expect(() => redis(environment)).toThrow(message);
    expect(() => redis(environment)).not.toThrow('secret');
  });
});

describe('What is said of other instances', () => {
  test('is how long records are trusted that nobody has called stale, and whether PostgreSQL carries messages', () => {
    expect(settings()).toMatchObject({ recordsStaleAfterMs: 10_000, postgresFeed: true });
    write('config.yaml', 'general_settings:\n  user_api_key_cache_ttl: 60');
    expect(settings({ LATCHKEY_POSTGRES_FEED: 'off' })).toMatchObject({
      recordsStaleAfterMs: 60_000,
      postgresFeed: false,
    });
    expect(() => settings({ LATCHKEY_POSTGRES_FEED: 'maybe' })).toThrow('must be on or off');
  });
});
