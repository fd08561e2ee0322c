import * as z from 'zod/mini';
import { defineEndpoint } from '../../http/endpoint.contract.ts';
import { instant, maybe, numberInQuery, strings, usd } from '../../http/fields.contract.ts';
import { keyPatch, keyRow, keyUpdate } from './keys.contract.ts';

/** `POST /v2/key/info`: keys that the caller may not see are left out. */
export const getKeys = defineEndpoint({
  method: 'POST',
  path: '/v2/key/info',
  summary: 'Many keys at once, by secret, hash or alias',
  permission: 'key:read',
  body: z.object({ keys: maybe(strings), key_aliases: maybe(strings) }),
  result: z.object({ key: strings, info: z.array(keyRow) }),
});

/** `GET /key/aliases`. */
export const listKeyAliases = defineEndpoint({
  method: 'GET',
  path: '/key/aliases',
  summary: 'Aliases of the keys one may see, sorted and paged',
  permission: 'key:read',
  query: z.object({
    page: z.optional(numberInQuery.check(z.int(), z.minimum(1))),
    size: z.optional(numberInQuery.check(z.int(), z.minimum(1), z.maximum(100))),
    search: z.optional(z.string()),
    team_id: z.optional(z.string()),
  }),
  result: z.object({
    aliases: strings,
    total_count: z.number(),
    current_page: z.number(),
    total_pages: z.number(),
    size: z.number(),
  }),
});

const bulkUpdateResult = z.object({
  total_requested: z.number(),
  successful_updates: z.array(
    z.object({ key: z.string(), key_info: z.object({ ...keyRow.shape, token: z.string() }) }),
  ),
  failed_updates: z.array(z.object({ key: z.string(), key_info: z.null(), failed_reason: z.string() })),
});

/** `POST /key/bulk_update`: each key by itself; one that is refused does not hold up the others. */
export const bulkUpdateKeys = defineEndpoint({
  method: 'POST',
  path: '/key/bulk_update',
  summary: 'Change up to 500 keys, each in its own way',
  permission: 'key:bulk-update',
  errorShape: 'detail',
  refusal: { status: 403, message: 'Only proxy admins can call /key/bulk_update.' },
  body: z.object({ keys: z.array(keyPatch) }),
  result: bulkUpdateResult,
});

/** `POST /team/key/bulk_update`. */
export const bulkUpdateTeamKeys = defineEndpoint({
  method: 'POST',
  path: '/team/key/bulk_update',
  summary: 'Change keys of a team, all in the same way',
  permission: 'key:update',
  errorShape: 'detail',
  body: z.object({
    team_id: z.string(),
    key_ids: maybe(strings),
    all_keys_in_team: maybe(z.boolean()),
    update_fields: z.object(keyUpdate),
  }),
  result: bulkUpdateResult,
});

/** `POST /key/{key}/reset_spend`. */
export const resetKeySpend = defineEndpoint({
  method: 'POST',
  path: '/key/{key}/reset_spend',
  summary: 'Set what a key has spent in its current window to less',
  permission: 'key:update',
  body: z.object({ key: z.string(), reset_to: usd }),
  result: z.object({
    key_hash: z.string(),
    spend: usd,
    previous_spend: usd,
    max_budget: z.nullable(usd),
    budget_reset_at: z.nullable(instant),
  }),
});
