import * as z from 'zod/mini';
import { defineEndpoint } from '../../http/endpoint.contract.ts';
import {
  booleanInQuery,
  count,
  instant,
  jsonObject,
  maybe,
  newId,
  numberInQuery,
  restrictionsNotEnforced,
  strings,
  usd,
} from '../../http/fields.contract.ts';
import { mailOutcome } from '../../mail/mail-outcome.contract.ts';
import { detailedLimitColumns, detailedLimitFields } from '../budgets/detailed-limits.contract.ts';

const pageNumber = numberInQuery.check(z.int(), z.minimum(1));
const pageSize = numberInQuery.check(z.int(), z.minimum(1), z.maximum(100));

/** A key without its hash, as LiteLLM shows the row; `status` is what the key would get right now. */
export const keyRow = z.object({
  key_name: z.string(),
  key_alias: z.nullable(z.string()),
  user_id: z.nullable(z.string()),
  team_id: z.nullable(z.string()),
  organization_id: z.nullable(z.string()),
  models: strings,
  aliases: jsonObject,
  config: jsonObject,
  permissions: jsonObject,
  metadata: jsonObject,
  tags: strings,
  spend: usd,
  max_budget: z.nullable(usd),
  soft_budget: z.nullable(usd),
  budget_duration: z.nullable(z.string()),
  budget_reset_at: z.nullable(instant),
  budget_id: z.nullable(z.string()),
  tpm_limit: z.nullable(z.number()),
  rpm_limit: z.nullable(z.number()),
  max_parallel_requests: z.nullable(z.number()),
  default_estimated_output_tokens: z.nullable(z.number()),
  expires: z.nullable(instant),
  blocked: z.nullable(z.boolean()),
  allowed_cache_controls: strings,
  allowed_routes: strings,
  allowed_ips: strings,
  key_type: z.string(),
  policies: strings,
  model_spend: jsonObject,
  ...detailedLimitColumns,
  soft_budget_cooldown: z.boolean(),
  rotation_count: z.number(),
  auto_rotate: z.boolean(),
  rotation_interval: z.nullable(z.string()),
  last_rotation_at: z.nullable(instant),
  key_rotation_at: z.nullable(instant),
  temp_budget_increase: z.nullable(usd),
  temp_budget_expiry: z.nullable(instant),
  created_at: instant,
  created_by: z.nullable(z.string()),
  updated_at: instant,
  updated_by: z.nullable(z.string()),
  last_active: z.nullable(instant),
  litellm_budget_table: z.nullable(jsonObject),
  status: z.enum(['active', 'expired', 'revoked', 'deleted']),
});

/** A key in a list: the row, its hash, and who it belongs to in words. */
export const listedKey = z.object({
  ...keyRow.shape,
  token: z.string(),
  user_email: z.nullable(z.string()),
  team_alias: z.nullable(z.string()),
});

/** The answer to creating a key. `key` is the secret: it exists in this answer and nowhere else. */
export const newKeyFields = {
  key: z.string(),
  token: z.nullable(z.string()),
  token_id: z.nullable(z.string()),
  key_name: z.nullable(z.string()),
  key_alias: z.nullable(z.string()),
  duration: z.nullable(z.string()),
  expires: z.nullable(instant),
  user_id: z.nullable(z.string()),
  team_id: z.nullable(z.string()),
  organization_id: z.nullable(z.string()),
  models: strings,
  aliases: jsonObject,
  config: jsonObject,
  permissions: jsonObject,
  metadata: jsonObject,
  tags: z.nullable(strings),
  guardrails: z.nullable(strings),
  spend: usd,
  max_budget: z.nullable(usd),
  soft_budget: z.nullable(usd),
  budget_duration: z.nullable(z.string()),
  budget_id: z.nullable(z.string()),
  tpm_limit: z.nullable(z.number()),
  rpm_limit: z.nullable(z.number()),
  max_parallel_requests: z.nullable(z.number()),
  default_estimated_output_tokens: z.nullable(z.number()),
  allowed_cache_controls: strings,
  allowed_routes: strings,
  allowed_ips: strings,
  ...detailedLimitColumns,
  blocked: z.nullable(z.boolean()),
  created_at: instant,
  created_by: z.nullable(z.string()),
  updated_at: instant,
  updated_by: z.nullable(z.string()),
  litellm_budget_table: z.nullable(jsonObject),
};

