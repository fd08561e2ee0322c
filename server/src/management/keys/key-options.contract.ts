import * as z from 'zod/mini';
import { defineEndpoint } from '../../http/endpoint.contract.ts';
import { jsonObject, strings, usd } from '../../http/fields.contract.ts';

const verdict = { allowed: z.boolean(), reason: z.nullable(z.string()) };

const bounds = {
  max_budget: z.optional(usd),
  budget_duration: z.optional(z.string()),
  duration: z.optional(z.string()),
  max_parallel_requests: z.optional(z.number()),
  tpm_limit: z.optional(z.number()),
  rpm_limit: z.optional(z.number()),
};

/** `GET /key/create_options`: asks the rules that creating a key is refused by. `reason` is their refusal. */
export const createOptions = defineEndpoint({
  method: 'GET',
  path: '/key/create_options',
  summary: 'What keys the caller may create, for whom, and within which limits',
  permission: 'key:read',
  query: z.object({
    /** Teams whose name holds this; admins get the first 200. */
    search: z.optional(z.string()),
  }),
  result: z.object({
    personal: z.object({
      ...verdict,
      /** Names of models that such a key can use. */
      models: strings,
      max_budget: z.nullable(usd),
      required_params: strings,
    }),
    teams: z.array(
      z.object({
        team_id: z.string(),
        team_alias: z.nullable(z.string()),
        ...verdict,
        service_account: z.object(verdict),
        models: strings,
        max_budget: z.nullable(usd),
        tpm_limit: z.nullable(z.number()),
        rpm_limit: z.nullable(z.number()),
        /** How long such a key lives at most; null: for ever. */
        duration: z.nullable(z.string()),
        required_params: strings,
      }),
    ),
    may_choose_owner: z.boolean(),
    may_choose_routes_and_permissions: z.boolean(),
    key_types: strings,
    /** `upperbound_key_generate_params` of the settings. */
    upper_bounds: z.object(bounds),
    /** `default_key_generate_params` of the settings. */
    defaults: z.object({
      ...bounds,
      models: z.optional(strings),
      metadata: z.optional(jsonObject),
      user_id: z.optional(z.string()),
      team_id: z.optional(z.string()),
    }),
  }),
});

/** `POST /key/health`: about the key that calls; whoever gets an answer has a key that works. */
export const checkKeyHealth = defineEndpoint({
  method: 'POST',
  path: '/key/health',
  summary: 'Whether the calling key works',
  permission: 'signed-in',
  result: z.object({ key: z.enum(['healthy', 'unhealthy']), logging_callbacks: z.null() }),
});
