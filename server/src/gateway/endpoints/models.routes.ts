import { ApiError } from '../../http/api-error.ts';
import { type Call, implement, type Route } from '../../http/call.ts';
import { type KeyRecord, loadKeylessRecord, loadKeyRecord } from '../../management/keys/index.ts';
import type { Storage } from '../../storage/open-storage.ts';
import { callableNames } from '../model-access.ts';
import type { ModelCatalog } from '../model-catalog.ts';
import { getModel, listModels } from './models.contract.ts';

/** Every model's date of creation in LiteLLM's answers, which clients do not read. */
const created = 1_677_610_602;

/** `GET /v1/models`: what the calling key may call; for a session, what the person's own keys may. */
export function modelRoutes(parts: { storage: Storage; catalog: ModelCatalog }): Route[] {
  async function namesFor(call: Call): Promise<string[]> {
    const key = await keyOf(call, parts.storage);
    if (key === null) return [...parts.catalog.names];
    return callableNames(key, parts.catalog.names)
      .filter(({ modelGroup }) => parts.catalog.deploymentsOf(modelGroup).length > 0)
      .map(({ requestedModel }) => requestedModel);
  }
  const present = (id: string) => ({ id, object: 'model' as const, created, owned_by: 'openai' });
  return [
    implement(listModels, async (call) => ({ object: 'list', data: (await namesFor(call)).map(present) })),
    implement(getModel, async (call, input) => {
      const id = input['*'];
      if (!(await namesFor(call)).includes(id)) {
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

/**
 * The key whose lists apply: the one that was sent; for a token, and for a signed-in person, one without limits of its
 * own. Null: no lists apply.
 */
export async function keyOf(call: Call, storage: Storage): Promise<KeyRecord | null> {
  const { kind, keyHash, keyTeamId: teamId, role, userId } = call.principal;
  if (keyHash !== null) return loadKeyRecord(storage.db, keyHash);
  if (kind !== 'session' && kind !== 'token') return null;
  if (role === 'proxy_admin' || role === 'proxy_admin_viewer') return null;
  return loadKeylessRecord(storage.db, { hash: '', name: '', userId, teamId }, Date.now());
}
