import { matchesPattern } from '../access/model-pattern.ts';
import { ApiError } from '../http/api-error.ts';
import type { KeyRecord } from '../management/keys/index.ts';
import type { Caller } from './caller.ts';
import type { Deployment, ModelCatalog } from './model-catalog.ts';
import { badRequest } from './openai-error.ts';

/** A model under the names by which a call knows it. */
export interface NamedModel {
  /** As it was sent. */
  readonly requestedModel: string;
  /** After the key's own aliases: what the key's team calls it. */
  readonly teamName: string;
  /** The public name, after the team's aliases. */
  readonly modelGroup: string;
}

/**
 * The model that a request means: the key's own alias is resolved, then the team's.
 * @throws ApiError 400 when the request names none.
 */
export function modelNamed(caller: Caller, requested: unknown): NamedModel {
  if (typeof requested !== 'string' || requested === '') {
    throw badRequest(
      'The body names no model. Send `"model": "<name>"`; GET /v1/models lists the names you may use.',
      'model',
    );
  }
  if (caller.kind === 'key') return resolveAliases(caller.key, requested);
  return { requestedModel: requested, teamName: requested, modelGroup: requested };
}

/** What a key's name for a model stands for. */
export function resolveAliases(key: KeyRecord, requestedModel: string): NamedModel {
  const teamName = withoutAlias(key.aliases, requestedModel);
  return { requestedModel, teamName, modelGroup: withoutAlias(key.team?.modelAliases ?? noAliases, teamName) };
}

const noAliases: Readonly<Record<string, string>> = {};

/** Longer names exist nowhere; where a wildcard would take them, they would not fit the keys of the books. */
const maxNameBytes = 256;

/** Where a model runs for a caller, in whose team it may be another than elsewhere; nowhere when nobody knows it. */
export function deploymentsFor(catalog: ModelCatalog, caller: Caller, modelGroup: string): readonly Deployment[] {
  const teamId = caller.kind === 'key' ? caller.key.teamId : null;
  return Buffer.byteLength(modelGroup) > maxNameBytes ? [] : catalog.deploymentsOf(modelGroup, teamId);
}

/** Whether nobody can call a model that is known, since all of it is out of service. */
export function isModelBlocked(catalog: ModelCatalog, caller: Caller, modelGroup: string): boolean {
  return catalog.isBlocked(modelGroup, caller.kind === 'key' ? caller.key.teamId : null);
}

function withoutAlias(aliases: Readonly<Record<string, unknown>>, requested: string): string {
  const target = Object.hasOwn(aliases, requested) ? aliases[requested] : requested;
  return typeof target === 'string' ? target : requested;
}

/** Whose list of models a rule looks at, in the contract's words for it. */
export type ModelListLevel = 'key' | 'team' | 'org' | 'user';

/** A model that a key asks for, with where it runs for the key's team. */
export type FoundModel = Pick<NamedModel, 'teamName' | 'modelGroup'> & {
  readonly deployments: readonly Pick<Deployment, 'teamId' | 'accessGroups'>[];
};

/**
 * Whether the list of the key, its team, its organization or its owner allows a model; one that does not apply does.
 * The team and its keys may list the team's name for a model as well as the public one: whoever named it said what it
 * stands for. An organization looks at the public name alone, and so does everybody at a key's own aliases. What a
 * team has for itself alone, its list need not name: the list says what of everybody's models the team may use. Every
 * list may name an access group in place of the models in it (contract 4.4).
 */
export function isModelListed(
  key: KeyRecord,
  level: ModelListLevel,
  { teamName, modelGroup, deployments }: FoundModel,
): boolean {
  const names = (models: readonly string[]) =>
    isListed(models, modelGroup) ||
    deployments.some(({ accessGroups }) => accessGroups.some((one) => models.includes(one)));
  const lists = (models: readonly string[]) => names(models) || isListed(models, teamName);
  switch (level) {
    case 'key':
      return key.models.includes('all-team-models') || lists(key.models);
    case 'team':
      return (
        key.teamId === null ||
        key.team === null ||
        deployments.some(({ teamId }) => teamId === key.teamId) ||
        lists(key.team.models)
      );
    case 'org':
      return key.organization === null || names(key.organization.models);
    case 'user':
      return key.teamId !== null || key.user === null || names(key.user.models);
  }
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