const keyFields = {
  key_alias: maybe(z.string()),
  duration: maybe(z.string()),
  models: maybe(strings),
  aliases: maybe(jsonObject),
  metadata: maybe(jsonObject),
  tags: maybe(strings),
  user_id: maybe(newId),
  team_id: maybe(newId),
  /** For keys without a team; a team's key belongs to the team's organization. */
  organization_id: maybe(z.string()),
  // Negative amounts are refused by the verb, in the contract's words.
  max_budget: maybe(usd),
  soft_budget: maybe(usd),
  budget_duration: maybe(z.string()),
  /** A budget that stands by itself; null detaches the key from it. */
  budget_id: maybe(z.string()),
  tpm_limit: maybe(count),
  rpm_limit: maybe(count),
  max_parallel_requests: maybe(count),
  /** How much output money is set aside for when a call names no limit; for admins of the gateway to say. */
  default_estimated_output_tokens: maybe(count.check(z.minimum(1, 'must be at least 1'))),
  ...detailedLimitFields,
  ...restrictionsNotEnforced,
  allowed_cache_controls: maybe(strings),
  allowed_routes: maybe(strings),
  permissions: maybe(jsonObject),
  blocked: maybe(z.boolean()),
  /** Addresses and CIDR ranges that may use the key. */
  allowed_ips: maybe(strings),
  auto_rotate: maybe(z.boolean()),
  rotation_interval: maybe(z.string()),
};

const newKeyInput = z.object({
  ...keyFields,
  key: maybe(z.string()),
  key_type: maybe(z.enum(['default', 'llm_api', 'management', 'read_only'])),
  spend: maybe(usd),
  send_invite_email: maybe(z.boolean()),
});

/** `key_email`: only where `send_invite_email` was true. */
const createdKey = z.object({ ...newKeyFields, key_email: z.optional(mailOutcome) });

/** What may be said of a new key. */
export type NewKeyInput = z.infer<typeof newKeyInput>;

/** `POST /key/generate`. */
export const createKey = defineEndpoint({
  method: 'POST',
  path: '/key/generate',
  summary: 'Create a key; the secret is in this answer only',
  permission: 'key:create',
  body: newKeyInput,
  result: createdKey,
});

/** `POST /key/service-account/generate`: a key that belongs to a team and to no person. */
export const createServiceAccountKey = defineEndpoint({
  method: 'POST',
  path: '/key/service-account/generate',
  summary: 'Create a key for a service that a team runs',
  permission: 'key:create',
  errorShape: 'detail',
  body: newKeyInput,
  result: createdKey,
});

/** `GET /key/info`: any key one may see by secret or hash; without `key` the calling key. */
export const getKey = defineEndpoint({
  method: 'GET',
  path: '/key/info',
  summary: 'One key; without a key parameter the calling one',
  permission: 'key:read',
  query: z.object({ key: z.optional(z.string()) }),
  result: z.object({
    key: z.string(),
    info: z.object({
      ...keyRow.shape,
      model_max_budget_usage: jsonObject,
      budget_limits_usage: z.array(jsonObject),
      user_email: z.nullable(z.string()),
      team_alias: z.nullable(z.string()),
    }),
  }),
});

/** The columns that `GET /key/list` sorts by. */
export const keySortColumns = ['spend', 'max_budget', 'created_at', 'updated_at', 'token', 'key_alias'] as const;

