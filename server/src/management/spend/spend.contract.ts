import * as z from 'zod/mini';
import { defineEndpoint } from '../../http/endpoint.contract.ts';
import { jsonObject, maybe, strings } from '../../http/fields.contract.ts';

/** `GET /spend/keys`: keys with what they have spent, largest first. At most 1,000. */
export const listSpendOfKeys = defineEndpoint({
  method: 'GET',
  path: '/spend/keys',
  summary: 'Keys by spend',
  permission: 'usage:read',
  result: z.array(
    z.object({
      token: z.string(),
      key_name: z.string(),
      key_alias: z.nullable(z.string()),
      spend: z.number(),
      max_budget: z.nullable(z.number()),
      budget_duration: z.nullable(z.string()),
      budget_reset_at: z.nullable(z.string()),
      expires: z.nullable(z.string()),
      models: strings,
      user_id: z.nullable(z.string()),
      team_id: z.nullable(z.string()),
      metadata: jsonObject,
      tpm_limit: z.nullable(z.number()),
      rpm_limit: z.nullable(z.number()),
      blocked: z.nullable(z.boolean()),
      created_at: z.string(),
    }),
  ),
});

/** `GET /spend/users`: users with what they have spent, largest first; with `user_id` one, or null for nobody. */
export const listSpendOfUsers = defineEndpoint({
  method: 'GET',
  path: '/spend/users',
  summary: 'Users by spend',
  permission: 'usage:read',
  query: z.object({ user_id: z.optional(z.string()) }),
  result: z.array(
    z.nullable(
      z.object({
        user_id: z.string(),
        user_email: z.nullable(z.string()),
        user_alias: z.nullable(z.string()),
        user_role: z.string(),
        spend: z.number(),
        max_budget: z.nullable(z.number()),
        budget_duration: z.nullable(z.string()),
        budget_reset_at: z.nullable(z.string()),
        models: strings,
        tpm_limit: z.nullable(z.number()),
        rpm_limit: z.nullable(z.number()),
        created_at: z.string(),
      }),
    ),
  ),
});

const optionalDates = { start_date: z.optional(z.string()), end_date: z.optional(z.string()) };

/** `GET /spend/tags`: all time, or the days that are named. */
export const listSpendOfTags = defineEndpoint({
  method: 'GET',
  path: '/spend/tags',
  summary: 'Spend by tag',
  permission: 'usage:read',
  query: z.object(optionalDates),
  result: z.array(z.object({ individual_request_tag: z.string(), log_count: z.number(), total_spend: z.number() })),
});

const calculation = z.object({
  model: maybe(z.string()),
  messages: maybe(z.array(jsonObject)),
  completion_response: maybe(jsonObject),
});

/** What is to be priced: a request before it is made, or an answer. */
export type Calculation = z.infer<typeof calculation>;

/** `POST /spend/calculate`: what a request's messages cost to read, or what an answer has cost. */
export const calculateSpend = defineEndpoint({
  method: 'POST',
  path: '/spend/calculate',
  summary: 'What a request would cost',
  permission: 'usage:read',
  longTexts: true,
  body: calculation,
  result: z.object({ cost: z.number() }),
});

/** `POST /global/spend/reset`: the spend of all keys and teams becomes 0. The log and the usage pages keep theirs. */
export const resetSpend = defineEndpoint({
  method: 'POST',
  path: '/global/spend/reset',
  summary: 'Set the spend of all keys and teams to 0 (master key only)',
  permission: 'spend:reset',
  refusal: { status: 401, message: 'Tried to access route=/global/spend/reset, which is only for MASTER KEY' },
  result: z.object({ message: z.string(), status: z.literal('success') }),
});
