import { ConfigError } from './config-error.ts';
import type { ConfigFile } from './config-file-shape.ts';
import { isProviderAddress } from './provider-address.ts';
import type { TokenAccessSettings } from './token-access-settings.ts';

/**
 * What environment and config file say about tokens of an identity provider; null while they are not switched on.
 * @throws ConfigError when issuer, audience or keys are not told: a token of anybody for anything would do.
 */
export function tokenAccessSettings(
  environment: Readonly<Record<string, string | undefined>>,
  config: ConfigFile,
): TokenAccessSettings | null {
  const general = config.general_settings ?? {};
  if (general.enable_jwt_auth !== true) return null;
  const jwt = general.litellm_jwtauth ?? {};
  const publicKeyUrls = listOf(environment, 'JWT_PUBLIC_KEY_URL', 'https://id.example.com/.well-known/jwks.json');
  const wrong = publicKeyUrls.find((url) => !isProviderAddress(url));
  if (wrong !== undefined) {
    throw new ConfigError(`JWT_PUBLIC_KEY_URL is '${wrong}', but must be an address that begins with https://.`);
  }
  return {
    issuer: listOf(environment, 'JWT_ISSUER', 'https://id.example.com').join(','),
    audiences: listOf(environment, 'JWT_AUDIENCE', 'latchkey'),
    publicKeyUrls,
    publicKeyTtlMs: (jwt.public_key_ttl ?? 600) * 1_000,
    requiredScope: jwt.required_scope ?? null,
    allowedClients: jwt.allowed_clients ?? null,
    adminScope: jwt.admin_jwt_scope ?? 'litellm_proxy_admin',
    adminAllowedRoutes: jwt.admin_allowed_routes ?? [
      'management_routes',
      'spend_tracking_routes',
      'global_spend_tracking_routes',
      'info_routes',
    ],
    teamAllowedRoutes: jwt.team_allowed_routes ?? ['openai_routes', 'info_routes'],
    userIdClaim: jwt.user_id_jwt_field ?? 'sub',
    userEmailClaim: jwt.user_email_jwt_field ?? null,
    teamIdClaim: jwt.team_id_jwt_field ?? null,
    teamIdsClaim: jwt.team_ids_jwt_field ?? null,
    userRolesClaim: jwt.user_roles_jwt_field ?? null,
    endUserIdClaim: jwt.end_user_id_jwt_field ?? null,
    organizationIdClaim: jwt.org_id_jwt_field ?? null,
    userAllowedEmailDomain: jwt.user_allowed_email_domain?.toLowerCase() ?? null,
    createsUsers: jwt.user_id_upsert ?? false,
    userAllowedRoles: jwt.user_allowed_roles ?? null,
    roleMappings: (jwt.role_mappings ?? []).map((mapping) => ({
      role: mapping.role,
      internalRole: mapping.internal_role,
    })),
    enforcesRoles: jwt.enforce_rbac ?? false,
    syncsRolesAndTeams: jwt.sync_user_role_and_teams ?? false,
  };
}

function listOf(
  environment: Readonly<Record<string, string | undefined>>,
  name: string,
  example: string,
): readonly string[] {
  const list = (environment[name] ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  if (list.length > 0) return list;
  throw new ConfigError(
    `general_settings.enable_jwt_auth is on, but ${name} is not set. Set it, such as ${name}=${example}: without it, tokens that were made for something else would be let in.`,
  );
}
