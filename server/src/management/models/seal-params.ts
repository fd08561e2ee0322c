import { seal, unseal } from '../../storage/seal.ts';
import type { ModelTable } from './models.table.ts';
import type { StoredModel } from './read-entry.ts';

/** Seals the parameters of a model, its credentials among them, for the model's row. @param saltKey `Settings.saltKey`. */
export function sealParams(saltKey: string, modelId: string, params: Readonly<Record<string, unknown>>): string {
  return seal({ saltKey, purpose: 'model parameters', id: modelId }, params);
}

/** Opens what `sealParams` made. @throws Error when key, id or text is another. */
export function openParams(saltKey: string, modelId: string, text: string): Record<string, unknown> {
  return unseal({ saltKey, purpose: 'model parameters', id: modelId }, text) as Record<string, unknown>;
}

/** Opens a row. @throws Error when the salt key is another, or the parameters were moved to another model. */
export function openModel(saltKey: string, row: ModelTable): StoredModel {
  return {
    id: row.model_id,
    name: row.model_name,
    teamId: row.team_id,
    params: openParams(saltKey, row.model_id, row.sealed_params),
    info: JSON.parse(row.model_info) as Record<string, unknown>,
  };
}
