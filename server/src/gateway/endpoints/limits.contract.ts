import * as z from 'zod/mini';
import { defineEndpoint } from '../../http/endpoint.contract.ts';
import { count, instant, maybe, strings, usd } from '../../http/fields.contract.ts';

/** Whose limit it is; `proxy`: that of all calls together. */
const scope = z.enum([
  'key',
  'user',
  'team',
  'team_member',
  'organization',
  'organization_member',
  'customer',
  'proxy',
  'provider',
  'deployment',
]);
const kind = z.enum(['budget', 'requests', 'tokens', 'max_parallel_requests']);

/** A limit and how things stand with it. Amounts of a budget in dollars, all others are counts. */
export const effectiveLimit = z.object({
  kind,
  scope,
  /** Hash of the key, id of the user, team, organization, customer or deployment, name of the provider; of members `<team or organization>/<user>`. */
  id: z.string(),
  /** Name or pattern of the models that it holds for; null: all. */
  model: z.nullable(z.string()),
  limit: z.number(),
  used: z.number(),
  /** What calls in flight may still take. */
  reserved: z.number(),
  left: z.number(),
  period: z.nullable(z.string()),
  resets_at: z.nullable(instant),
  /** No further call is let in. */
  exhausted: z.boolean(),
  /** How many more calls of the usual size it lets in; null when that is not known. */
  calls_left: z.nullable(z.number()),
  bites_first: z.boolean(),
  /** The object that holds it, or the setting of the config file, and the field there. */
  set_on: z.object({ type: z.string(), id: z.string(), field: z.string() }),
  /** Who gave it its value, and when; null when the audit log does not say. */
  set_by: z.nullable(z.string()),
  set_at: z.nullable(instant),
});

/** A rule of admission that refuses. */
const refusal = z.object({
  rule: z.string(),
  status: z.number(),
  type: z.nullable(z.string()),
  param: z.nullable(z.string()),
  message: z.string(),
});

/** `GET /limits/effective`: every limit that can stop a key, in the order in which admission compares them. */
export const getEffectiveLimits = defineEndpoint({
  method: 'GET',
  path: '/limits/effective',
  summary: 'Every limit that can stop a key: used, left, reset, who set it, and which bites first',
  permission: 'key:read',
  query: z.object({
    /** Secret or hash; without it the calling key. */
    key: z.optional(z.string()),
    /** Only what holds for this model; without it, what holds for any. */
    model: z.optional(z.string()),
    /** Also what holds for calls on behalf of this customer; for those who may see customers. */
    customer: z.optional(z.string()),
  }),
  result: z.object({
    key: z.string(),
    key_name: z.string(),
    key_alias: z.nullable(z.string()),
    user_id: z.nullable(z.string()),
    team_id: z.nullable(z.string()),
    organization_id: z.nullable(z.string()),
    expires: z.nullable(instant),
    /** What stops every call of the key now, whatever its limits: a block, or its end. */
    stopped_by: z.array(refusal),
    /** What the key's calls of the last seven days were like; null when there were none. */
    typical_call: z.nullable(z.object({ calls: z.number(), spend: usd, tokens: z.number() })),
    limits: z.array(effectiveLimit),
  }),
});

/** `POST /policy/explain`: asks the rules that admit calls, and takes neither money nor rates. */
export const explainPolicy = defineEndpoint({
  method: 'POST',
  path: '/policy/explain',
  summary: 'Whether a call would be let in, and by which rule not; nothing is called and nothing is taken',
  permission: 'key:read',
  body: z.object({
    /** Secret or hash; without it the calling key. */
    key: maybe(z.string()),
    model: z.string(),
    /** A path such as `/v1/chat/completions`, which is also the default. */
    endpoint: maybe(z.string()),
    /** On whose behalf the call would be made. */
    customer: maybe(z.string()),
    /** Where the call would come from; without it, that is not looked at. */
    ip: maybe(z.string()),
    /** What the call would be tagged with, beside the tags of the key. */
    tags: maybe(strings),
    input_tokens: maybe(count),
    /** The most tokens of output that the call would ask for. */
    max_tokens: maybe(count),
  }),
  result: z.object({
    allowed: z.boolean(),
    /** What a real call would be answered: the first rule that refuses. */
    refusal: z.nullable(refusal),
    /** The public name that the model means, after aliases and the customer's region. */
    model_group: z.string(),
    deployments: strings,
    /** What would be set aside for the call while it runs. */
    reserve: usd,
    /** Every rule in the order in which they are asked. */
    rules: z.array(
      z.object({
        rule: z.string(),
        holds: z.boolean(),
        /** Of a rule about a budget or a rate. */
        limit: z.nullable(
          z.object({
            kind,
            scope,
            id: z.string(),
            model: z.nullable(z.string()),
            limit: z.number(),
            used: z.number(),
            reserved: z.number(),
          }),
        ),
        refusal: z.nullable(refusal),
      }),
    ),
  }),
});
