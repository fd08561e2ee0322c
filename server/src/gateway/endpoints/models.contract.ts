import * as z from 'zod/mini';
import { defineEndpoint } from '../../http/endpoint.contract.ts';

const model = z.object({
  id: z.string(),
  object: z.literal('model'),
  created: z.number(),
  owned_by: z.string(),
});

/** `GET /v1/models`: the models the caller may call. */
export const listModels = defineEndpoint({
  method: 'GET',
  path: '/v1/models',
  aliases: ['/models'],
  summary: 'The models the caller may call',
  permission: 'model:read',
  /** What keys of a team may call, for those who belong to it. */
  query: z.object({ team_id: z.optional(z.string()) }),
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
