import * as z from 'zod/mini';
import { defineEndpoint } from '../../http/endpoint.contract.ts';
import { booleanInQuery, strings } from '../../http/fields.contract.ts';

const model = z.object({
  id: z.string(),
  object: z.literal('model'),
  created: z.number(),
  owned_by: z.string(),
  /** Where it was asked for. */
  metadata: z.optional(
    z.object({
      mode: z.string(),
      /** Names by which lists of models may allow this one. */
      access_groups: strings,
      /** Models that answer in its place when it fails: there are none, a failed call goes to its other deployments. */
      fallbacks: strings,
    }),
  ),
});

/** `GET /v1/models`: the models the caller may call. */
export const listModels = defineEndpoint({
  method: 'GET',
  path: '/v1/models',
  aliases: ['/models'],
  summary: 'The models the caller may call',
  permission: 'model:read',
  query: z.object({
    /** What keys of a team may call, for those who belong to it. */
    team_id: z.optional(z.string()),
    /** False: names with a wildcard are left out. They are listed as they are written unless this is said. */
    return_wildcard_routes: z.optional(booleanInQuery),
    /** Also the access groups that these models are in. */
    include_model_access_groups: z.optional(booleanInQuery),
    /** These groups alone. */
    only_model_access_groups: z.optional(booleanInQuery),
    include_metadata: z.optional(booleanInQuery),
    /** Which fallbacks the metadata names. */
    fallback_type: z.optional(z.enum(['general', 'context_window', 'content_policy'])),
    /** `expand`: all that is served, for who may see all of it, whatever the lists of the calling key. */
    scope: z.optional(z.enum(['expand'])),
    /** Leaves out what did not answer its last health check. */
    healthy_only: z.optional(booleanInQuery),
  }),
  result: z.object({ object: z.literal('list'), data: z.array(model) }),
});

/** `GET /v1/models/{id}`; ids may contain slashes. */
export const getModel = defineEndpoint({
  method: 'GET',
  path: '/v1/models/*',
  aliases: ['/models/*'],
  summary: 'One model',
  permission: 'model:read',
  query: z.object({ '*': z.string(), team_id: z.optional(z.string()) }),
  result: model,
});

/** What is asked of a list of models. */
export type ModelsQuery = z.infer<NonNullable<(typeof listModels)['input']>>;

/** A model of such a list. */
export type ListedModel = z.infer<typeof model>;
