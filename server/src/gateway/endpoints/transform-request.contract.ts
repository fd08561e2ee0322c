import * as z from 'zod/mini';
import { defineEndpoint } from '../../http/endpoint.contract.ts';
import { jsonObject, maybe } from '../../http/fields.contract.ts';

const transformInput = z.object({
  /** `completion`, `acompletion`, `embedding` or `aembedding`. */
  call_type: z.string(),
  request_body: jsonObject,
});

/** A request that is to be shown as its provider would get it. */
export type TransformInput = z.infer<typeof transformInput>;

/** `POST /utils/transform_request`: what a request would become on its way to the provider. Nothing is sent. */
export const transformRequest = defineEndpoint({
  method: 'POST',
  path: '/utils/transform_request',
  summary: 'What the provider would get of a request',
  permission: 'model:read',
  longTexts: true,
  body: transformInput,
  result: z.object({
    raw_request_api_base: z.string(),
    raw_request_body: jsonObject,
    /** Values that can be secrets are masked. */
    raw_request_headers: z.record(z.string(), z.string()),
    error: maybe(z.string()),
  }),
});
