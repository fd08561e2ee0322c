import * as z from 'zod/mini';
import { roles } from '../access/permissions.contract.ts';
import { ConfigError } from './config-error.ts';
import type { ConfigFile } from './config-file-shape.ts';
import { isProviderAddress } from './provider-address.ts';
import type { RoleMappings, SingleSignOnSettings, SingleSignOnValues } from './single-sign-on-settings.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What environment and config file say about single sign-on.
 * @throws ConfigError for an address that is not `https`, a switch that is neither true nor false, and groups that
 * cannot be read.
 */
export function singleSignOnSettings(environment: Environment, config: ConfigFile): SingleSignOnSettings {
  const general = config.general_settings ?? {};
  const values: { -readonly [Name in keyof SingleSignOnValues]?: SingleSignOnValues[Name] | undefined } = {
    google_client_id: environment['GOOGLE_CLIENT_ID'],
    google_client_secret: environment['GOOGLE_CLIENT_SECRET'],
    microsoft_client_id: environment['MICROSOFT_CLIENT_ID'],
    microsoft_client_secret: environment['MICROSOFT_CLIENT_SECRET'],
    microsoft_tenant: environment['MICROSOFT_TENANT'],
    generic_client_id: environment['GENERIC_CLIENT_ID'],
    generic_client_secret: environment['GENERIC_CLIENT_SECRET'],
    generic_discovery_url: address(environment, 'GENERIC_DISCOVERY_URL'),
    generic_authorization_endpoint: address(environment, 'GENERIC_AUTHORIZATION_ENDPOINT'),
    generic_token_endpoint: address(environment, 'GENERIC_TOKEN_ENDPOINT'),
    generic_userinfo_endpoint: address(environment, 'GENERIC_USERINFO_ENDPOINT'),
    generic_scope: environment['GENERIC_SCOPE'],
    generic_display_name: environment['GENERIC_DISPLAY_NAME'],
    generic_trust_email: flag(environment, 'GENERIC_TRUST_EMAIL'),
    allowed_email_domains: domains(environment['ALLOWED_EMAIL_DOMAINS']),
    allow_new_users: flag(environment, 'SSO_ALLOW_NEW_USERS'),
    enforce_sso: flag(environment, 'SSO_ENFORCE'),
    end_provider_session: flag(environment, 'SSO_END_PROVIDER_SESSION'),
    auto_redirect_to_sso: general.auto_redirect_ui_login_to_sso ?? flag(environment, 'AUTO_REDIRECT_UI_LOGIN_TO_SSO'),
    ui_access_mode: general.ui_access_mode ?? undefined,
    role_mappings: roleMappings(environment),
    team_mappings: general.litellm_jwtauth?.team_ids_jwt_field
      ? { team_ids_jwt_field: general.litellm_jwtauth.team_ids_jwt_field }
      : undefined,
  };
  return {
    values: Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)),
    genericClaims: {
      userId: environment['GENERIC_USER_ID_ATTRIBUTE'] ?? 'preferred_username',
      email: environment['GENERIC_USER_EMAIL_ATTRIBUTE'] ?? 'email',
      displayName: environment['GENERIC_USER_DISPLAY_NAME_ATTRIBUTE'] ?? null,
      firstName: environment['GENERIC_USER_FIRST_NAME_ATTRIBUTE'] ?? 'given_name',
      lastName: environment['GENERIC_USER_LAST_NAME_ATTRIBUTE'] ?? 'family_name',
      role: environment['GENERIC_USER_ROLE_ATTRIBUTE'] ?? 'role',
    },
    microsoftClaims: {
      userId: environment['MICROSOFT_USER_ID_ATTRIBUTE'] ?? 'id',
      email: environment['MICROSOFT_USER_EMAIL_ATTRIBUTE'] ?? 'userPrincipalName',
      displayName: environment['MICROSOFT_USER_DISPLAY_NAME_ATTRIBUTE'] ?? 'displayName',
    },
    microsoftServicePrincipalId: environment['MICROSOFT_SERVICE_PRINCIPAL_ID'] ?? null,
    adminUserId: environment['PROXY_ADMIN_ID'] ?? null,
    addresses: {
      google: 'https://accounts.google.com',
      microsoft: 'https://login.microsoftonline.com/{tenant}/v2.0',
      microsoftGraph: 'https://graph.microsoft.com/v1.0',
    },
  };
}

