import { matchesPattern } from '../access/model-pattern.ts';
import { ApiError } from '../http/api-error.ts';
import type { KeyRecord } from '../management/keys/index.ts';
import type { Caller } from './caller.ts';
import type { Deployment, ModelCatalog } from './model-catalog.ts';
import { badRequest } from './openai-error.ts';

/**
 * The public model name that a request means: the caller's own alias is resolved.
 * @throws ApiError 400 when the request names none.
 */
export function modelGroupOf(caller: Caller, requested: unknown): { requestedModel: string; modelGroup: string } {
  if (typeof requested !== 'string' || requested === '') {
    throw badRequest(
      'The body names no model. Send `"model": "<name>"`; GET /v1/models lists the names you may use.',
      'model',
    );
  }
  const modelGroup = caller.kind === 'key' ? withoutAlias(caller.key.aliases, requested) : requested;
  return { requestedModel: requested, modelGroup };
}

/** Longer names exist nowhere; where a wildcard would take them, they would not fit the keys of the books. */
const maxNameBytes = 256;

/** Where a model runs; nowhere when nobody knows the name. */
export function deploymentsFor(catalog: ModelCatalog, modelGroup: string): readonly Deployment[] {
  return Buffer.byteLength(modelGroup) > maxNameBytes ? [] : catalog.deploymentsOf(modelGroup);
}

function withoutAlias(aliases: Readonly<Record<string, unknown>>, requested: string): string {
  const target = Object.hasOwn(aliases, requested) ? aliases[requested] : requested;
  return typeof target === 'string' ? target : requested;
}

/** Whose list of models a rule looks at, in the contract's words for it. */
export type ModelListLevel = 'key' | 'team' | 'org' | 'user';

/** Whether the list of the key, its team, its organization or its owner allows a model; one that does not apply does. */
export function isModelListed(key: KeyRecord, level: ModelListLevel, modelName: string): boolean {
  switch (level) {
    case 'key':
      return key.models.includes('all-team-models') || isListed(key.models, modelName);
    case 'team':
      return key.teamId === null || key.team === null || isListed(key.team.models, modelName);
    case 'org':
      return key.organization === null || isListed(key.organization.models, modelName);
    case 'user':
      return key.teamId !== null || key.user === null || isListed(key.user.models, modelName);
  }
}

/** Whether all lists that apply to a key allow a model. */
export function mayUseModel(key: KeyRecord, modelName: string): boolean {
  return modelListLevels.every((level) => isModelListed(key, level, modelName));
}

/** The lists of models, in the order in which they are looked at. */
export const modelListLevels: readonly ModelListLevel[] = ['key', 'team', 'org', 'user'];

function isListed(allowed: readonly string[], modelName: string): boolean {
  if (allowed.length === 0) return true;
  if (allowed.includes('all-proxy-models')) return true;
  return allowed.some((pattern) => pattern !== 'no-default-models' && matchesPattern(pattern, modelName));
}

function listOf(level: ModelListLevel, key: KeyRecord): readonly string[] {
  switch (level) {
    case 'key':
      return key.models;
    case 'team':
      return key.team?.models ?? [];
    case 'org':
      return key.organization?.models ?? [];
    case 'user':
      return key.user?.models ?? [];
  }
}

/** 403 in the contract's words; `type` says whose list it was. */
export function modelNotAllowed(level: ModelListLevel, requestedModel: string, key: KeyRecord): ApiError {
  return new ApiError(
    403,
    `The requested model '${requestedModel}' is not available for this API key, or the model name is invalid. Check the models available to you and try again.`,
    {
      type: `${level}_model_access_denied`,
      param: 'model',
      alwaysErrorShape: true,
      headers: { 'x-litellm-key-name': key.keyName },
      inJanuary2026: {
        status: 401,
        message: `${level} not allowed to access model. This ${level} can only access models=[${listOf(level, key)
          .map((name) => `'${name}'`)
          .join(', ')}]. Tried to access ${requestedModel}`,
      },
    },
  );
}

/** 400: no deployment has this name. */
export function unknownModel(requestedModel: string): ApiError {
  return badRequest(
    `Invalid model name passed in model=${requestedModel}. Call GET /v1/models to see the models you may use.`,
    'model',
  );
}
