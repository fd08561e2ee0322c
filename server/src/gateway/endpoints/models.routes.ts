import { ApiError } from '../../http/api-error.ts';
import { type Call, implement, type Route } from '../../http/call.ts';
import { readLatestHealthChecks } from '../../management/health/index.ts';
import type { Storage } from '../../storage/open-storage.ts';
import { callableModels } from '../callable-models.ts';
import { loadAskingKey } from '../load-asking-key.ts';
import type { Deployment, ModelCatalog } from '../model-catalog.ts';
import { getModel, type ListedModel, listModels, type ModelsQuery } from './models.contract.ts';

/** Every model's date of creation in LiteLLM's answers, which clients do not read. */
const created = 1_677_610_602;

/** `GET /v1/models`: what the calling key may call; for a session, what the person's own keys may. */
export function modelRoutes(parts: { storage: Storage; catalog: ModelCatalog }): Route[] {
  const { storage, catalog } = parts;

  async function modelsFor(call: Call, query: Pick<ModelsQuery, 'team_id' | 'scope'>): Promise<FoundModel[]> {
    const seesAll = query.scope === 'expand' && call.access.reach === 'all';
    const key = seesAll ? null : await loadAskingKey(call, storage, query.team_id || null);
    if (key === null) return catalog.names.map((name) => ({ name, deployments: catalog.deploymentsOf(name, null) }));
    return callableModels(catalog, key).map(({ requestedModel, deployments }) => ({
      name: requestedModel,
      deployments,
    }));
  }

  async function list(call: Call, query: ModelsQuery): Promise<ListedModel[]> {
    const unhealthy = query.healthy_only ? await readUnhealthy(storage) : new Set<string>();
    const found = (await modelsFor(call, query))
      .filter(({ name }) => query.return_wildcard_routes !== false || !name.includes('*'))
      .filter(({ deployments }) => deployments.length === 0 || deployments.some(({ id }) => !unhealthy.has(id)));
    const models = found.map(({ name, deployments }) => ({
      ...present(name),
      ...(query.include_metadata ? { metadata: metadataOf(deployments) } : {}),
    }));
    if (!query.include_model_access_groups && !query.only_model_access_groups) return models;
    const groups = groupsOf(found.flatMap(({ deployments }) => deployments)).map((group) => present(group));
    return query.only_model_access_groups ? groups : [...models, ...groups];
  }

  return [
    implement(listModels, async (call, input) => ({ object: 'list', data: await list(call, input) })),
    implement(getModel, async (call, input) => {
      const id = input['*'];
      if (!(await modelsFor(call, input)).some(({ name }) => name === id)) {
        throw new ApiError(
          404,
          `The model '${id}' does not exist, or your key may not use it. GET /v1/models lists the names.`,
          {
            type: 'invalid_request_error',
            param: 'model',
          },
        );
      }
      return present(id);
    }),
  ];
}

/** A name that can be called, and where it leads. */
interface FoundModel {
  readonly name: string;
  readonly deployments: readonly Deployment[];
}

function present(id: string): ListedModel {
  return { id, object: 'model', created, owned_by: 'openai' };
}

function metadataOf(deployments: readonly Deployment[]): ListedModel['metadata'] {
  return { mode: deployments[0]?.mode ?? 'chat', access_groups: groupsOf(deployments), fallbacks: [] };
}

function groupsOf(deployments: readonly Deployment[]): string[] {
  return [...new Set(deployments.flatMap(({ accessGroups }) => accessGroups))];
}

/** Ids of the deployments that did not answer when they were asked last. */
async function readUnhealthy({ db }: Storage): Promise<ReadonlySet<string>> {
  const checks = await readLatestHealthChecks(db);
  return new Set(checks.filter(({ status }) => status === 'unhealthy').map((check) => check.model_id));
}
