import type { DeploymentSettings } from '../config/settings.ts';
import { pricesOf, type TokenPrices } from '../prices/token-prices.ts';
import { upstreamHeaders } from '../providers/openai-compatible.ts';

/** One place where a model runs, ready to be called. */
export interface Deployment extends DeploymentSettings {
  /** Null: unpriced, its calls cost nothing. */
  readonly tokenPrices: TokenPrices | null;
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
    const deployment = { ...settings, tokenPrices: pricesOf(settings), headers: upstreamHeaders(settings) };
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

/** `openai/*`, `gpt-*`, `*`: the star stands for any text. */
export function matchesPattern(pattern: string, name: string): boolean {
  const star = pattern.indexOf('*');
  if (star === -1) return pattern === name;
  const before = pattern.slice(0, star);
  const after = pattern.slice(star + 1);
  return name.length >= before.length + after.length && name.startsWith(before) && name.endsWith(after);
}

function fillWildcard(deployment: Deployment, pattern: string, modelName: string): Deployment {
  const star = pattern.indexOf('*');
  const matched = modelName.slice(star, modelName.length - (pattern.length - star - 1));
  const filled = { ...deployment, providerModel: deployment.providerModel.replace('*', () => matched) };
  return { ...filled, tokenPrices: pricesOf(filled) };
}
