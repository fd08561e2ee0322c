import { matchesPattern } from '../access/model-pattern.ts';
import { ApiError } from '../http/api-error.ts';
import type { Caller } from './identify-caller.ts';
import type { ModelCatalog } from './model-catalog.ts';
import { badRequest } from './openai-error.ts';

/**
 * The public model name that a request means: the caller's own alias is resolved, and the model must be
 * allowed by the key and by the team (keys of a team) or the user (personal keys).
 * @throws ApiError 400 for a missing or unknown model, 403 for one that is not allowed.
 */
export function resolveModel(caller: Caller, requested: unknown, catalog: ModelCatalog): string {
  if (typeof requested !== 'string' || requested === '') {
    throw badRequest(
      'The body names no model. Send `"model": "<name>"`; GET /v1/models lists the names you may use.',
      'model',
    );
  }
  const modelName = caller.kind === 'key' ? withoutAlias(caller.key.aliases, requested) : requested;
  if (caller.kind === 'key') checkAccess(caller, modelName, requested);
  if (Buffer.byteLength(modelName) > maxNameBytes || catalog.deploymentsOf(modelName).length === 0) {
    throw badRequest(
      `Invalid model name passed in model=${requested}. Call GET /v1/models to see the models you may use.`,
      'model',
    );
  }
  return modelName;
}

/** Longer names exist nowhere; where a wildcard would take them, they would not fit the keys of the books. */
const maxNameBytes = 256;

function withoutAlias(aliases: Readonly<Record<string, unknown>>, requested: string): string {
  const target = Object.hasOwn(aliases, requested) ? aliases[requested] : requested;
  return typeof target === 'string' ? target : requested;
}

function checkAccess(caller: Extract<Caller, { kind: 'key' }>, modelName: string, requested: string): void {
  const { key } = caller;
  const level = refusedBy(caller, modelName);
  if (level === null) return;
  throw new ApiError(
    403,
    `The requested model '${requested}' is not available for this API key, or the model name is invalid. Check the models available to you and try again.`,
    {
      type: `${level}_model_access_denied`,
      param: 'model',
      alwaysErrorShape: true,
      headers: { 'x-litellm-key-name': key.keyName },
    },
  );
}

/** Which of the lists that apply to a key refuses the model; null when all allow it. */
export function refusedBy(caller: Extract<Caller, { kind: 'key' }>, modelName: string): 'key' | 'team' | 'user' | null {
  const { key } = caller;
  if (!key.models.includes('all-team-models') && !isListed(key.models, modelName)) return 'key';
  if (key.teamId !== null) return key.team && !isListed(key.team.models, modelName) ? 'team' : null;
  return key.user && !isListed(key.user.models, modelName) ? 'user' : null;
}

function isListed(allowed: readonly string[], modelName: string): boolean {
  if (allowed.length === 0) return true;
  if (allowed.includes('all-proxy-models')) return true;
  return allowed.some((pattern) => pattern !== 'no-default-models' && matchesPattern(pattern, modelName));
}
