import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import * as z from 'zod/mini';
import { optionalUsdToNanoUsd, usdToNanoUsd } from '../money/money.ts';
import { ConfigError } from './config-error.ts';
import { type ConfigFile, configFile } from './config-file-shape.ts';
import type { Configuration, SectionValues } from './configuration.ts';
import { configuredBudgets } from './load-configured-budgets.ts';
import { demoDeployments, deploymentsFrom, streamTimeoutOf } from './load-deployments.ts';
import { keyGenerationSettings } from './load-key-generation.ts';
import { mailSettings, unknownCallbacks } from './load-mail-settings.ts';
import { redisSettings } from './load-redis.ts';
import { singleSignOnSettings, warnAboutSingleSignOn } from './load-single-sign-on.ts';
import { tokenAccessSettings } from './load-token-access.ts';
import { findMasterKey } from './master-key.ts';
import { readConfigFile, wording } from './read-config-file.ts';
import type { Settings, TagFiltering } from './settings.ts';

/** Settings, and what there is to say about them at start. */
export interface LoadedSettings {
  readonly settings: Settings;
  /** The same, for whoever lays values of the database above it. */
  readonly configuration: Configuration;
  /** Set when a master key was made just now: the one time it is shown. */
  readonly newMasterKey: string | null;
  readonly configPath: string | null;
  readonly warnings: readonly string[];
}

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads everything the gateway is told: command line (`--config <file>`, `--port <number>`), environment, `.env`
 * in the working folder, config file. The config file's own master key and database win over the environment.
 * @throws ConfigError when something is wrong; nothing was created then, except for the data folder.
 */
export function loadSettings(options: {
  environment: Environment;
  arguments: readonly string[];
  folder: string;
}): LoadedSettings {
  const environment = withoutEmpty({ ...readDotEnv(options.folder), ...options.environment });
  const configPath = findConfigPath(options.arguments, environment, options.folder);
  const { config, ignored } =
    configPath === null ? { config: {}, ignored: [] } : readConfigFile(configPath, environment);
  for (const [name, value] of Object.entries(config.environment_variables ?? {})) environment[name] ??= String(value);

  const dataDir = resolve(options.folder, environment['LATCHKEY_DATA_DIR'] ?? 'data');
  const general = config.general_settings ?? {};
  const permitWeak =
    general.compatibility === '2026-01' ||
    general.dangerously_permit_weak_or_unset_master_key === true ||
    environment['LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY'] === 'true';
  const master = findMasterKey({ given: general.master_key ?? environment['LITELLM_MASTER_KEY'], dataDir, permitWeak });
  const told: Told = {
    environment,
    port: readPort(argument(options.arguments, '--port') ?? environment['PORT']),
    dataDir,
    configPath: configPath ?? '',
    masterKey: master.key,
  };
  const notActedOn = [...ignored, ...unknownCallbacks(config).map((name) => `litellm_settings.callbacks: ${name}`)];
  const warnings = [
    ...notActedOn.map((name) => `${configPath}: ${name} is not supported by this version and is ignored`),
    ...warnAboutSingleSignOn(environment),
  ];
  return {
    settings: settingsFrom(config, told),
    configuration: {
      file: sectionsOf(config),
      environment,
      settingsWith: (stored) => settingsFrom(laidAbove(config, stored), told),
    },
    newMasterKey: master.isNew ? master.key : null,
    configPath,
    warnings,
  };
}

/** What stays as it is while the gateway runs, whatever is set through the API. */
interface Told {
  readonly environment: Environment;
  readonly port: number;
  readonly dataDir: string;
  /** For complaints about the file; empty: there is none. */
  readonly configPath: string;
  readonly masterKey: string;
}

