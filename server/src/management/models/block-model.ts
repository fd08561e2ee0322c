import type { Transaction } from 'kysely';
import type { Call } from '../../http/call.ts';
import type { Database } from '../../storage/database.ts';
import type { Parts } from '../parts.ts';
import './blocked-models.table.ts';
import './models.table.ts';
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
  const row = await parts.changes.change(call.context, async (tx) => {
    const stored = await tx.selectFrom('models').selectAll().where('model_id', '=', modelId).executeTakeFirst();
    const name = stored?.model_name ?? parts.settings.models.find(({ id }) => id === modelId)?.modelName;
    if (name === undefined) {
      throw refuse(`Model with id=${modelId.slice(0, 100)} not found. GET /model/info lists the ids.`);
    }
    const wasBlocked = await setBlocked(tx, parts, call, change);
    return {
      result: stored,
      audit: {
        action: isBlocked ? 'blocked' : 'unblocked',
        object: { type: 'model', id: modelId },
        before: { model_name: name, blocked: wasBlocked },
        after: { model_name: name, blocked: isBlocked },
      },
    };
  });
  await stored.reload();
  const model = models.find(modelId);
  const shown = model && presentModel(model, stored);
  return {
    model_id: modelId,
    model_name: shown?.model_name ?? row?.model_name ?? '',
    // A model that cannot be decrypted is not served, and can be blocked all the same.
    litellm_params: shown?.litellm_params ?? {},
    model_info: shown?.model_info ?? { id: modelId, blocked: isBlocked },
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
