import type { Transaction } from 'kysely';
import type { Call } from '../../http/call.ts';
import type { Database } from '../../storage/database.ts';
import type { Parts } from '../parts.ts';
import './blocked-models.table.ts';
import type { ModelDirectory } from './model-directory.ts';
import type { BlockedModel } from './models.contract.ts';
import { presentModel } from './present-model.ts';
import { refuse } from './read-entry.ts';
import type { StoredModels } from './stored-models.ts';

/**
 * Takes a model out of service, or puts it back: at once here, and on other instances when they hear of it. Other
 * deployments of the same name go on. What is so already stays so.
 * @throws ApiError 400 for a model that does not exist.
 */
export async function blockModel(
  parts: Parts,
  models: ModelDirectory,
  stored: StoredModels,
  call: Call,
  change: { readonly modelId: string; readonly isBlocked: boolean },
): Promise<BlockedModel> {
  const { modelId, isBlocked } = change;
  const { visible } = await models.modelsOf(call);
  const model = visible.find(({ id }) => id === modelId);
  if (!model) throw refuse(`Model with id=${modelId.slice(0, 100)} not found. GET /model/info lists the ids.`);
  const row = await parts.changes.change(call.context, async (tx) => {
    const wasBlocked = await setBlocked(tx, parts, call, change);
    return {
      result: await tx.selectFrom('models').selectAll().where('model_id', '=', modelId).executeTakeFirst(),
      audit: {
        action: isBlocked ? 'blocked' : 'unblocked',
        object: { type: 'model', id: modelId },
        before: { model_name: model.modelName, blocked: wasBlocked },
        after: { model_name: model.modelName, blocked: isBlocked },
      },
    };
  });
  await stored.reload();
  const { model_name, litellm_params, model_info } = presentModel(model, stored);
  return {
    model_id: modelId,
    model_name,
    litellm_params,
    model_info,
    blocked: isBlocked,
    created_at: row ? new Date(row.created_at).toISOString() : null,
    created_by: row?.created_by ?? null,
    updated_at: row ? new Date(row.updated_at).toISOString() : null,
    updated_by: row?.updated_by ?? null,
  };
}

/** Writes whether a model is blocked. @returns whether it was. */
export async function setBlocked(
  tx: Transaction<Database>,
  parts: Pick<Parts, 'now'>,
  call: Call,
  { modelId, isBlocked }: { readonly modelId: string; readonly isBlocked: boolean },
): Promise<boolean> {
  if (!isBlocked) {
    const deleted = await tx.deleteFrom('blocked_models').where('model_id', '=', modelId).executeTakeFirst();
    return deleted.numDeletedRows > 0n;
  }
  const inserted = await tx
    .insertInto('blocked_models')
    .values({ model_id: modelId, blocked_at: parts.now(), blocked_by: call.principal.userId ?? '' })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return (inserted.numInsertedOrUpdatedRows ?? 0n) === 0n;
}
