import * as z from 'zod/mini';
import { roles } from '../../access/permissions.contract.ts';
import { defineEndpoint } from '../../http/endpoint.contract.ts';
import { maybe, strings, usd, usdLimit } from '../../http/fields.contract.ts';
import { signInProvider } from '../single-sign-on/single-sign-on.contract.ts';

/** `GET /.well-known/litellm-ui-config`: what the sign-in page must know before anybody signs in. */
export const getUiConfig = defineEndpoint({
  method: 'GET',
  path: '/.well-known/litellm-ui-config',
  aliases: ['/litellm/.well-known/litellm-ui-config'],
  summary: 'How the console is reached',
  permission: 'public',
  result: z.object({
    server_root_path: z.string(),
    proxy_base_url: z.nullable(z.string()),
    auto_redirect_to_sso: z.boolean(),
    admin_ui_disabled: z.boolean(),
    sso_configured: z.boolean(),
    hide_default_credentials_hint: z.boolean(),
    /** The providers that the sign-in page offers, in the order of their buttons. */
    sso_providers: z.array(signInProvider),
    /** False where only admins may still sign in with a password. */
    password_sign_in: z.boolean(),
  }),
});

/** `GET /sso/get/ui_settings`. */
export const getUiSettings = defineEndpoint({
  method: 'GET',
  path: '/sso/get/ui_settings',
  summary: 'Settings of the console',
  permission: 'settings:read',
  result: z.object({
    PROXY_BASE_URL: z.nullable(z.string()),
    PROXY_LOGOUT_URL: z.nullable(z.string()),
    LITELLM_UI_API_DOC_BASE_URL: z.nullable(z.string()),
    DEFAULT_TEAM_DISABLED: z.boolean(),
    SSO_ENABLED: z.boolean(),
    NUM_SPEND_LOGS_ROWS: z.number(),
    DISABLE_EXPENSIVE_DB_QUERIES: z.boolean(),
  }),
});

/** What a new user gets, as it is set. */
export const internalUserValues = z.object({
  user_role: z.string(),
  max_budget: z.nullable(usd),
  budget_duration: z.nullable(z.string()),
  models: strings,
  teams: strings,
});

/** `GET /get/internal_user_settings`. */
export const getInternalUserSettings = defineEndpoint({
  method: 'GET',
  path: '/get/internal_user_settings',
  summary: 'What new users get, and where each value comes from',
  permission: 'user-defaults:read',
  errorShape: 'detail',
  result: z.object({
    values: internalUserValues,
    field_schema: z.object({
      description: z.string(),
      properties: z.record(z.string(), z.object({ description: z.string(), type: z.string() })),
    }),
    provenance: z.record(z.string(), z.enum(['database', 'config file', 'default'])),
  }),
});

/** `PATCH /update/internal_user_settings`: absent fields stay, null says "none". */
export const updateInternalUserSettings = defineEndpoint({
  method: 'PATCH',
  path: '/update/internal_user_settings',
  summary: 'Set what new users get',
  permission: 'user-defaults:update',
  errorShape: 'detail',
  body: z.object({
    user_role: maybe(z.enum(roles)),
    max_budget: maybe(usdLimit),
    budget_duration: maybe(z.string()),
    models: maybe(strings),
    /** Ids; a role or budget within a team is given when the person is added. */
    teams: maybe(z.array(z.union([z.string(), z.strictObject({ team_id: z.string() })]))),
  }),
  result: z.object({ message: z.string(), status: z.string(), settings: internalUserValues }),
});