/** @throws ConfigError for values that make no sense together. */
function settingsFrom(config: ConfigFile, told: Told): Settings {
  const { environment, dataDir, masterKey } = told;
  const general = config.general_settings ?? {};
  const litellm = config.litellm_settings ?? {};
  const deployments = deploymentsFrom(config, told.configPath);
  const numRetries = config.router_settings?.num_retries ?? litellm.num_retries ?? 2;
  return {
    host: environment['HOST'] ?? '0.0.0.0',
    port: told.port,
    dataDir,
    databaseUrl: general.database_url ?? environment['DATABASE_URL'] ?? `sqlite:${join(dataDir, 'latchkey.sqlite')}`,
    masterKey,
    saltKey: environment['LITELLM_SALT_KEY'] || masterKey,
    uiUsername: environment['UI_USERNAME'] ?? 'admin',
    uiPassword: environment['UI_PASSWORD'] ?? masterKey,
    proxyBaseUrl: readUrl(environment, 'PROXY_BASE_URL'),
    proxyLogoutUrl: readUrl(environment, 'PROXY_LOGOUT_URL'),
    serverRootPath: readRootPath(environment['SERVER_ROOT_PATH']),
    keyHeaderName: general.litellm_key_header_name?.toLowerCase() ?? null,
    trustForwardedFor: general.use_x_forwarded_for ?? false,
    maxRequestBytes: Math.floor((general.max_request_size_mb ?? 100) * 1024 * 1024),
    sessionLifetimeMs: readHours(environment['LITELLM_UI_SESSION_DURATION']),
    signInThrottle: {
      maxFailures: general.max_failed_login_attempts ?? 10,
      windowMs: (general.failed_login_window_seconds ?? 900) * 1000,
      enabled: environment['LITELLM_DISABLE_LOGIN_RATE_LIMIT'] !== 'true',
    },
    passwordPolicy: {
      minLength: general.password_policy_min_length ?? 12,
      requireUppercase: general.password_policy_require_uppercase ?? true,
      requireLowercase: general.password_policy_require_lowercase ?? true,
      requireNumbers: general.password_policy_require_numbers ?? true,
      requireSpecialCharacters: general.password_policy_require_special_characters ?? true,
    },
    singleSignOn: singleSignOnSettings(environment, config),
    tokenAccess: tokenAccessSettings(environment, config),
    compatibility: general.compatibility ?? 'newest',
    budgetExceededStatus: litellm.budget_exceeded_status_code ?? (general.compatibility === '2026-01' ? 400 : 422),
    estimatedOutputTokens: litellm.default_estimated_output_tokens ?? null,
    tokenRateLimitType: general.token_rate_limit_type ?? 'total',
    keyRotationGracePeriod: readGracePeriod(environment['LITELLM_KEY_ROTATION_GRACE_PERIOD']),
    timezone: readTimezone(litellm.timezone ?? 'UTC'),
    budgetResetSecondOfDay: secondOfDay(litellm.budget_reset_time ?? '00:00'),
    internalUserDefaults: internalUserDefaults(config),
    models: deployments.length > 0 ? deployments : demoDeployments,
    demoMode: deployments.length === 0,
    router: {
      numRetries,
      cooldownMs: (config.router_settings?.cooldown_time ?? 5) * 1000,
      allowedFails: config.router_settings?.allowed_fails ?? 3,
      timeoutMs: (config.router_settings?.timeout ?? litellm.request_timeout ?? 600) * 1000,
      streamTimeoutMs: streamTimeoutOf(config),
      tagFiltering: tagFilteringOf(config),
      maxParallelRequests: general.max_parallel_requests ?? null,
    },
    teamDefaults: litellm.default_team_params ?? {},
    customerDefaults: {
      maxBudgetNanoUsd: optionalUsdToNanoUsd(litellm.max_end_user_budget),
      budgetId: litellm.max_end_user_budget_id ?? null,
    },
    ...configuredBudgets(config),
    maxParallelRequests: general.global_max_parallel_requests ?? null,
    blocksModelsWithoutPricing: litellm.block_requests_for_models_without_pricing ?? false,
    keyGeneration: keyGenerationSettings(config),
    availableTeams: litellm.default_internal_user_params?.available_teams ?? [],
    cache: cacheSettings(config),
    recordsStaleAfterMs: (general.user_api_key_cache_ttl ?? 10) * 1000,
    healthChecks: {
      inBackground: general.background_health_checks ?? false,
      intervalMs: (general.health_check_interval ?? 300) * 1000,
    },
    redis: redisSettings(environment, config.router_settings),
    postgresFeed: readSwitch(environment, 'LATCHKEY_POSTGRES_FEED', true),
    mail: mailSettings(config, environment),
  };
}

function sectionsOf(config: ConfigFile): SectionValues {
  return {
    general_settings: config.general_settings ?? {},
    litellm_settings: config.litellm_settings ?? {},
    router_settings: config.router_settings ?? {},
  };
}

/**
 * Each value of the database takes the place of the file's as a whole; null says that nothing is set.
 * @throws ConfigError for a value that the file could not have either.
 */
function laidAbove(config: ConfigFile, stored: SectionValues): ConfigFile {
  const parsed = z.safeParse(configFile, {
    ...config,
    general_settings: { ...config.general_settings, ...stored.general_settings },
    litellm_settings: { ...config.litellm_settings, ...stored.litellm_settings },
    router_settings: { ...config.router_settings, ...stored.router_settings },
  });
  if (parsed.success) return parsed.data;
  throw new ConfigError(
    parsed.error.issues.map((issue) => `${issue.path.map(String).join('.')} ${wording(issue, false)}`).join('\n'),
  );
}

/** What is set to nothing (`DATABASE_URL=` in a template) is not set; only an empty master key is told as the mistake it is. */
function withoutEmpty(environment: Environment): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(environment).filter(([name, value]) => value !== '' || name === 'LITELLM_MASTER_KEY'),
  );
}

