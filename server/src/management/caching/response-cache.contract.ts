import * as z from 'zod/mini';
import { defineEndpoint } from '../../http/endpoint.contract.ts';
import { jsonObject, strings } from '../../http/fields.contract.ts';

/** `GET /cache/ping`: 503 when there is no cache. */
export const pingCache = defineEndpoint({
  method: 'GET',
  path: '/cache/ping',
  summary: 'Whether the response cache works',
  permission: 'cache:read',
  result: z.object({
    status: z.literal('healthy'),
    cache_type: z.string(),
    ping_response: z.boolean(),
    set_cache_response: z.string(),
    litellm_cache_params: z.string(),
    health_check_cache_params: jsonObject,
  }),
});

/** `GET /cache/settings`: read only, since the config file holds them. */
export const getCacheSettings = defineEndpoint({
  method: 'GET',
  path: '/cache/settings',
  summary: 'How the response cache is set up',
  permission: 'cache:read',
  result: z.object({
    fields: z.array(jsonObject),
    current_values: jsonObject,
    redis_type_descriptions: z.record(z.string(), z.string()),
  }),
});

/** `POST /cache/flushall`: forgets every answer. */
export const flushCache = defineEndpoint({
  method: 'POST',
  path: '/cache/flushall',
  summary: 'Empty the response cache',
  permission: 'cache:clear',
  errorShape: 'detail',
  result: z.object({ status: z.literal('success') }),
});

/** `POST /cache/delete`: forgets answers by their keys, which stand in the header `x-litellm-cache-key`. */
export const deleteFromCache = defineEndpoint({
  method: 'POST',
  path: '/cache/delete',
  summary: 'Forget answers by their cache keys',
  permission: 'cache:clear',
  errorShape: 'detail',
  body: z.object({ keys: strings }),
  result: z.object({ status: z.literal('success') }),
});