const keyListQuery = z.object({
  page: z.optional(pageNumber),
  size: z.optional(pageSize),
  user_id: z.optional(z.string()),
  team_id: z.optional(z.string()),
  organization_id: z.optional(z.string()),
  key_hash: z.optional(z.string()),
  key_alias: z.optional(z.string()),
  /**
   * Contains-search over alias, last four characters and owner's e-mail; a whole secret finds its key. Among the keys of
   * everybody it counts up to 5,000.
   */
  search: z.optional(z.string()),
  /** `active`, `expired`, `revoked` or `deleted`; without it all but the deleted ones. */
  status: z.optional(z.string()),
  return_full_object: z.optional(booleanInQuery),
  include_team_keys: z.optional(booleanInQuery),
  include_created_by_keys: z.optional(booleanInQuery),
  sort_by: z.optional(z.string()),
  sort_order: z.optional(z.string()),
});

/** What may be asked of the list of keys. */
export type KeyListQuery = z.infer<typeof keyListQuery>;

/** `GET /key/list`: hashes, or whole rows with `return_full_object=true`. */
export const listKeys = defineEndpoint({
  method: 'GET',
  path: '/key/list',
  summary: 'Keys, filtered, sorted and paged',
  permission: 'key:read',
  query: keyListQuery,
  result: z.object({
    keys: z.array(z.union([z.string(), listedKey])),
    total_count: z.number(),
    current_page: z.number(),
    total_pages: z.number(),
  }),
});

/** What may be changed of a key. */
export const keyUpdate = {
  ...keyFields,
  spend: maybe(usd),
  /** Added to the budget until `temp_budget_expiry`; both are set and taken away together. */
  temp_budget_increase: maybe(usd),
  temp_budget_expiry: maybe(instant),
};

/** A merge patch of one key. */
export const keyPatch = z.object({ ...keyUpdate, key: z.string() });

/** What may be changed of a key. */
export type KeyPatch = z.infer<typeof keyPatch>;

/** `POST /key/update`: a merge patch. `duration: "-1"` means never expires. */
export const updateKey = defineEndpoint({
  method: 'POST',
  path: '/key/update',
  summary: 'Change a key; absent fields stay as they are',
  permission: 'key:update',
  body: keyPatch,
  result: z.object({ ...keyRow.shape, key: z.string(), token: z.string() }),
});

const regenerateInput = z.object({
  ...keyUpdate,
  key: maybe(z.string()),
  new_key: maybe(z.string()),
  grace_period: maybe(z.string()),
});

/** How to replace a key's secret, and what else to change of it. */
export type RegenerateInput = z.infer<typeof regenerateInput>;

/** `POST /key/regenerate`: a new secret for the same key. For `grace_period` the old one works beside it. */
export const regenerateKey = defineEndpoint({
  method: 'POST',
  path: '/key/regenerate',
  aliases: ['/key/{key}/regenerate'],
  summary: 'Give a key a new secret; the old one may keep working for a while',
  permission: 'key:update',
  body: regenerateInput,
  result: z.object({ ...newKeyFields, grace_period_ends_at: z.nullable(instant) }),
});

/** `POST /key/delete`. */
export const deleteKeys = defineEndpoint({
  method: 'POST',
  path: '/key/delete',
  summary: 'Delete keys by secret, hash or alias; they stop at once',
  permission: 'key:delete',
  body: z.object({ keys: maybe(strings), key_aliases: maybe(strings) }),
  result: z.object({ deleted_keys: strings }),
});

const blockResult = z.object({ ...keyRow.shape, token: z.string() });

/** `POST /key/block`. */
export const blockKey = defineEndpoint({
  method: 'POST',
  path: '/key/block',
  summary: 'Block a key; it stops at once and can be unblocked',
  permission: 'key:block',
  body: z.object({ key: z.string() }),
  result: blockResult,
});

/** `POST /key/unblock`. */
export const unblockKey = defineEndpoint({
  method: 'POST',
  path: '/key/unblock',
  summary: 'Let a blocked key work again',
  permission: 'key:block',
  body: z.object({ key: z.string() }),
  result: blockResult,
});
