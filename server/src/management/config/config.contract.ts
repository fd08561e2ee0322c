import * as z from 'zod/mini';
import { defineEndpoint } from '../../http/endpoint.contract.ts';
import { jsonObject, maybe, strings } from '../../http/fields.contract.ts';

/** The sections of the config file that can be set: LiteLLM lists the first alone. */
const section = z.enum(['general_settings', 'litellm_settings', 'router_settings']);

const setting = z.object({
  field_name: z.string(),
  /** `Integer`, `Float`, `Boolean`, `String`, `List` or `Dictionary`. */
  field_type: z.string(),
  field_description: z.string(),
  /** What holds; null where nobody has set anything. Of a secret only whether there is one. */
  field_value: z.unknown(),
  field_default_value: z.unknown(),
  /** True: in the database. False: in the config file or the environment. Null: nowhere. */
  stored_in_db: z.nullable(z.boolean()),
  /** Where the value comes from. */
  source: z.enum(['database', 'config file', 'environment', 'default']),
  can_be_set: z.boolean(),
  /** Why it cannot be set here, and where it is set. */
  reason: z.nullable(z.string()),
});

/** A setting of the config file as it is shown. */
export type PresentedSetting = z.infer<typeof setting>;

/** `POST /config/update`: what is sent is set above the config file, null says "nothing"; what is not sent stays. */
export const updateConfig = defineEndpoint({
  method: 'POST',
  path: '/config/update',
  summary: 'Set settings of the config file anew, at once and on every instance',
  permission: 'config:update',
  body: z.strictObject({
    general_settings: maybe(jsonObject),
    litellm_settings: maybe(jsonObject),
    router_settings: maybe(jsonObject),
    environment_variables: maybe(z.record(z.string(), z.nullable(z.union([z.string(), z.number(), z.boolean()])))),
  }),
  result: z.object({ message: z.string() }),
});

/** `GET /config/list`. */
export const listConfig = defineEndpoint({
  method: 'GET',
  path: '/config/list',
  summary: 'The settings of a section of the config file, and where each value comes from',
  permission: 'config:read',
  errorShape: 'detail',
  query: z.object({ config_type: z.optional(section) }),
  result: z.array(setting),
});

/** `GET /config/field/info`. */
export const getConfigField = defineEndpoint({
  method: 'GET',
  path: '/config/field/info',
  summary: 'One setting of the config file, and where its value comes from',
  permission: 'config:read',
  errorShape: 'detail',
  query: z.object({ field_name: z.string(), config_type: z.optional(section) }),
  result: setting,
});

/** `POST /config/field/update`. */
export const updateConfigField = defineEndpoint({
  method: 'POST',
  path: '/config/field/update',
  summary: 'Set one setting of the config file anew',
  permission: 'config:update',
  errorShape: 'detail',
  body: z.object({ field_name: z.string(), field_value: z.unknown(), config_type: z.optional(section) }),
  result: setting,
});

/** `POST /config/field/delete`: the config file counts again. */
export const deleteConfigField = defineEndpoint({
  method: 'POST',
  path: '/config/field/delete',
  summary: 'Take back what was set above the config file',
  permission: 'config:update',
  errorShape: 'detail',
  body: z.object({ field_name: z.string(), config_type: z.optional(section) }),
  result: setting,
});

const callback = z.object({ name: z.string(), variables: z.record(z.string(), z.nullable(z.string())) });

/** `GET /get/config/callbacks`: who is told, and how calls are routed. */
export const getConfigCallbacks = defineEndpoint({
  method: 'GET',
  path: '/get/config/callbacks',
  summary: 'How mail, Slack and webhooks are told, and how calls are routed',
  permission: 'config:read',
  result: z.object({
    status: z.literal('success'),
    callbacks: z.array(callback),
    alerts: z.array(
      z.object({
        name: z.string(),
        variables: z.record(z.string(), z.nullable(z.string())),
        active_alerts: strings,
        alerts_to_webhook: z.record(z.string(), z.string()),
      }),
    ),
    router_settings: jsonObject,
    available_callbacks: z.record(z.string(), z.object({ litellm_callback_name: z.string() })),
  }),
});

/** `GET /active/callbacks`. */
export const getActiveCallbacks = defineEndpoint({
  method: 'GET',
  path: '/active/callbacks',
  summary: 'Who is told of what has happened',
  permission: 'config:read',
  result: z.object({
    alerting: strings,
    'litellm.callbacks': strings,
    num_callbacks: z.number(),
    num_alerting: z.number(),
    'litellm.request_timeout': z.number(),
  }),
});
