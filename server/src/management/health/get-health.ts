import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { InstanceState } from '../../http/health.ts';
import { pricesOf } from '../../prices/token-prices.ts';
import { pingStorage } from '../../storage/open-storage.ts';
import { version } from '../../version.ts';
import type { ModelDirectory, PricedDeployment, StoredModels } from '../models/index.ts';
import type { Parts } from '../parts.ts';
import type { ModelHealth, TokenCount } from './health.contract.ts';

/**
 * Asks a deployment of the catalog for a few tokens; null when it answers, else in short why not.
 * @param checkedBy id of who asks; the empty string: the gateway itself.
 */
export type ProbeDeployment = (deployment: Pick<PricedDeployment, 'id'>, checkedBy: string) => Promise<string | null>;

/**
 * Whether the models that the caller may call answer. Wildcards are left out, since no request can
 * name them, and so is what is out of service.
 * @throws ApiError 400 for a model that is none of theirs.
 */
export async function getHealth(
  models: ModelDirectory,
  stored: Pick<StoredModels, 'isBlocked'>,
  probe: ProbeDeployment,
  call: Call,
  query: { model?: string | undefined; model_id?: string | undefined },
) {
  const { visible } = await models.modelsOf(call);
  const asked = visible
    .filter((deployment) => !query.model || isNamed(deployment, query.model))
    .filter((deployment) => !query.model_id || deployment.id === query.model_id)
    .filter((deployment) => !deployment.modelName.includes('*') && !stored.isBlocked(deployment.id));
  if (asked.length === 0 && (query.model || query.model_id)) {
    throw unknownModel(query.model ?? query.model_id ?? '');
  }
  const found = await Promise.all(
    asked.map(async (deployment): Promise<ModelHealth> => {
      const error = await probe(deployment, call.principal.userId ?? '');
      return {
        model: `${deployment.provider}/${deployment.providerModel}`,
        model_id: deployment.id,
        model_group: deployment.modelName,
        mode: deployment.mode,
        ...(error === null ? {} : { error }),
      };
    }),
  );
  const healthy = found.filter((model) => model.error === undefined);
  const unhealthy = found.filter((model) => model.error !== undefined);
  return {
    healthy_endpoints: healthy,
    unhealthy_endpoints: unhealthy,
    healthy_count: healthy.length,
    unhealthy_count: unhealthy.length,
  };
}

function isNamed(deployment: PricedDeployment, name: string): boolean {
  return deployment.modelName === name || `${deployment.provider}/${deployment.providerModel}` === name;
}

/** @throws ApiError 503 while the database does not answer. */
export async function getReadinessDetails(parts: Parts, instance: InstanceState) {
  try {
    await pingStorage(parts.storage);
  } catch {
    throw new ApiError(503, 'Service Unhealthy', { detail: 'Service Unhealthy (the database does not answer)' });
  }
  return {
    status: 'healthy',
    db: 'connected',
    change_feed: instance.channels,
    counters: instance.counters === 'off' ? null : instance.counters,
    cache: parts.settings.cache.enabled ? 'local' : null,
    litellm_version: version,
    success_callbacks: [],
    last_updated: new Date(parts.now()).toISOString(),
  };
}

/** Counts the tokens of messages, or of a prompt. @throws ApiError 400 without either. */
export async function countTokens(models: ModelDirectory, call: Call, input: TokenCount) {
  const fields = input.messages ? { messages: input.messages } : input.prompt ? { input: input.prompt } : null;
  if (!fields)
    throw new ApiError(400, 'prompt or messages must be provided', { type: 'bad_request_error', param: 'messages' });
  const [served] = (await models.modelsOf(call)).deploymentsOf(input.model);
  return {
    total_tokens: await models.countPrompt(fields),
    request_model: input.model,
    model_used: served?.providerModel ?? input.model,
    tokenizer_type: 'openai_tokenizer',
  };
}

/** The parameters of OpenAI's chat completions, which are passed on as they are. */
const chatParams = [
  ...['temperature', 'top_p', 'n', 'stream', 'stream_options', 'stop', 'max_tokens', 'max_completion_tokens'],
  ...['presence_penalty', 'frequency_penalty', 'logit_bias', 'logprobs', 'top_logprobs', 'user', 'seed', 'tools'],
  ...['tool_choice', 'parallel_tool_calls', 'response_format', 'reasoning_effort', 'modalities', 'prediction', 'audio'],
];
const embeddingParams = ['dimensions', 'encoding_format', 'user'];

/** @throws ApiError 400 for a model that neither the caller may call nor the public price list knows. */
export async function listSupportedParams(models: ModelDirectory, call: Call, model: string) {
  const [served] = (await models.modelsOf(call)).deploymentsOf(model);
  const slash = model.indexOf('/');
  const known = pricesOf({
    prices: null,
    provider: slash === -1 ? 'openai' : model.slice(0, slash),
    providerModel: model.slice(slash + 1),
    baseModel: null,
  });
  if (!served && !known) throw unknownModel(model);
  return { supported_openai_params: served?.mode === 'embedding' ? embeddingParams : chatParams };
}

function unknownModel(model: string): ApiError {
  return new ApiError(400, `Could not map model=${model.slice(0, 100)}. GET /v1/models lists the models you may use.`, {
    type: 'bad_request_error',
    param: 'model',
  });
}
