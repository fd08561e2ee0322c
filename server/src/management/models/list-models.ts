import type { Call } from '../../http/call.ts';
import type { ModelDirectory, PricedDeployment } from './model-directory.ts';
import type { ModelInfoQuery, ModelPageQuery, PresentedModel } from './models.contract.ts';
import { presentModel, pricesPerToken } from './present-model.ts';
import { refuse } from './read-entry.ts';
import type { StoredModels } from './stored-models.ts';

/**
 * The deployments of the models that the caller may call.
 * @throws ApiError 400 for an id that is none of theirs.
 */
export async function getModelInfo(
  models: ModelDirectory,
  stored: StoredModels,
  call: Call,
  query: ModelInfoQuery,
): Promise<{ data: PresentedModel[] }> {
  const wantedId = query.litellm_model_id || null;
  const { visible } = await models.modelsOf(call, {
    teamId: query.teamId || null,
    withTeams: query.include_team_models ?? false,
  });
  const found = visible.filter((deployment) => wantedId === null || deployment.id === wantedId);
  if (wantedId !== null && found.length === 0) {
    throw refuse(`Model id = ${wantedId.slice(0, 100)} not found on litellm proxy. GET /model/info lists the ids.`);
  }
  return { data: found.map((deployment) => presentModel(deployment, stored)) };
}

/** The same, narrowed and a page at a time. */
export async function pageModels(
  models: ModelDirectory,
  stored: StoredModels,
  call: Call,
  query: ModelPageQuery,
): Promise<{ data: PresentedModel[]; total_count: number; current_page: number; total_pages: number; size: number }> {
  const page = query.page ?? 1;
  const size = query.size ?? 50;
  const search = query.search?.toLowerCase() ?? '';
  const { visible, callable } = await models.modelsOf(call, {
    teamId: query.teamId || null,
    withTeams: query.include_team_models ?? false,
  });
  const found = (query.user_models_only ? callable : visible).filter(
    (deployment) =>
      (!query.model || deployment.modelName === query.model) &&
      (!query.modelId || deployment.id === query.modelId) &&
      deployment.modelName.toLowerCase().includes(search),
  );
  if (query.sortBy) {
    const sign = query.sortOrder === 'desc' ? -1 : 1;
    const compare = query.sortBy === 'costs' ? compareCosts : compareNames;
    found.sort((one, other) => sign * compare(one, other));
  }
  return {
    data: found.slice((page - 1) * size, page * size).map((deployment) => presentModel(deployment, stored)),
    total_count: found.length,
    current_page: page,
    total_pages: Math.ceil(found.length / size),
    size,
  };
}

/** The models that the caller may call, each once. */
export async function listModelGroups(models: ModelDirectory, call: Call, query: { model_group?: string | undefined }) {
  const { callable } = await models.modelsOf(call);
  const groups = Map.groupBy(callable, (deployment) => deployment.modelName);
  return {
    data: [...groups]
      .filter(([name]) => !query.model_group || name === query.model_group)
      .map(([name, deployments]) => ({
        model_group: name,
        providers: [...new Set(deployments.map((deployment) => deployment.provider))],
        mode: deployments[0]?.mode ?? 'chat',
        ...highestPrices(deployments),
        max_output_tokens: longestAnswer(deployments),
        max_input_tokens: null,
        tpm: together(deployments.map(({ rates }) => rates.tokensPerMinute)),
        rpm: together(deployments.map(({ rates }) => rates.requestsPerMinute)),
      })),
  };
}

/** What several take together; null: any number, since one of them does. */
function together(limits: readonly (number | null)[]): number | null {
  return limits.reduce((sum, limit) => (sum === null || limit === null ? null : sum + limit), 0);
}

/** The longest answer that one of the deployments gives; null: nobody has said it of any. */
function longestAnswer(deployments: readonly PricedDeployment[]): number | null {
  const known = deployments.map(({ maxOutputTokens }) => maxOutputTokens).filter((tokens) => tokens !== null);
  return known.length === 0 ? null : Math.max(...known);
}

/** What a call may cost at most per token, whichever deployment takes it. */
function highestPrices(deployments: readonly PricedDeployment[]) {
  const prices = deployments.map(pricesPerToken);
  const highest = (values: (number | null)[]) => {
    const known = values.filter((value) => value !== null);
    return known.length === 0 ? null : Math.max(...known);
  };
  return {
    input_cost_per_token: highest(prices.map((price) => price.input_cost_per_token)),
    output_cost_per_token: highest(prices.map((price) => price.output_cost_per_token)),
  };
}

function compareNames(one: PricedDeployment, other: PricedDeployment): number {
  return one.modelName < other.modelName ? -1 : one.modelName > other.modelName ? 1 : 0;
}

function compareCosts(one: PricedDeployment, other: PricedDeployment): number {
  const costOf = (deployment: PricedDeployment) => {
    const prices = pricesPerToken(deployment);
    return (prices.input_cost_per_token ?? 0) + (prices.output_cost_per_token ?? 0);
  };
  return costOf(one) - costOf(other);
}
