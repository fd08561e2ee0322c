import { createHash } from 'node:crypto';
import { usdToNanoUsd } from '../money/money.ts';
import { defaultApiBase, isSupportedProvider, supportedProviders } from '../providers/openai-compatible.ts';
import { ConfigError } from './config-error.ts';
import type { ConfigFile, ModelEntry } from './config-file-shape.ts';
import type { DeploymentSettings, RouterSettings } from './settings.ts';

/** Served when no model is configured, so that the first request works without a provider or a network. */
export const demoDeployments: readonly DeploymentSettings[] = [
  {
    id: 'demo',
    modelName: 'demo',
    provider: 'openai',
    providerModel: 'demo',
    apiBase: 'mock://demo',
    apiKey: null,
    extraHeaders: {},
    organization: null,
    timeoutMs: 60_000,
    streamTimeoutMs: null,
    weight: 1,
    budget: null,
    rates: { requestsPerMinute: null, tokensPerMinute: null, maxParallelRequests: null },
    region: null,
    tags: [],
    mockResponse:
      'Hello from the Latchkey demo model. Your key, your budget and the books work; add a model_list to config.yaml to talk to a real one.',
    mode: 'chat',
    prices: { input_cost_per_token: '0.000001', output_cost_per_token: '0.000002' },
    baseModel: null,
    maxOutputTokens: null,
    accessGroups: [],
    isCheckedInBackground: true,
    teamId: null,
  },
];

const defaultTimeoutSeconds = 600;

/**
 * The deployments of a config file.
 * @throws ConfigError for a provider that does not speak OpenAI's dialect, or without an address.
 */
export function deploymentsFrom(config: ConfigFile, path: string): DeploymentSettings[] {
  const timeoutSeconds =
    config.router_settings?.timeout ?? config.litellm_settings?.request_timeout ?? defaultTimeoutSeconds;
  const twins = new Map<string, number>();
  const deployments = (config.model_list ?? []).map((entry, index) => {
    const identity = identityOf(entry);
    const twin = twins.get(identity) ?? 0;
    twins.set(identity, twin + 1);
    return deploymentOf(entry, `${path}: model_list[${index}] (${entry.model_name})`, {
      twin,
      timeoutMs: timeoutSeconds * 1000,
      streamTimeoutMs: streamTimeoutOf(config),
      maxParallelRequests: config.general_settings?.max_parallel_requests ?? null,
    });
  });
  const ids = deployments.map((deployment) => deployment.id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined)
    throw new ConfigError(`${path}: two models have the id '${twice}'. Give each model_info.id a value of its own.`);
  return deployments;
}

/** `router_settings.stream_timeout`; null: as for all others. */
export function streamTimeoutOf(config: ConfigFile): number | null {
  const seconds = config.router_settings?.stream_timeout ?? null;
  return seconds === null ? null : seconds * 1000;
}

/**
 * One entry as a deployment.
 * @param where what the entry is called in a complaint.
 * @param defaults what entries get that name none, and how many equal ones stand before it.
 * @throws ConfigError for a provider that does not speak OpenAI's dialect, or without an address, and for a period
 * without a budget.
 */
export function deploymentOf(
  entry: ModelEntry,
  where: string,
  defaults: { twin: number } & Pick<RouterSettings, 'timeoutMs' | 'streamTimeoutMs' | 'maxParallelRequests'>,
): DeploymentSettings {
  const { litellm_params: params, model_info: info = {} } = entry;
  const slash = params.model.indexOf('/');
  const provider = slash === -1 ? 'openai' : params.model.slice(0, slash);
  if (!isSupportedProvider(provider)) {
    throw new ConfigError(
      `${where}: litellm_params.model is '${params.model}', but this version has no provider '${provider}'. It speaks OpenAI's dialect: ${supportedProviders().join(', ')}. For any other server of that dialect write openai/<model> and its api_base.`,
    );
  }
  const apiBase =
    params.api_base ?? (params.mock_response === undefined ? defaultApiBase(provider) : `mock://${entry.model_name}`);
  if (apiBase === null)
    throw new ConfigError(
      `${where}: litellm_params.api_base is missing. Provider '${provider}' runs at an address of your own, such as http://localhost:8000/v1.`,
    );
  if (params.budget_duration !== undefined && params.max_budget === undefined)
    throw new ConfigError(
      `${where}: litellm_params.budget_duration is '${params.budget_duration}', but there is no max_budget. Say how many dollars may be spent in that time, such as 10.`,
    );
  return {
    id:
      info.id ??
      createHash('sha256')
        .update(`${identityOf(entry)} ${defaults.twin}`)
        .digest('hex'),
    modelName: entry.model_name,
    provider,
    providerModel: slash === -1 ? params.model : params.model.slice(slash + 1),
    apiBase: apiBase.replace(/\/+$/, ''),
    apiKey: params.api_key ?? null,
    extraHeaders: params.extra_headers ?? {},
    organization: params.organization ?? null,
    timeoutMs: params.timeout === undefined ? defaults.timeoutMs : params.timeout * 1000,
    // A model's own timeout goes before what the router says of streams.
    streamTimeoutMs:
      params.stream_timeout === undefined
        ? params.timeout === undefined
          ? defaults.streamTimeoutMs
          : null
        : params.stream_timeout * 1000,
    weight: params.weight ?? 1,
    budget:
      params.max_budget === undefined
        ? null
        : { maxNanoUsd: usdToNanoUsd(params.max_budget), duration: params.budget_duration ?? null },
    rates: {
      requestsPerMinute: params.rpm ?? null,
      tokensPerMinute: params.tpm ?? null,
      maxParallelRequests: params.max_parallel_requests ?? defaults.maxParallelRequests,
    },
    region: params.region_name ?? null,
    tags: params.tags ?? [],
    mockResponse: params.mock_response ?? null,
    mode: info.mode === 'embedding' ? 'embedding' : 'chat',
    prices: ownPrices({ ...info, ...params }),
    baseModel: info.base_model ?? null,
    maxOutputTokens: info.max_output_tokens ?? info.max_tokens ?? null,
    accessGroups: info.access_groups ?? [],
    isCheckedInBackground: info.disable_background_health_check !== true,
    teamId: info.team_id ?? null,
  };
}

/** What bounds a deployment is no part of what it is: what it has spent is its own, also when its budget is raised. */
const limitNames: ReadonlySet<string> = new Set([
  ...['max_budget', 'budget_duration', 'rpm', 'tpm', 'max_parallel_requests', 'weight', 'timeout', 'stream_timeout'],
]);

/** What an entry without an id is known by, wherever in the list it stands. */
function identityOf({ model_name: modelName, litellm_params: params }: ModelEntry): string {
  return JSON.stringify([modelName, Object.entries(params).filter(([name]) => !limitNames.has(name))]);
}

const priceNames = [
  'input_cost_per_token',
  'output_cost_per_token',
  'cache_read_input_token_cost',
  'cache_creation_input_token_cost',
  'cache_creation_input_token_cost_above_1hr',
] as const;

/** Prices as decimal texts: a number's shortest text is the decimal that was written. */
function ownPrices(values: Readonly<Partial<Record<string, unknown>>>): Record<string, string> | null {
  const prices: Record<string, string> = {};
  for (const name of priceNames) if (typeof values[name] === 'number') prices[name] = String(values[name]);
  return prices['input_cost_per_token'] === undefined && prices['output_cost_per_token'] === undefined ? null : prices;
}
