import { randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import type { Call } from '../../http/call.ts';
import type { Database } from '../../storage/database.ts';
import { isUniqueViolation } from '../../storage/open-storage.ts';
import type { Parts } from '../parts.ts';
import type { ModelPatch, NewModel, PresentedStoredModel } from './models.contract.ts';
import type { ModelTable } from './models.table.ts';
import { checkModel, refuse, type StoredModel } from './read-entry.ts';
import { openParams, sealParams } from './seal-params.ts';
import type { StoredModels } from './stored-models.ts';

/**
 * Adds a model and serves it.
 * @throws ApiError 400 for a model that cannot be served, or an id that is taken.
 */
export async function createModel(
  parts: Parts,
  stored: StoredModels,
  call: Call,
  input: NewModel,
): Promise<PresentedStoredModel> {
  const { id: wantedId, ...info } = input.model_info ?? {};
  if (wantedId !== undefined && wantedId !== null && (typeof wantedId !== 'string' || wantedId === '')) {
    throw refuse('model_info.id must be a text that is not empty; leave it out, and the gateway makes one.');
  }
  const model: StoredModel = {
    id: typeof wantedId === 'string' ? wantedId : randomUUID(),
    name: input.model_name,
    params: withoutNulls(input.litellm_params),
    info: withoutNulls(info),
  };
  checkModel(model, parts.settings);
  if (isConfigured(parts, model.id)) throw idTaken(model.id);
  const row = rowOf(parts, call, model);
  try {
    await parts.changes.change(call.context, async (tx) => {
      await tx.insertInto('models').values(row).execute();
      return {
        result: undefined,
        audit: { action: 'created', object: { type: 'model', id: model.id }, after: auditOf(model) },
      };
    });
  } catch (error) {
    if (isUniqueViolation(error)) throw idTaken(model.id);
    throw error;
  }
  await stored.reload();
  return presentStored(row, model);
}

/**
 * Changes a model: parameters that are sent replace the old ones, null takes one away.
 * @param modelId null: the request names none.
 * @throws ApiError 400 for a model of the config file or one that does not exist, and for one that could not be served.
 */
export async function updateModel(
  parts: Parts,
  stored: StoredModels,
  call: Call,
  modelId: string | null,
  patch: ModelPatch,
): Promise<PresentedStoredModel> {
  if (modelId === null) throw refuse('Authentication Error, model_info not provided');
  const result = await parts.changes.change(call.context, async (tx) => {
    const row = await findStored(parts, tx, modelId);
    const before = open(parts, row);
    const { id: _id, ...info } = patch.model_info ?? {};
    const after: StoredModel = {
      id: modelId,
      name: patch.model_name ?? before.name,
      params: withoutNulls({ ...before.params, ...patch.litellm_params }),
      info: withoutNulls({ ...before.info, ...info }),
    };
    checkModel(after, parts.settings);
    const written = rowOf(parts, call, after);
    // Later than before even within a millisecond, so that every instance sees that it has changed.
    const updatedAt = Math.max(written.updated_at, row.updated_at + 1);
    const newRow = { ...written, created_at: row.created_at, created_by: row.created_by, updated_at: updatedAt };
    await tx.updateTable('models').set(newRow).where('model_id', '=', modelId).execute();
    return {
      result: presentStored(newRow, after),
      audit: {
        action: 'updated',
        object: { type: 'model', id: modelId },
        before: auditOf(before),
        after: auditOf(after),
      },
    };
  });
  await stored.reload();
  return result;
}

/**
 * Deletes a model.
 * @throws ApiError 400 for a model of the config file or one that does not exist.
 */
export async function deleteModel(
  parts: Parts,
  stored: StoredModels,
  call: Call,
  modelId: string,
): Promise<{ message: string }> {
  await parts.changes.change(call.context, async (tx) => {
    const row = await findStored(parts, tx, modelId);
    await tx.deleteFrom('models').where('model_id', '=', modelId).execute();
    return {
      result: undefined,
      audit: { action: 'deleted', object: { type: 'model', id: modelId }, before: { model_name: row.model_name } },
    };
  });
  await stored.reload();
  return { message: `Model: ${modelId} deleted successfully` };
}

async function findStored(parts: Parts, tx: Transaction<Database>, modelId: string): Promise<ModelTable> {
  const row = await tx
    .selectFrom('models')
    .selectAll()
    .where('model_id', '=', modelId)
    .$if(parts.storage.engine === 'postgres', (query) => query.forUpdate())
    .executeTakeFirst();
  if (row) return row;
  throw refuse(
    isConfigured(parts, modelId)
      ? `Model with id=${modelId} not found in db: it comes from the config file. Change it there and restart the gateway.`
      : `Model with id=${modelId} not found in db. GET /model/info lists the ids.`,
  );
}

function open(parts: Parts, row: ModelTable): StoredModel {
  return {
    id: row.model_id,
    name: row.model_name,
    params: openParams(parts.settings.saltKey, row.model_id, row.sealed_params),
    info: JSON.parse(row.model_info) as Record<string, unknown>,
  };
}

function rowOf(parts: Parts, call: Call, model: StoredModel): ModelTable {
  const now = parts.now();
  const by = call.principal.userId ?? '';
  return {
    model_id: model.id,
    model_name: model.name,
    sealed_params: sealParams(parts.settings.saltKey, model.id, model.params),
    model_info: JSON.stringify(model.info),
    ...{ created_at: now, created_by: by, updated_at: now, updated_by: by },
  };
}

function presentStored(row: ModelTable, model: StoredModel): PresentedStoredModel {
  return {
    model_id: row.model_id,
    model_name: row.model_name,
    litellm_params: shown(model.params),
    model_info: { ...model.info, id: row.model_id, db_model: true },
    created_at: new Date(row.created_at).toISOString(),
    created_by: row.created_by,
    updated_at: new Date(row.updated_at).toISOString(),
    updated_by: row.updated_by,
  };
}

function auditOf(model: StoredModel): Record<string, unknown> {
  return { model_name: model.name, litellm_params: shown(model.params), model_info: model.info };
}

/** What of the parameters may be shown. Everything else, known or not, may be a secret. */
const shownParams = new Set([
  ...['model', 'timeout', 'weight', 'mock_response', 'rpm', 'tpm', 'max_parallel_requests', 'order', 'region_name'],
  ...['input_cost_per_token', 'output_cost_per_token', 'cache_read_input_token_cost'],
  ...['cache_creation_input_token_cost', 'api_version'],
]);

function shown(params: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => {
      if (shownParams.has(name)) return [name, value];
      return [name, name === 'api_base' && typeof value === 'string' ? value.replace(/\/\/[^/]*@/, '//') : '***'];
    }),
  );
}

function withoutNulls(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

function isConfigured(parts: Parts, modelId: string): boolean {
  return parts.settings.models.some((model) => model.id === modelId);
}

function idTaken(modelId: string) {
  return refuse(
    `There is already a model with the id '${modelId}'. Leave model_info.id out, or change the model with /model/update.`,
  );
}
