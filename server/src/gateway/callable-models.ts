import type { KeyRecord } from '../management/keys/index.ts';
import { isModelListed, modelListLevels, type NamedModel, resolveAliases } from './model-access.ts';
import type { Deployment, ModelCatalog } from './model-catalog.ts';

/** A name that a key can call, and where it leads. */
export interface CallableModel extends NamedModel {
  /** Of a wildcard that is asked for as it is written: as configured. */
  readonly deployments: readonly Deployment[];
}

/** What a key can call: public names, wildcards as written, its team's own models, and the aliases of both. */
export function callableModels(catalog: ModelCatalog, key: KeyRecord): CallableModel[] {
  const names = [
    ...catalog.names,
    ...(key.teamId === null ? [] : catalog.namesOfTeam(key.teamId)),
    ...Object.keys(key.aliases),
    ...Object.keys(key.team?.modelAliases ?? {}),
  ];
  return [...new Set(names)].map((name) => findCallable(catalog, key, name)).filter((model) => model !== null);
}

/** Where a name leads that a key calls; null when the key may not call it, or it leads nowhere. */
export function findCallable(catalog: ModelCatalog, key: KeyRecord, name: string): CallableModel | null {
  const named = resolveAliases(key, name);
  const model = { ...named, deployments: catalog.deploymentsOf(named.modelGroup, key.teamId) };
  if (model.deployments.length === 0) return null;
  return modelListLevels.every((level) => isModelListed(key, level, model)) ? model : null;
}