function readDotEnv(folder: string): Record<string, string | undefined> {
  const path = join(folder, '.env');
  return existsSync(path) ? { ...parseEnv(readFileSync(path, 'utf8')) } : {};
}

function argument(args: readonly string[], name: string): string | undefined {
  const at = args.indexOf(name);
  if (at === -1) return args.find((arg) => arg.startsWith(`${name}=`))?.slice(name.length + 1);
  const value = args[at + 1];
  if (value === undefined) throw new ConfigError(`${name} needs a value after it.`);
  return value;
}

function findConfigPath(args: readonly string[], environment: Environment, folder: string): string | null {
  const given = argument(args, '--config') ?? environment['LATCHKEY_CONFIG'];
  if (given !== undefined && given !== '') return resolve(folder, given);
  const usual = join(folder, 'config.yaml');
  return existsSync(usual) ? usual : null;
}

function readPort(text: string | undefined): number {
  if (text === undefined || text === '') return 4000;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new ConfigError(`PORT is '${text}', but must be a number from 0 to 65535, such as 4000.`);
  return port;
}

function readUrl(environment: Environment, name: string): string | null {
  const text = environment[name];
  if (text === undefined || text === '') return null;
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol))
    throw new ConfigError(`${name} is '${text}', but must be an address such as https://gateway.example.com.`);
  return text.replace(/\/+$/, '');
}

function readSwitch(environment: Environment, name: string, otherwise: boolean): boolean {
  const text = environment[name]?.toLowerCase();
  if (text === undefined) return otherwise;
  if (['true', 'on', '1'].includes(text)) return true;
  if (['false', 'off', '0'].includes(text)) return false;
  throw new ConfigError(`${name} is '${text}', but must be on or off.`);
}

function readRootPath(text: string | undefined): string {
  const path = (text ?? '').replace(/\/+$/, '');
  if (path === '') return '';
  if (!/^(\/[\w.-]+)+$/.test(path))
    throw new ConfigError(`SERVER_ROOT_PATH is '${text}', but must be a path such as /gateway.`);
  return path;
}

function readHours(text: string | undefined): number {
  const match = /^(\d+)(m|h|d)/.exec(text ?? '24h');
  if (!match) throw new ConfigError(`LITELLM_UI_SESSION_DURATION is '${text}', but must be a duration such as 24h.`);
  const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 }[match[2] ?? 'h'] ?? 3_600_000;
  return Number(match[1]) * unitMs;
}

function readGracePeriod(text: string | undefined): string | null {
  if (text === undefined || text === '') return null;
  if (!/^\d+(s|m|h|d|w|mo)$/.test(text))
    throw new ConfigError(`LITELLM_KEY_ROTATION_GRACE_PERIOD is '${text}', but must be a duration such as 24h.`);
  return text;
}

function readTimezone(name: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    throw new ConfigError(
      `litellm_settings.timezone is '${name}', but must be a time zone such as UTC or Europe/Berlin.`,
    );
  }
}

function tagFilteringOf({ router_settings: router }: ConfigFile): TagFiltering {
  if (!router?.enable_tag_filtering) return 'off';
  return router.tag_filtering_match_any === false ? 'all' : 'any';
}

/** Of a time such as `06:30`. */
function secondOfDay(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return (hours * 60 + minutes) * 60;
}

function internalUserDefaults(config: ConfigFile): Settings['internalUserDefaults'] {
  const litellm = config.litellm_settings ?? {};
  const params = litellm.default_internal_user_params ?? {};
  return {
    maxBudgetNanoUsd: litellm.max_internal_user_budget == null ? null : usdToNanoUsd(litellm.max_internal_user_budget),
    budgetDuration: litellm.internal_user_budget_duration ?? null,
    params: {
      userRole: params.user_role ?? null,
      maxBudgetNanoUsd: params.max_budget === undefined ? null : usdToNanoUsd(params.max_budget),
      budgetDuration: params.budget_duration ?? null,
      models: params.models ?? [],
      teams: (params.teams ?? []).map((team) => (typeof team === 'string' ? team : team.team_id)),
    },
  };
}

function cacheSettings(config: ConfigFile): Settings['cache'] {
  const params = config.litellm_settings?.cache_params ?? {};
  const callTypes = params.supported_call_types ?? ['acompletion', 'aembedding'];
  return {
    enabled: config.litellm_settings?.cache === true && callTypes.length > 0,
    mode: params.mode ?? 'default_on',
    ttlMs: params.ttl === undefined ? null : params.ttl * 1000,
    maxBytes: (params.max_size_mb ?? 256) * 1024 * 1024,
    namespace: params.namespace ?? null,
    // LiteLLM has each call in a plain and an asynchronous spelling; they mean the same here.
    callTypes: [...new Set(callTypes.map((type) => (type.startsWith('a') ? type : `a${type}`)))],
  };
}
