import type * as z from 'zod/mini';
import type { Call } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { effectiveValues, readStoredSso } from './load-sso-settings.ts';
import { presentSsoValues, sourcesOfSso, warningsAbout } from './present-sso-settings.ts';
import type { getSsoSettings as endpoint } from './sso-settings.contract.ts';
import { callbackUrlOf } from './start-sign-on.ts';

/** How people sign in, what each value means, and where it comes from. Secrets stay where they are. */
export async function getSsoSettings(
  { storage, settings }: Parts,
  call: Call,
): Promise<z.infer<(typeof endpoint)['result']>> {
  const configured = settings.singleSignOn.values;
  const stored = await readStoredSso(storage.db, settings.saltKey);
  const values = effectiveValues(configured, stored);
  return {
    values: { ...presentSsoValues(values), proxy_base_url: settings.proxyBaseUrl },
    field_schema: {
      description: 'How people sign in with the account of another provider',
      properties: Object.fromEntries(
        Object.entries(meanings).map(([name, [type, description]]) => [name, { description, type }]),
      ),
    },
    provenance: sourcesOfSso(configured, stored),
    callback_url: callbackUrlOf(call),
    warnings: warningsAbout(values, stored, settings.singleSignOn),
  };
}

const meanings: Readonly<Record<string, readonly [type: string, description: string]>> = {
  google_client_id: ['string', 'Client id of the OAuth client at Google'],
  google_client_secret: ['string', 'Its secret; stored encrypted and never shown'],
  google_enabled: ['boolean', 'Whether the sign-in page offers Google'],
  microsoft_client_id: ['string', 'Application (client) id of the app registration in Entra'],
  microsoft_client_secret: ['string', 'Its secret; stored encrypted and never shown'],
  microsoft_tenant: ['string', 'Directory (tenant) id; `organizations` lets every company in'],
  microsoft_enabled: ['boolean', 'Whether the sign-in page offers Microsoft'],
  generic_client_id: ['string', 'Client id at Okta, Auth0, Keycloak or any other OpenID Connect provider'],
  generic_client_secret: ['string', 'Its secret; stored encrypted and never shown'],
  generic_discovery_url: ['string', 'The issuer, such as https://acme.okta.com; everything else is read from there'],
  generic_authorization_endpoint: ['string', 'For a provider without a discovery document: where people sign in'],
  generic_token_endpoint: ['string', 'Where codes become tokens'],
  generic_userinfo_endpoint: ['string', 'Where the claims are read'],
  generic_scope: ['string', 'Scopes to ask for; `openid email profile` unless set'],
  generic_display_name: ['string', 'What the button says after "Continue with"'],
  generic_trust_email: ['boolean', 'The provider verifies every address and does not say so in email_verified'],
  generic_enabled: ['boolean', 'Whether the sign-in page offers this provider'],
  allowed_email_domains: ['array', 'Domains that addresses must have; null for any'],
  allow_new_users: ['boolean', 'Whether people whom nobody has invited get an account by signing in'],
  user_email: ['string', 'Verified address of somebody who becomes a proxy_admin by signing in'],
  ui_access_mode: ['string', 'all, admin_only, or one group: {type, restricted_sso_group, sso_group_jwt_field}'],
  role_mappings: ['object', 'Which groups give which role; of several the widest counts'],
  team_mappings: ['object', 'The claim whose values are ids of teams to be in'],
  enforce_sso: ['boolean', 'Only admins may still sign in with a password'],
  auto_redirect_to_sso: ['boolean', 'The sign-in page goes on to the first provider by itself'],
  end_provider_session: ['boolean', 'Logging out here logs out at the provider too'],
  proxy_base_url: ['string', 'The address of the gateway; set it as PROXY_BASE_URL'],
};
