import type { Call } from '../http/call.ts';
import type { AskedModels, CallersModels, ModelDirectory } from '../management/models/index.ts';
import { listTeamsOfUser } from '../management/teams/index.ts';
import type { Storage } from '../storage/open-storage.ts';
import { callableModels, findCallable } from './callable-models.ts';
import type { TokenCounter } from './count-tokens.ts';
import { loadAskingKey } from './load-asking-key.ts';
import type { ModelCatalog } from './model-catalog.ts';

/** What the control plane is told about the models: the same catalog, and the same rules of access, as requests meet. */
export function createModelDirectory(parts: {
  storage: Storage;
  catalog: ModelCatalog;
  tokens: TokenCounter;
}): ModelDirectory {
  const { storage, catalog } = parts;

  async function modelsOf(call: Call, { teamId = null, withTeams = false }: AskedModels = {}): Promise<CallersModels> {
    const key = await loadAskingKey(call, storage, teamId);
    if (key === null) {
      return {
        visible: catalog.all,
        callable: catalog.all.filter((deployment) => deployment.teamId === null && !deployment.isBlocked),
        deploymentsOf: (name) => catalog.deploymentsOf(name, null),
      };
    }
    const ids = new Set(callableModels(catalog, key).flatMap(({ deployments }) => deployments.map(({ id }) => id)));
    const callable = catalog.all.filter(({ id }) => ids.has(id));
    const { userId } = call.principal;
    const teams = withTeams && userId !== null ? await listTeamsOfUser(storage.db, userId) : [];
    const teamIds = new Set(teams.map(({ team }) => team.team_id));
    return {
      visible: catalog.all.filter(
        (deployment) =>
          ids.has(deployment.id) ||
          // Nobody can call it, and an admin must see what could be put back.
          (deployment.isBlocked && call.access.reach === 'all') ||
          (deployment.teamId !== null && teamIds.has(deployment.teamId)),
      ),
      callable,
      deploymentsOf: (name) => findCallable(catalog, key, name)?.deployments ?? [],
    };
  }

  return {
    modelsOf,
    find: (modelId) => catalog.all.find(({ id }) => id === modelId) ?? null,
    countPrompt: (fields) => parts.tokens.countPrompt(fields),
  };
}
