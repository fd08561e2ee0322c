import * as z from 'zod/mini';
import { defineEndpoint } from '../../http/endpoint.contract.ts';

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
