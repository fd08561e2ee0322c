import type { SingleSignOnSettings, SingleSignOnValues } from '../../config/single-sign-on-settings.ts';

/** The providers that can be set up beside each other. */
export const providerNames = ['google', 'microsoft', 'generic'] as const;

/** Name of a provider. */
export type ProviderName = (typeof providerNames)[number];

/** A provider that is set up. */
export interface Provider {
  readonly name: ProviderName;
  /** What the button says after "Continue with". */
  readonly label: string;
  readonly clientId: string;
  /** Null: a public client, proven by PKCE alone. */
  readonly clientSecret: string | null;
  readonly scope: string;
  /** The issuer with its discovery document, or the bare endpoints of a provider that has none. */
  readonly server:
    | { readonly discoveryUrl: string }
    | {
        readonly authorizationEndpoint: string;
        readonly tokenEndpoint: string;
        readonly userinfoEndpoint: string;
      };
}

/** The providers that are set up and switched on, in the order of their buttons. */
export function enabledProviders(values: SingleSignOnValues, settings: SingleSignOnSettings): Provider[] {
  return providerNames
    .filter((name) => values[`${name}_enabled`])
    .map((name) => findProvider(name, values, settings))
    .filter((provider) => provider !== null);
}

/** A provider by name, switched on or not; null when it is not, or not completely, set up. */
export function findProvider(
  name: ProviderName,
  values: SingleSignOnValues,
  settings: SingleSignOnSettings,
): Provider | null {
  const clientId = values[`${name}_client_id`];
  if (clientId === null || missingSettings(name, values).length > 0) return null;
  const client = { name, clientId, clientSecret: values[`${name}_client_secret`] };
  switch (name) {
    case 'google':
      return { ...client, label: 'Google', scope: usualScope, server: { discoveryUrl: settings.addresses.google } };
    case 'microsoft': {
      const tenant = encodeURIComponent(values.microsoft_tenant ?? '');
      return {
        ...client,
        label: 'Microsoft',
        scope: `${usualScope} User.Read`,
        server: { discoveryUrl: settings.addresses.microsoft.replace('{tenant}', tenant) },
      };
    }
    case 'generic':
      return {
        ...client,
        label: values.generic_display_name ?? labelOf(values),
        scope: values.generic_scope ?? usualScope,
        server:
          values.generic_discovery_url === null
            ? {
                authorizationEndpoint: values.generic_authorization_endpoint ?? '',
                tokenEndpoint: values.generic_token_endpoint ?? '',
                userinfoEndpoint: values.generic_userinfo_endpoint ?? '',
              }
            : { discoveryUrl: values.generic_discovery_url },
      };
  }
}

const usualScope = 'openid email profile';

/** What a provider that was begun to be set up lacks, as names of environment variables; empty when it is whole or was not begun. */
export function missingSettings(name: ProviderName, values: SingleSignOnValues): string[] {
  if (values[`${name}_client_id`] === null) return [];
  const missing: string[] = [];
  if (name !== 'generic' && values[`${name}_client_secret`] === null) missing.push(`${name}_client_secret`);
  // Without a tenant, everybody in the world with a Microsoft account would be let in.
  if (name === 'microsoft' && values.microsoft_tenant === null) missing.push('microsoft_tenant');
  if (name === 'generic' && values.generic_discovery_url === null) {
    for (const part of ['authorization', 'token', 'userinfo'] as const) {
      if (values[`generic_${part}_endpoint`] === null) missing.push(`generic_${part}_endpoint`);
    }
  }
  return missing.map((setting) => setting.toUpperCase());
}

/** Well-known services behind the generic provider; else words that fit every button. */
function labelOf(values: SingleSignOnValues): string {
  const host = URL.parse(values.generic_discovery_url ?? values.generic_authorization_endpoint ?? '')?.hostname ?? '';
  if (/(^|\.)(okta|oktapreview|okta-emea)\.com$/.test(host)) return 'Okta';
  if (/(^|\.)auth0\.com$/.test(host)) return 'Auth0';
  return 'single sign-on';
}
