import { nanoUsdToUsd } from '../../money/money.ts';
import type { PricedDeployment } from './model-directory.ts';
import type { PresentedModel } from './models.contract.ts';
import type { StoredModels } from './stored-models.ts';

/** Shows a deployment by an allow-list: neither credentials nor headers, nor what an address may hide in its user part. */
export function presentModel(
  deployment: PricedDeployment,
  stored: Pick<StoredModels, 'has' | 'isBlocked'>,
): PresentedModel {
  const prices = pricesPerToken(deployment);
  return {
    model_name: deployment.modelName,
    litellm_params: {
      model: `${deployment.provider}/${deployment.providerModel}`,
      api_base: withoutCredentials(deployment.apiBase),
      timeout: deployment.timeoutMs / 1000,
      weight: deployment.weight,
      ...(deployment.prices === null ? {} : prices),
      ...limitsOf(deployment),
      ...(deployment.tags.length === 0 ? {} : { tags: [...deployment.tags] }),
    },
    model_info: {
      id: deployment.id,
      db_model: stored.has(deployment.id),
      blocked: stored.isBlocked(deployment.id),
      access_groups: [...deployment.accessGroups],
      mode: deployment.mode,
      base_model: deployment.baseModel,
      litellm_provider: deployment.provider,
      key: `${deployment.provider}/${deployment.providerModel}`,
      ...prices,
      ...ofTeam(deployment),
    },
  };
}

/** What the model may cost and how much it may be called, as far as it is limited. */
function limitsOf({ budget, rates }: PricedDeployment) {
  const { requestsPerMinute: rpm, tokensPerMinute: tpm, maxParallelRequests } = rates;
  return {
    ...(budget === null ? {} : { max_budget: nanoUsdToUsd(budget.maxNanoUsd), budget_duration: budget.duration }),
    ...(rpm === null ? {} : { rpm }),
    ...(tpm === null ? {} : { tpm }),
    ...(maxParallelRequests === null ? {} : { max_parallel_requests: maxParallelRequests }),
  };
}

/** What tells a model of one team from those of everybody. */
export function ofTeam(model: Pick<PricedDeployment, 'teamId' | 'modelName'>) {
  return model.teamId === null ? {} : { team_id: model.teamId, team_public_model_name: model.modelName };
}

/** Dollars for one token in a small request; null: unpriced. */
export function pricesPerToken({ tokenPrices }: PricedDeployment): {
  input_cost_per_token: number | null;
  output_cost_per_token: number | null;
} {
  if (!tokenPrices) return { input_cost_per_token: null, output_cost_per_token: null };
  const [step] = tokenPrices.steps;
  // Attodollars: exact to the digit where nano-dollars per token would be too coarse.
  const perToken = (atto: bigint | undefined) => Number(atto ?? 0n) / 1e18;
  return { input_cost_per_token: perToken(step?.input), output_cost_per_token: perToken(step?.output) };
}

/** An address without what could be a secret in it. */
export function withoutCredentials(address: string): string {
  const url = URL.parse(address);
  if (!url) return '';
  url.username = '';
  url.password = '';
  url.search = '';
  return url.href.replace(/\/$/, '');
}
