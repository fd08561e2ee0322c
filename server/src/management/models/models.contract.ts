import * as z from 'zod/mini';
import { defineEndpoint } from '../../http/endpoint.contract.ts';
import { booleanInQuery, count, jsonObject, maybe, numberInQuery, strings, usd } from '../../http/fields.contract.ts';

const modelRow = z.object({
  model_name: z.string(),
  litellm_params: z.object({
    model: z.string(),
    api_base: z.string(),
    timeout: z.number(),
    weight: z.number(),
    input_cost_per_token: maybe(z.number()),
    output_cost_per_token: maybe(z.number()),
    /** Absent where it is not limited. */
    max_budget: maybe(usd),
    budget_duration: maybe(z.string()),
    rpm: maybe(count),
    tpm: maybe(count),
    max_parallel_requests: maybe(count),
    tags: maybe(strings),
  }),
  model_info: z.object({
    id: z.string(),
    /** True: added through the API. False: from the config file. */
    db_model: z.boolean(),
    /** True: out of service. */
    blocked: z.boolean(),
    /** Names by which lists of models may allow this one. */
    access_groups: z.array(z.string()),
    mode: z.string(),
    base_model: z.nullable(z.string()),
    litellm_provider: z.string(),
    key: z.string(),
    input_cost_per_token: z.nullable(z.number()),
    output_cost_per_token: z.nullable(z.number()),
    /** Absent: for everybody. */
    team_id: z.optional(z.string()),
    /** The name by which keys of that team call it. */
    team_public_model_name: z.optional(z.string()),
  }),
});

/** A deployment as it is shown: never with its credential. */
export type PresentedModel = z.infer<typeof modelRow>;

const teamModelsQuery = {
  /** What keys of this team may call, for those who belong to it. */
  teamId: z.optional(z.string()),
  /** Also what the caller's teams have for themselves. */
  include_team_models: z.optional(booleanInQuery),
};

const modelInfoQuery = z.object({ litellm_model_id: z.optional(z.string()), ...teamModelsQuery });

/** Which deployments are wanted. */
export type ModelInfoQuery = z.infer<typeof modelInfoQuery>;

/** `GET /v1/model/info`: the deployments of the models that the caller may call. */
export const getModelInfo = defineEndpoint({
  method: 'GET',
  path: '/model/info',
  aliases: ['/v1/model/info'],
  summary: 'The deployments behind the models that one may call',
  permission: 'model:read',
  query: modelInfoQuery,
  result: z.object({ data: z.array(modelRow) }),
});

const modelPageQuery = z.object({
  ...teamModelsQuery,
  /** Only what the caller's keys may call, also for admins. */
  user_models_only: z.optional(booleanInQuery),
  model: z.optional(z.string()),
  modelId: z.optional(z.string()),
  search: z.optional(z.string()),
  page: z.optional(numberInQuery.check(z.int(), z.minimum(1))),
  size: z.optional(numberInQuery.check(z.int(), z.minimum(1), z.maximum(1_000))),
  sortBy: z.optional(z.enum(['model_name', 'costs'])),
  sortOrder: z.optional(z.enum(['asc', 'desc'])),
});

/** Which page of the deployments is wanted. */
export type ModelPageQuery = z.infer<typeof modelPageQuery>;

/** `GET /v2/model/info`: the same, a page at a time. */
export const pageModels = defineEndpoint({
  method: 'GET',
  path: '/v2/model/info',
  summary: 'The deployments behind the models, page by page',
  permission: 'model:read',
  query: modelPageQuery,
  result: z.object({
    data: z.array(modelRow),
    total_count: z.number(),
    current_page: z.number(),
    total_pages: z.number(),
    size: z.number(),
  }),
});

