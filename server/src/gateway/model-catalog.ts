import { matchesPattern, starsIn } from '../access/model-pattern.ts';
import type { DeploymentSettings } from '../config/settings.ts';
import { withoutCredentials } from '../management/models/index.ts';
import { contextTokensOf, pricesOf, type TokenPrices } from '../prices/token-prices.ts';
import { upstreamHeaders } from '../providers/openai-compatible.ts';
import { limitedOnly, type ScopedRate } from './limits.ts';

/** One place where a model runs, ready to be called. */
export interface Deployment extends DeploymentSettings {
  /** Null: unpriced, its calls cost nothing. */
  readonly tokenPrices: TokenPrices | null;
  /** Input and output together; null: not known. */
  readonly contextTokens: number | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Its address without what could be a secret in it. */
  readonly shownApiBase: string;
  /** Out of service: no call goes there. */
  readonly isBlocked: boolean;
  /** Of its rates those that limit something; for most none. */
  readonly limitedRates: readonly ScopedRate[];
}

/** The models that the gateway serves. */
export interface ModelCatalog {
  /** Public names that are for everybody, wildcards as written. */
  readonly names: readonly string[];
  /** Every deployment, in the order of configuration. */
  readonly all: readonly Deployment[];
  /** Names of the models that one team alone has. */
  namesOfTeam(teamId: string): readonly string[];
  /**
   * Deployments behind a public name that are in service; the provider's model is filled in where a wildcard matched.
   * Empty: unknown, or blocked. A blocked model is not replaced by one that a wildcard, or everybody, has.
   * @param teamId whose models go before those of everybody, name by name; null: nobody's.
   */
  deploymentsOf(modelName: string, teamId: string | null): readonly Deployment[];
  /** Whether the name is known, and all of its deployments are out of service. */
  isBlocked(modelName: string, teamId: string | null): boolean;
}

/** A catalog whose models can be exchanged while requests are served; each request sees one state of it. */
export interface ReplaceableModelCatalog extends ModelCatalog {
  /** @param blockedIds which of the models are out of service. */
  replace(models: readonly DeploymentSettings[], blockedIds: ReadonlySet<string>): void;
}

/** Starts a catalog with the models of the configuration. */
export function createModelCatalog(models: readonly DeploymentSettings[]): ReplaceableModelCatalog {
  let current = buildCatalog(models, new Set());
  return {
    get names() {
      return current.names;
    },
    get all() {
      return current.all;
    },
    namesOfTeam: (teamId) => current.namesOfTeam(teamId),
    deploymentsOf: (modelName, teamId) => current.deploymentsOf(modelName, teamId),
    isBlocked: (modelName, teamId) => current.isBlocked(modelName, teamId),
    replace(replacement, blockedIds) {
      current = buildCatalog(replacement, blockedIds);
    },
  };
}

function buildCatalog(models: readonly DeploymentSettings[], blockedIds: ReadonlySet<string>): ModelCatalog {
  const all = models.map((settings) => readyDeployment(settings, blockedIds.has(settings.id)));
  const isAnyBlocked = all.some(({ isBlocked }) => isBlocked);
  const books = new Map(
    [...Map.groupBy(all, (deployment) => deployment.teamId)].map(([teamId, own]) => [teamId, buildBook(own)]),
  );
  const forAll = books.get(null) ?? buildBook([]);
  return {
    names: forAll.names,
    all,
    namesOfTeam: (teamId) => books.get(teamId)?.names ?? [],
    deploymentsOf(modelName, teamId) {
      const found = find(modelName, teamId);
      return isAnyBlocked ? found.filter(({ isBlocked }) => !isBlocked) : found;
    },
    isBlocked(modelName, teamId) {
      const found = isAnyBlocked ? find(modelName, teamId) : [];
      return found.length > 0 && found.every(({ isBlocked }) => isBlocked);
    },
  };

  function find(modelName: string, teamId: string | null): readonly Deployment[] {
    const ofTeam = teamId === null ? undefined : books.get(teamId);
    if (!ofTeam) return forAll.exact(modelName) ?? forAll.matched(modelName);
    const found = ofTeam.exact(modelName) ?? forAll.exact(modelName);
    if (found) return found;
    const matched = ofTeam.matched(modelName);
    return matched.length > 0 ? matched : forAll.matched(modelName);
  }
}

/** Models by name: everybody's, or those of a team. */
interface NameBook {
  readonly names: readonly string[];
  exact(modelName: string): readonly Deployment[] | undefined;
  /** By the longest wildcard that matches. */
  matched(modelName: string): readonly Deployment[];
}

function buildBook(deployments: readonly Deployment[]): NameBook {
  const byName = Map.groupBy(deployments, (deployment) => deployment.modelName);
  const wildcards = [...byName.keys()]
    .filter((name) => name.includes('*'))
    .sort((one, other) => other.length - one.length);
  return {
    names: [...byName].filter(([, own]) => own.some(({ isBlocked }) => !isBlocked)).map(([name]) => name),
    exact: (modelName) => byName.get(modelName),
    matched(modelName) {
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

/** A deployment that can be called, whether it is in the catalog or not. */
export function readyDeployment(settings: DeploymentSettings, isBlocked = false): Deployment {
  return {
    ...settings,
    ...knownOf(settings),
    headers: upstreamHeaders(settings),
    shownApiBase: withoutCredentials(settings.apiBase),
    limitedRates: limitedOnly([{ scope: 'deployment', subject: `deployment:${settings.id}`, limits: settings.rates }]),
    isBlocked,
  };
}

/** What configuration and price list know of a model. */
function knownOf(settings: DeploymentSettings): Pick<Deployment, 'tokenPrices' | 'contextTokens'> {
  return { tokenPrices: pricesOf(settings), contextTokens: contextTokensOf(settings) };
}
