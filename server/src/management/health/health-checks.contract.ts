import * as z from 'zod/mini';
import { defineEndpoint } from '../../http/endpoint.contract.ts';
import { instant, jsonObject, maybe, numberInQuery } from '../../http/fields.contract.ts';

const check = z.object({
  health_check_id: z.string(),
  /** Id of the deployment. */
  model_id: z.string(),
  model_name: z.string(),
  /** Provider and the provider's name of the model. */
  model: z.string(),
  status: z.enum(['healthy', 'unhealthy']),
  healthy_count: z.number(),
  unhealthy_count: z.number(),
  /** In the gateway's own words: nothing of what the provider wrote. */
  error_message: z.nullable(z.string()),
  response_time_ms: z.number(),
  checked_at: instant,
  /** Who asked; null: the gateway itself, or not for the caller to know. */
  checked_by: z.nullable(z.string()),
});

/** What came of asking a deployment, as it is shown. */
export type PresentedCheck = z.infer<typeof check>;

/** `GET /health/history`: within the last week. */
export const listHealthHistory = defineEndpoint({
  method: 'GET',
  path: '/health/history',
  summary: 'What health checks of models have found within the last week',
  permission: 'health:read',
  query: z.object({
    model: z.optional(z.string()),
    status_filter: z.optional(z.enum(['healthy', 'unhealthy'])),
    limit: z.optional(numberInQuery.check(z.int(), z.minimum(1), z.maximum(1_000))),
    offset: z.optional(numberInQuery.check(z.int(), z.minimum(0), z.maximum(10_000_000))),
  }),
  result: z.object({
    health_checks: z.array(check),
    total_records: z.number(),
    limit: z.number(),
    offset: z.number(),
  }),
});

/** `GET /health/latest`: by the id of the deployment. */
export const getLatestHealth = defineEndpoint({
  method: 'GET',
  path: '/health/latest',
  summary: 'What the last health check of each model has found',
  permission: 'health:read',
  result: z.object({ latest_health_checks: z.record(z.string(), check), total_models: z.number() }),
});

/** `GET /health/backlog`. */
export const getBacklog = defineEndpoint({
  method: 'GET',
  path: '/health/backlog',
  summary: 'How many model requests this instance is serving',
  permission: 'health:read',
  result: z.object({ in_flight_requests: z.number() }),
});

/** `POST /health/test_connection`: as `/model/new` would add it. Nothing that is stored is used, nothing is kept. */
export const testConnection = defineEndpoint({
  method: 'POST',
  path: '/health/test_connection',
  summary: 'Try a model before it is added',
  permission: 'model:test',
  body: z.object({
    mode: maybe(z.enum(['chat', 'embedding'], 'must be chat or embedding: other kinds of models are not served here')),
    litellm_params: jsonObject,
    model_info: maybe(jsonObject),
  }),
  result: z.object({
    status: z.enum(['success', 'error']),
    /** Empty, or in the gateway's own words what went wrong. */
    result: z.object({ error: z.optional(z.string()), response_time_ms: z.number() }),
  }),
});
