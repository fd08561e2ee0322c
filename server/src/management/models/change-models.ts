import { randomUUID } from 'node:crypto';
import type { Transaction } from 'kysely';
import type { Call } from '../../http/call.ts';
import type { Database } from '../../storage/database.ts';
import { isUniqueViolation } from '../../storage/open-storage.ts';
import { forgetWindows } from '../budgets/index.ts';
import type { Parts } from '../parts.ts';
import { setBlocked } from './block-model.ts';
import type { ModelPatch, NewModel, PresentedStoredModel } from './models.contract.ts';
import type { ModelTable } from './models.table.ts';
import { ofTeam } from './present-model.ts';
import { checkModel, refuse, type StoredModel } from './read-entry.ts';
import { openModel, sealParams } from './seal-params.ts';
import type { StoredModels } from './stored-models.ts';
import { assertMayHold, assertMayPutInto, assertOwnModel, assertOwnPatch } from './team-models.ts';

/**
 * Adds a model and serves it: for everybody, or for the team that `model_info.team_id` names.
 * @throws ApiError 400 for a model that cannot be served, an id that is taken and a team that does not exist; 403 for
 * what is not the caller's to add.
 */
export async function createModel(
  parts: Parts,
  stored: StoredModels,
  call: Call,
  input: NewModel,
): Promise<PresentedStoredModel> {
  const { id: wantedId, team_id: wantedTeam, ...info } = input.model_info ?? {};
  const model: StoredModel = {
    id: readId('id', wantedId) ?? randomUUID(),
    name: input.model_name,
    teamId: readId('team_id', wantedTeam),
    params: withoutNulls(input.litellm_params),
    info: withoutNulls(info),
  };
  checkModel(model, parts.settings);
  if (isConfigured(parts, model.id)) throw idTaken(model.id);
  const row = rowOf(parts, call, model);
  try {
    await parts.changes.change(call.context, async (tx) => {
      await assertMayPutInto(tx, call, model.teamId);
      if (call.access.reach !== 'all') await assertOwnModel(tx, model.teamId, input);
      await tx.insertInto('models').values(row).execute();
      // A model that had this id before may have been blocked.
      await setBlocked(tx, parts, call, { modelId: model.id, isBlocked: false });
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
 * @throws ApiError 400 for a model of the config file or one that does not exist, and for one that could not be
 * served; 403 for one that is not the caller's to change.
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
    const row = await findStored(parts, tx, call, modelId);
    const before = openModel(parts.settings.saltKey, row);
    const { id: _id, team_id: wantedTeam, ...info } = patch.model_info ?? {};
    const after: StoredModel = {
      id: modelId,
      name: patch.model_name ?? before.name,
      teamId: wantedTeam === undefined ? before.teamId : readId('team_id', wantedTeam),
      params: withoutNulls({ ...before.params, ...patch.litellm_params }),
      info: withoutNulls({ ...before.info, ...info }),
    };
    if (after.teamId !== before.teamId) await assertMayPutInto(tx, call, after.teamId);
    if (call.access.reach !== 'all') assertOwnPatch(before, patch);
    const isBlocked = patch.blocked ?? null;
    const wasBlocked = isBlocked !== null && (await setBlocked(tx, parts, call, { modelId, isBlocked }));
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
        before: { ...auditOf(before), ...(isBlocked === null ? {} : { blocked: wasBlocked }) },
        after: { ...auditOf(after), ...(isBlocked === null ? {} : { blocked: isBlocked }) },
      },
    };
  });
  await stored.reload();
  return result;
}

/**
 * Deletes a model.
 * @throws ApiError 400 for a model of the config file or one that does not exist; 403 for one that is not the
 * caller's to delete.
 */
export async function deleteModel(
  parts: Parts,
  stored: StoredModels,
  call: Call,
  modelId: string,
): Promise<{ message: string }> {
  await parts.changes.change(call.context, async (tx) => {
    const row = await findStored(parts, tx, call, modelId);
    await tx.deleteFrom('models').where('model_id', '=', modelId).execute();
    await setBlocked(tx, parts, call, { modelId, isBlocked: false });
    await forgetWindows(tx, 'deployment', [modelId]);
    return {
      result: undefined,
      audit: { action: 'deleted', object: { type: 'model', id: modelId }, before: { model_name: row.model_name } },
    };
  });
  await stored.reload();
  return { message: `Model: ${modelId} deleted successfully` };
}

async function findStored(parts: Parts, tx: Transaction<Database>, call: Call, modelId: string): Promise<ModelTable> {
  const row = await tx
    .selectFrom('models')
    .selectAll()
    .where('model_id', '=', modelId)
    .$if(parts.storage.engine === 'postgres', (query) => query.forUpdate())
    .executeTakeFirst();
  // Others than admins of the gateway are not told which models there are.
  if (row || call.access.reach !== 'all') await assertMayHold(tx, call, row?.team_id ?? null);
  if (row) return row;
  throw refuse(
    isConfigured(parts, modelId)
      ? `Model with id=${modelId} not found in db: it comes from the config file. Change it there and restart the gateway.`
      : `Model with id=${modelId} not found in db. GET /model/info lists the ids.`,
  );
}

/** An id that was sent; null: none. */
function readId(name: string, sent: unknown): string | null {
  if (sent === undefined || sent === null) return null;
  if (typeof sent === 'string' && sent !== '' && sent.length <= 255) return sent;
  throw refuse(`model_info.${name} must be a text of 1 to 255 characters, or left out.`);
}

function rowOf(parts: Parts, call: Call, model: StoredModel): ModelTable {
  const now = parts.now();
  const by = call.principal.userId ?? '';
  return {
    model_id: model.id,
    model_name: model.name,
    team_id: model.teamId,
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
    model_info: {
      ...model.info,
      id: row.model_id,
      db_model: true,
      ...ofTeam({ teamId: model.teamId, modelName: model.name }),
    },
    created_at: new Date(row.created_at).toISOString(),
    created_by: row.created_by,
    updated_at: new Date(row.updated_at).toISOString(),
    updated_by: row.updated_by,
  };
}

function auditOf(model: StoredModel): Record<string, unknown> {
  return {
    model_name: model.name,
    team_id: model.teamId,
    litellm_params: shown(model.params),
    model_info: model.info,
  };
}

/** What of the parameters may be shown. Everything else, known or not, may be a secret. */
const shownParams = new Set([
  ...[
    'model',
    'timeout',
    'stream_timeout',
    'tags',
    'weight',
    'mock_response',
    'rpm',
    'tpm',
    'max_parallel_requests',
    'max_budget',
    'budget_duration',
    'order',
    'region_name',
  ],
  ...['input_cost_per_token', 'output_cost_per_token', 'cache_read_input_token_cost'],
  ...['cache_creation_input_token_cost', 'cache_creation_input_token_cost_above_1hr', 'api_version'],
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