/** Variables of LiteLLM that mean nothing here, with what to do instead. */
const withoutEffect: readonly (readonly [name: string, instead: string])[] = [
  ['GENERIC_CLIENT_STATE', 'every sign-in has a state of its own that nobody can guess'],
  ['MICROSOFT_AUTHORIZATION_ENDPOINT', 'set GENERIC_DISCOVERY_URL for a national cloud'],
  ['MICROSOFT_TOKEN_ENDPOINT', 'set GENERIC_DISCOVERY_URL for a national cloud'],
  ['MICROSOFT_USERINFO_ENDPOINT', 'set GENERIC_DISCOVERY_URL for a national cloud'],
  ['MICROSOFT_USER_FIRST_NAME_ATTRIBUTE', 'people are called by their display name'],
  ['MICROSOFT_USER_LAST_NAME_ATTRIBUTE', 'people are called by their display name'],
  ['GENERIC_CLIENT_USE_PKCE', 'every sign-in uses PKCE'],
  ['GENERIC_INCLUDE_CLIENT_ID', 'the client is named in the way that the provider says it takes'],
  ['GENERIC_USER_PROVIDER_ATTRIBUTE', 'who has signed in with which provider is known without a claim'],
  ['GENERIC_USER_EXTRA_ATTRIBUTES', 'claims that give nothing are not kept; the claim preview shows all of them'],
  ['GENERIC_SSO_HEADERS', 'requests to the provider carry the usual headers only'],
];

/** A sentence for each variable that is set and has no effect, for the start. */
export function warnAboutSingleSignOn(environment: Environment): string[] {
  return withoutEffect
    .filter(([name]) => environment[name] !== undefined)
    .map(([name, instead]) => `${name} has no effect: ${instead}.`);
}

function address(environment: Environment, name: string): string | undefined {
  const text = environment[name];
  if (text === undefined || isProviderAddress(text)) return text;
  throw new ConfigError(
    `${name} is '${text}', but must be an address that begins with https:// (http:// is for this machine alone).`,
  );
}

function flag(environment: Environment, name: string): boolean | undefined {
  const text = environment[name]?.toLowerCase();
  if (text === undefined) return undefined;
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  throw new ConfigError(`${name} is '${environment[name]}', but must be true or false.`);
}

function domains(text: string | undefined): string[] | undefined {
  const list = text
    ?.split(',')
    .map((domain) => domain.trim().toLowerCase().replace(/^@/, ''))
    .filter((domain) => domain !== '');
  return list?.length ? list : undefined;
}

const rolesShape = z.partialRecord(z.enum(roles), z.array(z.string()));

/** `GENERIC_ROLE_MAPPINGS_*`. The lists of groups are JSON; LiteLLM's own examples write them with single quotes. */
function roleMappings(environment: Environment): RoleMappings | undefined {
  const groupClaim = environment['GENERIC_ROLE_MAPPINGS_GROUP_CLAIM'];
  if (groupClaim === undefined) return undefined;
  const text = environment['GENERIC_ROLE_MAPPINGS_ROLES'] ?? '{}';
  const mapped = z.safeParse(rolesShape, parseJson(text) ?? parseJson(text.replaceAll("'", '"')));
  if (!mapped.success) {
    throw new ConfigError(
      `GENERIC_ROLE_MAPPINGS_ROLES must be JSON with lists of groups by role, such as {"proxy_admin": ["gateway-admins"]}. Roles: ${roles.join(', ')}.`,
    );
  }
  const wanted = environment['GENERIC_ROLE_MAPPINGS_DEFAULT_ROLE'];
  const defaultRole = roles.find((role) => role === wanted) ?? null;
  if (wanted !== undefined && defaultRole === null) {
    throw new ConfigError(
      `GENERIC_ROLE_MAPPINGS_DEFAULT_ROLE is '${wanted}', but must be one of: ${roles.join(', ')}.`,
    );
  }
  return { provider: 'generic', group_claim: groupClaim, default_role: defaultRole, roles: mapped.data };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
