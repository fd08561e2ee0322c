import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ConfigError } from './config-error.ts';
import { deploymentsFrom } from './load-deployments.ts';
import { readConfigFile } from './read-config-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'latchkey-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, 'config.yaml');

function read(text: string, environment: Record<string, string> = {}) {
  writeFileSync(path, text);
  return readConfigFile(path, environment);
}

/** The problems of a file, without its path: `line:column: what`. */
function problemsOf(text: string): string[] {
  try {
    const { config } = read(text);
    deploymentsFrom(config, path);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.split('\n').map((line) => line.replace(`${path}:`, ''));
  }
  throw new Error('the file was taken');
}

const model = (params: string) =>
  `model_list:\n  - model_name: gpt\n    litellm_params:\n      model: openai/gpt-4o\n${params}`;

describe('A config file that is wrong is refused with line, column, what is wrong and what would be right', () => {
  test.each<[string, string, RegExp]>([
    ['no YAML', 'model_list: [', /^1:14: /],
    ['a tab', 'general_settings:\n\tmaster_key: x', /^2:1: .*[Tt]ab/],
    ['a list', '- model_list', /^1:1: the file must be a map with sections/],
    ['a name twice', 'router_settings: {}\nrouter_settings: {}', /^2:1: Map keys must be unique/],
    ['an unknown section', 'model_lst: []', /^1:1: there is no section 'model_lst'\. Known sections: model_list, /],
    ['a section of the language', 'toString: 1', /^1:1: there is no section 'toString'/],
    ['a section that is no map', 'general_settings: 5', /^1:19: general_settings must be a map of names and values$/],
    ['models that are no list', 'model_list:\n  model_name: gpt', /^2:3: model_list must be a list$/],
    [
      'a model without a name',
      'model_list:\n  - litellm_params:\n      model: openai/x',
      /^2:5: model_list\.0\.model_name is missing; it must be a text$/,
    ],
    [
      'a model with an empty name',
      'model_list:\n  - model_name: ""\n    litellm_params: {model: a}',
      /^2:17: model_list\.0\.model_name must not be empty$/,
    ],
    [
      'a model without parameters',
      'model_list:\n  - model_name: gpt',
      /^2:5: model_list\.0\.litellm_params is missing; it must be a map of names and values$/,
    ],
    [
      'a price that is no number',
      model('      input_cost_per_token: cheap'),
      /^5:29: model_list\.0\.litellm_params\.input_cost_per_token must be a number$/,
    ],
    [
      'a negative price',
      model('      input_cost_per_token: -1'),
      /^5:29: .* must be a price of at least 0, in dollars per token, such as 0\.0000025$/,
    ],
    [
      'a price too fine',
      model('      output_cost_per_token: 1e-19'),
      /^5:30: .* must be a price of at most 18 decimal places/,
    ],
    [
      'an address that is none',
      model('      api_base: localhost'),
      /^5:17: .*api_base must be an address such as https/,
    ],
    ['a timeout of nothing', model('      timeout: 0'), /^5:16: .*timeout must be a number of seconds above 0$/],
    [
      'a negative budget',
      'litellm_settings:\n  max_internal_user_budget: -5',
      /^2:29: litellm_settings\.max_internal_user_budget must be an amount in dollars of at least 0, such as 10$/,
    ],
    [
      'a limit of new teams that means nothing here',
      'litellm_settings:\n  default_team_params:\n    max_budjet: 5',
      /^3:5: .*default_team_params must hold these settings only: models, max_budget, /,
    ],
    [
      'a duration without a unit',
      'litellm_settings:\n  internal_user_budget_duration: "30"',
      /^2:34: .* must be a duration such as 30s, 15m, 24h, 7d or 1mo$/,
    ],
    [
      'a period that the calendar does not know',
      'litellm_settings:\n  budget_duration: 2mo',
      /^2:20: litellm_settings\.budget_duration must be a period such as 1h, 1d, 7d, 30d or 1mo$/,
    ],
    [
      'a kind of token that nobody counts',
      'general_settings:\n  token_rate_limit_type: cached',
      /^2:26: general_settings\.token_rate_limit_type must be total, input or output$/,
    ],
    [
      'an unknown role',
      'litellm_settings:\n  default_internal_user_params:\n    user_role: boss',
      /^3:16: .*user_role must be one of: proxy_admin, proxy_admin_viewer, internal_user, internal_user_viewer$/,
    ],
    [
      'a status that is none of a refusal',
      'litellm_settings:\n  budget_exceeded_status_code: 200',
      /^2:32: .* must be at least 400$/,
    ],
    [
      'retries that are no whole number',
      'router_settings:\n  num_retries: 1.5',
      /^2:16: router_settings\.num_retries must be a whole number$/,
    ],
    [
      'a yes where a switch is meant',
      'litellm_settings:\n  cache: "yes"',
      /^2:10: litellm_settings\.cache must be true or false$/,
    ],
    [
      'a cache elsewhere',
      'litellm_settings:\n  cache_params:\n    type: redis',
      /^3:11: .*type must be local: this version caches in memory$/,
    ],
    [
      'variables that are lists',
      'environment_variables:\n  A: [1]',
      /^2:6: environment_variables\.A must be a text, a number, or true or false$/,
    ],
    [
      'a missing variable',
      'general_settings:\n  master_key: os.environ/NOT_SET_ANYWHERE',
      /^2:15: the environment variable NOT_SET_ANYWHERE is not set\. Set it \(or put it in \.env\), or write the value here\.$/,
    ],
    [
      'an unknown provider',
      'model_list:\n  - model_name: gpt\n    litellm_params: {model: bedrock/x}',
      /model_list\[0\] \(gpt\): litellm_params\.model is 'bedrock\/x', but this version has no provider 'bedrock'.*hosted_vllm/,
    ],
    [
      'a provider named like a part of the language',
      'model_list:\n  - model_name: gpt\n    litellm_params: {model: constructor/x}',
      /no provider 'constructor'/,
    ],
    [
      'a server of one’s own without its address',
      'model_list:\n  - model_name: gpt\n    litellm_params: {model: hosted_vllm/x}',
      /litellm_params\.api_base is missing\..*such as http:\/\/localhost:8000\/v1/,
    ],
    [
      'a time of day that is none',
      'litellm_settings:\n  budget_reset_time: "24:00"',
      /^2:22: litellm_settings\.budget_reset_time must be a time of day from 00:00 to 23:59, such as 06:00$/,
    ],
    [
      'a budget of a provider that is misspelt',
      'router_settings:\n  provider_budget_config:\n    openai: {budget_limit: 1}\n    opnai: {budget_limit: 1}',
      /^4:5: router_settings\.provider_budget_config\.opnai would hold nothing, since there is no provider 'opnai'\. Did you mean 'openai'\?$/,
    ],
    [
      'a period of a model without its budget',
      model('      budget_duration: 1d'),
      /model_list\[0\] \(gpt\): litellm_params\.budget_duration is '1d', but there is no max_budget\. Say how many dollars/,
    ],
    [
      'a rate that is no count',
      model('      rpm: -1'),
      /^5:12: model_list\.0\.litellm_params\.rpm must be a whole number of at least 0$/,
    ],
    [
      'an id twice',
      `${model('    model_info: {id: same}')}\n  - model_name: b\n    litellm_params: {model: openai/b}\n    model_info: {id: same}`,
      /two models have the id 'same'/,
    ],
  ])('%s', (_name, text, expected) => {
    expect(problemsOf(text)[0]).toMatch(expected);
  });

  test('tells all that is wrong at once', () => {
    expect(
      problemsOf('model_lst: []\nrouter_settings:\n  num_retries: -1\nlitellm_settings:\n  cache: 5').map(
        (problem) => problem.split(':')[0],
      ),
    ).toEqual(['1', '3', '5']);
    const budgets = 'router_settings:\n  num_retries: -1\n  provider_budget_config:\n    gorq: {budget_limit: -1}';
    expect(problemsOf(budgets).map((problem) => problem.slice(0, 4))).toEqual(['2:16', '4:26']);
  });

  test('names the file when it cannot be read', () => {
    expect(() => readConfigFile(join(folder, 'nowhere.yaml'), {})).toThrow(
      /The config file .*nowhere\.yaml cannot be read .*Check --config or LATCHKEY_CONFIG/,
    );
  });
});

