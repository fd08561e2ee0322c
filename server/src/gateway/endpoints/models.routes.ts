import { ApiError } from '../../http/api-error.ts';
import { type Call, implement, type Route } from '../../http/call.ts';
import { type KeyRecord, loadKeyRecord } from '../../management/keys/index.ts';
import type { Storage } from '../../storage/open-storage.ts';
import { mayUseModel } from '../model-access.ts';
import type { ModelCatalog } from '../model-catalog.ts';
import { getModel, listModels } from './models.contract.ts';

/** Every model's date of creation in LiteLLM's answers, which clients do not read. */
const created = 1_677_610_602;

/** `GET /v1/models`: what the calling key may call; for a session, what the person's own keys may. */
export function modelRoutes(parts: { storage: Storage; catalog: ModelCatalog }): Route[] {
  async function namesFor(call: Call): Promise<string[]> {
    const key = await keyOf(call, parts.storage);
    return parts.catalog.names.filter((name) => key === null || mayUseModel(key, name));
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

/** The key whose lists apply: the one that was sent, or for a signed-in person a personal key without limits of its own. Null: no lists apply. */
export async function keyOf(call: Call, storage: Storage): Promise<KeyRecord | null> {
  const { principal } = call;
  if (principal.keyHash !== null) return loadKeyRecord(storage.db, principal.keyHash);
  if (principal.kind !== 'session' || principal.role === 'proxy_admin' || principal.role === 'proxy_admin_viewer')
    return null;
  const user = await storage.db
    .selectFrom('users')
    .select(['models'])
    .where('user_id', '=', principal.userId ?? '')
    .executeTakeFirst();
  const noRates = { requestsPerMinute: null, tokensPerMinute: null, maxParallelRequests: null };
  const noBudget = { maxBudgetNanoUsd: null, spendNanoUsd: 0, budgetDuration: null, budgetResetAt: null };
  return {
    keyHash: '',
    keyName: '',
    keyAlias: null,
    userId: principal.userId,
    teamId: null,
    budgetId: null,
    models: [],
    aliases: {},
    tags: [],
    allowedRoutes: [],
    allowedCacheControls: [],
    allowedIps: [],
    rates: noRates,
    modelRates: [],
    windowBudgets: [],
    expiresAt: null,
    blockedAt: null,
    replacedSecretEndsAt: null,
    budget: noBudget,
    user: user
      ? {
          role: 'internal_user',
          models: JSON.parse(user.models) as string[],
          disabledAt: null,
          budget: noBudget,
          rates: noRates,
          modelRates: [],
        }
      : null,
    team: null,
    member: null,
    organization: null,
  };
}
