import { ApiError } from '../../http/api-error.ts';
import { type Call, implement, type Route } from '../../http/call.ts';
import type { Storage } from '../../storage/open-storage.ts';
import { callableModels } from '../callable-models.ts';
import { loadAskingKey } from '../load-asking-key.ts';
import type { ModelCatalog } from '../model-catalog.ts';
import { getModel, listModels } from './models.contract.ts';

/** Every model's date of creation in LiteLLM's answers, which clients do not read. */
const created = 1_677_610_602;

/** `GET /v1/models`: what the calling key may call; for a session, what the person's own keys may. */
export function modelRoutes(parts: { storage: Storage; catalog: ModelCatalog }): Route[] {
  async function namesFor(call: Call, teamId: string | undefined): Promise<string[]> {
    const key = await loadAskingKey(call, parts.storage, teamId || null);
    if (key === null) return [...parts.catalog.names];
    return callableModels(parts.catalog, key).map(({ requestedModel }) => requestedModel);
  }
  const present = (id: string) => ({ id, object: 'model' as const, created, owned_by: 'openai' });
  return [
    implement(listModels, async (call, input) => ({
      object: 'list',
      data: (await namesFor(call, input.team_id)).map(present),
    })),
    implement(getModel, async (call, input) => {
      const id = input['*'];
      if (!(await namesFor(call, input.team_id)).includes(id)) {
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