describe('A config file that is right', () => {
  test('may be empty, and its sections too', () => {
    expect(read('').config).toEqual({});
    expect(read('# nothing\n').config).toEqual({});
    expect(deploymentsFrom(read('model_list:\nlitellm_settings:\n').config, path)).toEqual([]);
  });

  test('takes values from the environment, and from its own environment_variables where that is silent', () => {
    const text =
      'general_settings:\n  master_key: os.environ/A\n  database_url: os.environ/B\nenvironment_variables:\n  A: from the file\n  B: from the file';
    expect(read(text, { A: 'from outside' }).config.general_settings).toEqual({
      master_key: 'from outside',
      database_url: 'from the file',
    });
  });

  test.each([
    ['0.0000025', '0.0000025'],
    ['3.75e-08', '3.75e-8'],
    ['2.5e-6', '0.0000025'],
    ['0', '0'],
    ['1', '1'],
  ])('reads the price %s exactly', (written, kept) => {
    const [deployment] = deploymentsFrom(read(model(`      input_cost_per_token: ${written}`)).config, path);
    expect(deployment?.prices).toEqual({ input_cost_per_token: kept });
  });

  test('gives each model what it says, and the usual address of its provider', () => {
    const [first, second] = deploymentsFrom(
      read(
        `${model('      api_key: secret\n      timeout: 5')}\n  - model_name: local\n    litellm_params: {model: hosted_vllm/org/llama, api_base: "http://localhost:8000/v1/"}`,
      ).config,
      path,
    );
    expect(first).toMatchObject({
      provider: 'openai',
      providerModel: 'gpt-4o',
      apiBase: 'https://api.openai.com/v1',
      apiKey: 'secret',
      timeoutMs: 5_000,
      prices: null,
    });
    expect(second).toMatchObject({
      provider: 'hosted_vllm',
      providerModel: 'org/llama',
      apiBase: 'http://localhost:8000/v1',
      apiKey: null,
    });
  });

  test('says which calls each model is for', () => {
    expect(deploymentsFrom(read(model('      tags: [teamA, default]')).config, path)).toMatchObject([
      { tags: ['teamA', 'default'] },
    ]);
    expect(deploymentsFrom(read(model('')).config, path)).toMatchObject([{ tags: [] }]);
  });

  test('says how long streams may take: the model before the router', () => {
    const timeoutsOf = (params: string) =>
      deploymentsFrom(read(`${model(params)}\nrouter_settings:\n  stream_timeout: 60`).config, path).map(
        ({ timeoutMs, streamTimeoutMs }) => [timeoutMs, streamTimeoutMs],
      );
    expect(timeoutsOf('')).toEqual([[600_000, 60_000]]);
    expect(timeoutsOf('      timeout: 5')).toEqual([[5_000, null]]);
    expect(timeoutsOf('      timeout: 5\n      stream_timeout: 0.5')).toEqual([[5_000, 500]]);
  });

  test('says what each model may be called and may cost', () => {
    const limits = '      max_budget: 10.5\n      budget_duration: 1d\n      rpm: 480\n      tpm: 100000';
    const general = '\ngeneral_settings:\n  max_parallel_requests: 7';
    const deploymentsOf = (text: string) => deploymentsFrom(read(text).config, path);
    expect(deploymentsOf(model(limits) + general)).toMatchObject([
      {
        budget: { maxNanoUsd: 10_500_000_000, duration: '1d' },
        rates: { requestsPerMinute: 480, tokensPerMinute: 100_000, maxParallelRequests: 7 },
      },
    ]);
    expect(deploymentsOf(model('      max_budget: 1\n      max_parallel_requests: 2') + general)).toMatchObject([
      {
        budget: { maxNanoUsd: 1_000_000_000, duration: null },
        rates: { requestsPerMinute: null, tokensPerMinute: null, maxParallelRequests: 2 },
      },
    ]);
    expect(deploymentsOf(model(''))).toMatchObject([
      { budget: null, rates: { requestsPerMinute: null, tokensPerMinute: null, maxParallelRequests: null } },
    ]);
  });

  test('knows a model without an id again when its limits change and others are put before it, and equal ones apart', () => {
    const entry = (params: string) => `  - model_name: gpt\n    litellm_params: {model: openai/gpt-4o${params}}\n`;
    const idsOf = (...entries: string[]) =>
      deploymentsFrom(read(`model_list:\n${entries.join('')}`).config, path).map(({ id }) => id);
    const [id] = idsOf(entry(''));
    expect(idsOf(entry(', max_budget: 5, budget_duration: 1d, rpm: 3, weight: 2'))).toEqual([id]);
    expect(idsOf(entry(', api_key: other'), entry(', tpm: 9'))[1]).toBe(id);
    const twins = idsOf(entry(''), entry(', rpm: 1'), entry(''));
    expect([twins[0], new Set(twins).size]).toEqual([id, 3]);
  });

  test('says what new teams get', () => {
    const { config } = read('litellm_settings:\n  default_team_params:\n    max_budget: 25\n    models: [gpt-5]\n');
    expect(config.litellm_settings?.default_team_params).toEqual({ max_budget: 25, models: ['gpt-5'] });
  });

  test('has what this version leaves alone listed, not refused', () => {
    const { ignored } = read(
      'guardrails: []\nlitellm_settings:\n  drop_params: true\n  cache: true\ngeneral_settings:\n  alerting_threshold: 300\nrouter_settings:\n  provider_budget_config: {openai: {budget_limit: 1}, anthropic: {budget_limit: 1}}',
    );
    expect(ignored).toEqual([
      'guardrails',
      'litellm_settings.drop_params',
      'general_settings.alerting_threshold',
      'router_settings.provider_budget_config.anthropic',
    ]);
  });
});
