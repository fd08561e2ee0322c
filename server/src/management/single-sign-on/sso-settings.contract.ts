import * as z from 'zod/mini';
import { roles } from '../../access/permissions.contract.ts';
import { defineEndpoint } from '../../http/endpoint.contract.ts';
import { jsonObject, maybe, strings } from '../../http/fields.contract.ts';

/** Stands in an answer for a secret that is set. Sent back, it changes nothing. */
export const hiddenSecret = '********';

const text = maybe(z.string());
const flag = maybe(z.boolean());

/** Groups of a provider, and the roles they give. */
const roleMappings = z.object({
  provider: z.string(),
  group_claim: z.string().check(z.minLength(1)),
  default_role: maybe(z.enum(roles)),
  roles: z.partialRecord(z.enum(roles), strings),
});

/** One group alone may use the console. */
const restrictedGroup = z.object({
  type: z.literal('restricted_sso_group'),
  restricted_sso_group: z.string().check(z.minLength(1)),
  sso_group_jwt_field: z.string().check(z.minLength(1)),
});

/** `GET /get/sso_settings`. Secrets are never shown: `********` says that there is one. */
export const getSsoSettings = defineEndpoint({
  method: 'GET',
  path: '/get/sso_settings',
  summary: 'How people sign in, and where each value comes from',
  permission: 'single-sign-on:read',
  errorShape: 'detail',
  result: z.object({
    values: jsonObject,
    field_schema: z.object({
      description: z.string(),
      properties: z.record(z.string(), z.object({ description: z.string(), type: z.string() })),
    }),
    provenance: z.record(z.string(), z.enum(['database', 'environment', 'default'])),
    /** What the providers must be told: where they send people back to. */
    callback_url: z.string(),
    /** What is dangerous or unfinished in these settings, in words. */
    warnings: strings,
  }),
});

/** `PATCH /update/sso_settings`: absent fields stay; null and "" take back what was set here. */
export const updateSsoSettings = defineEndpoint({
  method: 'PATCH',
  path: '/update/sso_settings',
  summary: 'Set how people sign in',
  permission: 'single-sign-on:update',
  errorShape: 'detail',
  body: z.object({
    google_client_id: text,
    google_client_secret: text,
    google_enabled: flag,
    microsoft_client_id: text,
    microsoft_client_secret: text,
    microsoft_tenant: text,
    microsoft_enabled: flag,
    generic_client_id: text,
    generic_client_secret: text,
    generic_discovery_url: text,
    generic_authorization_endpoint: text,
    generic_token_endpoint: text,
    generic_userinfo_endpoint: text,
    generic_scope: text,
    generic_display_name: text,
    generic_trust_email: flag,
    generic_enabled: flag,
    allowed_email_domains: maybe(strings),
    allow_new_users: flag,
    user_email: text,
    ui_access_mode: maybe(z.union([z.enum(['all', 'admin_only', '']), restrictedGroup])),
    role_mappings: maybe(roleMappings),
    team_mappings: maybe(z.object({ team_ids_jwt_field: text })),
    enforce_sso: flag,
    auto_redirect_to_sso: flag,
    end_provider_session: flag,
    /** The address of the gateway is set where it is started; here it may only be sent as it is. */
    proxy_base_url: text,
    /** SAML is not offered; these may only be sent empty. */
    saml_idp_metadata_url: text,
    saml_idp_metadata_xml: text,
    saml_sp_entity_id: text,
    saml_allow_unsolicited: text,
  }),
  result: z.object({ message: z.string(), status: z.string(), settings: jsonObject }),
});
