import type { DeploymentSettings } from '../../config/settings.ts';
import { checkModel, deploymentOfStored } from '../models/index.ts';
import type { Parts } from '../parts.ts';

/** Asks a deployment that is not served for a few tokens; null when it answers, else in short why not. */
export type TryDeployment = (deployment: DeploymentSettings) => Promise<string | null>;

/**
 * Tries a model as it is described, with exactly the credential and the address that were sent: none that is stored,
 * and none of the environment, goes anywhere by this. Whoever may add a model may reach its address anyway; the answer
 * tells a status and nothing of what stands there.
 * @throws ApiError 400 for a model that could not be added.
 */
export async function testConnection(
  { settings }: Parts,
  tryDeployment: TryDeployment,
  input: {
    mode?: 'chat' | 'embedding' | null | undefined;
    litellm_params: Readonly<Record<string, unknown>>;
    model_info?: Readonly<Record<string, unknown>> | null | undefined;
  },
) {
  const { id: _id, team_id: _team, ...info } = input.model_info ?? {};
  const model = {
    id: 'tried',
    name: 'tried',
    teamId: null,
    params: withoutNulls(input.litellm_params),
    info: withoutNulls(input.mode ? { ...info, mode: input.mode } : info),
  };
  checkModel(model, settings);
  const startedAt = performance.now();
  const error = await tryDeployment(deploymentOfStored(model, settings));
  const response_time_ms = Math.round(performance.now() - startedAt);
  return {
    status: error === null ? ('success' as const) : ('error' as const),
    result: { ...(error === null ? {} : { error }), response_time_ms },
  };
}

function withoutNulls(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}