/** `GET /model_group/info`: deployments of one name together. */
export const listModelGroups = defineEndpoint({
  method: 'GET',
  path: '/model_group/info',
  summary: 'The models that one may call, by name',
  permission: 'model:read',
  query: z.object({ model_group: z.optional(z.string()) }),
  result: z.object({
    data: z.array(
      z.object({
        model_group: z.string(),
        providers: z.array(z.string()),
        mode: z.string(),
        input_cost_per_token: z.nullable(z.number()),
        output_cost_per_token: z.nullable(z.number()),
        max_input_tokens: z.null(),
        max_output_tokens: z.nullable(z.number()),
        /** What its deployments take in a minute together; null: any number. */
        tpm: z.nullable(count),
        rpm: z.nullable(count),
      }),
    ),
  }),
});

const storedModel = z.object({
  model_id: z.string(),
  model_name: z.string(),
  litellm_params: jsonObject,
  model_info: jsonObject,
  created_at: z.string(),
  created_by: z.string(),
  updated_at: z.string(),
  updated_by: z.string(),
});

/** A model of the database, as the answer to a write shows it: never with its credential. */
export type PresentedStoredModel = z.infer<typeof storedModel>;

const newModel = z.object({
  model_name: z.string().check(z.minLength(1), z.maxLength(200)),
  litellm_params: jsonObject,
  model_info: maybe(jsonObject),
});

/** A model to add. */
export type NewModel = z.infer<typeof newModel>;

/** `POST /model/new`: served at once here, and within ten seconds by other instances. */
export const createModel = defineEndpoint({
  method: 'POST',
  path: '/model/new',
  summary: 'Add a model',
  permission: 'model:create',
  body: newModel,
  result: storedModel,
});

const modelPatch = z.object({
  model_name: maybe(z.string().check(z.minLength(1), z.maxLength(200))),
  litellm_params: maybe(jsonObject),
  model_info: maybe(jsonObject),
  /** Whether it is out of service: for admins of the gateway to say. */
  blocked: maybe(z.boolean()),
});

/** What is to change of a model; a parameter that is null is taken away, one that is absent stays. */
export type ModelPatch = z.infer<typeof modelPatch>;

/** `POST /model/update`: names the model in `model_info.id`. */
export const updateModel = defineEndpoint({
  method: 'POST',
  path: '/model/update',
  summary: 'Change a model',
  permission: 'model:update',
  body: modelPatch,
  result: storedModel,
});

/** `PATCH /model/{model_id}/update`. */
export const patchModel = defineEndpoint({
  method: 'PATCH',
  path: '/model/{model_id}/update',
  summary: 'Change a model',
  permission: 'model:update',
  body: z.object({ ...modelPatch.shape, model_id: z.string() }),
  result: storedModel,
});

/** `POST /model/delete`. */
export const deleteModel = defineEndpoint({
  method: 'POST',
  path: '/model/delete',
  summary: 'Delete a model',
  permission: 'model:delete',
  body: z.object({ id: z.string() }),
  result: z.object({ message: z.string() }),
});

const blockedModel = z.object({
  model_id: z.string(),
  model_name: z.string(),
  litellm_params: jsonObject,
  model_info: jsonObject,
  blocked: z.boolean(),
  /** Null for a model of the config file. */
  created_at: z.nullable(z.string()),
  created_by: z.nullable(z.string()),
  updated_at: z.nullable(z.string()),
  updated_by: z.nullable(z.string()),
});

/** A model with whether it is out of service: never with its credential. */
export type BlockedModel = z.infer<typeof blockedModel>;

/** `POST /model/block`: a model of the database or of the config file, by its id. */
export const blockModel = defineEndpoint({
  method: 'POST',
  path: '/model/block',
  summary: 'Take a model out of service',
  permission: 'model:block',
  body: z.object({ model_id: z.string() }),
  result: blockedModel,
});

/** `POST /model/unblock`. */
export const unblockModel = defineEndpoint({
  method: 'POST',
  path: '/model/unblock',
  summary: 'Put a model back into service',
  permission: 'model:block',
  body: z.object({ model_id: z.string() }),
  result: blockedModel,
});
