import * as z from 'zod/mini';
import { ConfigError } from '../../config/config-error.ts';
import { type ModelEntry, modelEntry } from '../../config/config-file-shape.ts';
import { deploymentOf } from '../../config/load-deployments.ts';
import type { DeploymentSettings, Settings } from '../../config/settings.ts';
import { ApiError } from '../../http/api-error.ts';

/** A model as it is stored, with its parameters open. */
export interface StoredModel {
  readonly id: string;
  readonly name: string;
  /** The team that it is for alone; null: for everybody. */
  readonly teamId: string | null;
  readonly params: Readonly<Record<string, unknown>>;
  readonly info: Readonly<Record<string, unknown>>;
}

/** A stored model as a deployment. @throws ConfigError when it cannot be one. */
export function deploymentOfStored(model: StoredModel, settings: Settings): DeploymentSettings {
  const entry: ModelEntry = z.parse(modelEntry, entryOf(model));
  return deploymentOf(entry, `The model '${model.name}'`, { twin: 0, ...settings.router });
}

/**
 * Checks that a model can be served as it is described, before it is stored.
 * @throws ApiError 400 that names the field and what would be right.
 */
export function checkModel(model: StoredModel, settings: Settings): void {
  const parsed = z.safeParse(modelEntry, entryOf(model));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw refuse(`${issue?.path.map(String).join('.') ?? 'The model'}: ${issue?.message ?? 'is not right'}`);
  }
  refuseReferences(model.params);
  const { api_base: apiBase } = parsed.data.litellm_params;
  if (apiBase !== undefined && !/^https?:\/\//i.test(apiBase)) {
    throw refuse('litellm_params.api_base must begin with https:// or http://.');
  }
  try {
    deploymentOfStored(model, settings);
  } catch (error) {
    if (error instanceof ConfigError) throw refuse(error.message);
    throw error;
  }
}

function entryOf({ id, name, teamId, params, info }: StoredModel) {
  return {
    model_name: name,
    litellm_params: params,
    model_info: { ...info, id, ...(teamId === null ? {} : { team_id: teamId }) },
  };
}

/** The environment of the gateway holds more than what a model may know: only its own config file may name it. */
function refuseReferences(value: unknown): void {
  if (typeof value === 'string' && value.startsWith('os.environ/')) {
    throw refuse(
      'os.environ/ references are for the config file. Send the value itself: it is encrypted where it is stored.',
    );
  }
  if (typeof value === 'object' && value !== null) for (const field of Object.values(value)) refuseReferences(field);
}

/** 400 for a model that is not right. */
export function refuse(message: string): ApiError {
  return new ApiError(400, message, { type: 'bad_request_error', param: 'None' });
}
