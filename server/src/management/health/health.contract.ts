import * as z from 'zod/mini';
import { defineEndpoint } from '../../http/endpoint.contract.ts';
import { jsonObject, maybe, strings } from '../../http/fields.contract.ts';

const modelHealth = z.object({
  /** Provider and the provider's name of the model. */
  model: z.string(),
  model_id: z.string(),
  model_group: z.string(),
  mode: z.string(),
  error: z.optional(z.string()),
});

/** Whether a deployment answers. These fields and no others: no address, no credential, no text of the provider. */
export type ModelHealth = z.infer<typeof modelHealth>;

/** `GET /health`: calls each model that the caller may call once, with a request of a few tokens. */
export const getHealth = defineEndpoint({
  method: 'GET',
  path: '/health',
  summary: 'Whether the models answer',
  permission: 'health:read',
  query: z.object({ model: z.optional(z.string()), model_id: z.optional(z.string()) }),
  result: z.object({
    healthy_endpoints: z.array(modelHealth),
    unhealthy_endpoints: z.array(modelHealth),
    healthy_count: z.number(),
    unhealthy_count: z.number(),
  }),
});

/** `GET /health/readiness/details`. */
export const getReadinessDetails = defineEndpoint({
  method: 'GET',
  path: '/health/readiness/details',
  summary: 'What the gateway runs with',
  permission: 'health:read',
  errorShape: 'detail',
  result: z.object({
    status: z.string(),
    db: z.string(),
    /** Whether changes on other instances are heard of, by the channel on which they are told; empty: there is none. */
    change_feed: z.record(z.string(), z.enum(['connected', 'down'])),
    /** Whether budgets and rates are counted together with other instances; null where there is no Redis. */
    counters: z.nullable(z.enum(['shared', 'alone'])),
    cache: z.nullable(z.string()),
    litellm_version: z.string(),
    success_callbacks: strings,
    last_updated: z.string(),
  }),
});

/** `GET /routes`: every path of this gateway's control plane. */
export const listRoutes = defineEndpoint({
  method: 'GET',
  path: '/routes',
  summary: 'Every endpoint',
  permission: 'public',
  result: z.object({
    routes: z.array(z.object({ path: z.string(), methods: strings, name: z.string(), endpoint: z.string() })),
  }),
});

const tokenCount = z.object({
  model: z.string().check(z.minLength(1)),
  prompt: maybe(z.string()),
  messages: maybe(z.array(jsonObject)),
});

/** A text to count. */
export type TokenCount = z.infer<typeof tokenCount>;

/** `POST /utils/token_counter`. */
export const countTokens = defineEndpoint({
  method: 'POST',
  path: '/utils/token_counter',
  summary: 'Count the tokens of a prompt or of messages',
  permission: 'model:read',
  longTexts: true,
  body: tokenCount,
  result: z.object({
    total_tokens: z.number(),
    request_model: z.string(),
    model_used: z.string(),
    tokenizer_type: z.string(),
  }),
});

/** `GET /utils/supported_openai_params`. */
export const listSupportedParams = defineEndpoint({
  method: 'GET',
  path: '/utils/supported_openai_params',
  summary: 'The parameters that a model takes',
  permission: 'model:read',
  query: z.object({ model: z.string() }),
  result: z.object({ supported_openai_params: strings }),
});
