import { matchesPattern, starsIn } from '../access/model-pattern.ts';
import type { DeploymentSettings } from '../config/settings.ts';
import { contextTokensOf, pricesOf, type TokenPrices } from '../prices/token-prices.ts';
import { upstreamHeaders } from '../providers/openai-compatible.ts';

/** One place where a model runs, ready to be called. */
export interface Deployment extends DeploymentSettings {
  /** Null: unpriced, its calls cost nothing. */
  readonly tokenPrices: TokenPrices | null;
  /** Input and output together; null: not known. */
  readonly contextTokens: number | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** The models that the gateway serves. */
export interface ModelCatalog {
  /** Public names, wildcards as written. */
  readonly names: readonly string[];
  /** Every deployment, in the order of configuration. */
  readonly all: readonly Deployment[];
  /** Deployments behind a public name; the provider's model is filled in where a wildcard matched. Empty: unknown. */
  deploymentsOf(modelName: string): readonly Deployment[];
}

/** A catalog whose models can be exchanged while requests are served; each request sees one state of it. */
export interface ReplaceableModelCatalog extends ModelCatalog {
  replace(models: readonly DeploymentSettings[]): void;
}

/** Starts a catalog with the models of the configuration. */
export function createModelCatalog(models: readonly DeploymentSettings[]): ReplaceableModelCatalog {
  let current = buildCatalog(models);
  return {
    get names() {
      return current.names;
    },
    get all() {
      return current.all;
    },
    deploymentsOf: (modelName) => current.deploymentsOf(modelName),
    replace(replacement) {
      current = buildCatalog(replacement);
    },
  };
}

function buildCatalog(models: readonly DeploymentSettings[]): ModelCatalog {
  const byName = new Map<string, Deployment[]>();
  for (const settings of models) {
    const deployment = { ...settings, ...knownOf(settings), headers: upstreamHeaders(settings) };
    byName.set(settings.modelName, [...(byName.get(settings.modelName) ?? []), deployment]);
  }
  const wildcards = [...byName.keys()]
    .filter((name) => name.includes('*'))
    .sort((one, other) => other.length - one.length);
  return {
    names: [...byName.keys()],
    all: [...byName.values()].flat(),
    deploymentsOf(modelName) {
      const exact = byName.get(modelName);
      if (exact) return exact;
      const wildcard = wildcards.find((pattern) => matchesPattern(pattern, modelName));
      if (wildcard === undefined) return [];
      return (byName.get(wildcard) ?? []).map((deployment) => fillWildcard(deployment, wildcard, modelName));
    },
  };
}

/** The stars of the provider's name become, in order, what those of the public name stand for. */
function fillWildcard(deployment: Deployment, pattern: string, modelName: string): Deployment {
  const stars = starsIn(pattern, modelName) ?? [];
  const filled = { ...deployment, providerModel: deployment.providerModel.replaceAll('*', () => stars.shift() ?? '*') };
  return { ...filled, ...knownOf(filled) };
}

/** What configuration and price list know of a model. */
function knownOf(settings: DeploymentSettings): Pick<Deployment, 'tokenPrices' | 'contextTokens'> {
  return { tokenPrices: pricesOf(settings), contextTokens: contextTokensOf(settings) };
}
