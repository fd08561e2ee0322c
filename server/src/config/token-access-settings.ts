import type { Role } from '../access/permissions.contract.ts';

/**
 * Who may call with a token of an identity provider in place of a key: `general_settings.enable_jwt_auth` with
 * `litellm_jwtauth`, and the variables `JWT_*`. Names of claims may lead into objects with dots.
 */
export interface TokenAccessSettings {
  /** `JWT_ISSUER`: the one issuer whose tokens count. */
  readonly issuer: string;
  /** `JWT_AUDIENCE`: what tokens must be made for; one of these. */
  readonly audiences: readonly string[];
  /** `JWT_PUBLIC_KEY_URL`: where the issuer publishes its keys. */
  readonly publicKeyUrls: readonly string[];
  readonly publicKeyTtlMs: number;
  /** A scope that every token must have; null: any. */
  readonly requiredScope: string | null;
  /** Clients (`azp`) that may have asked for a token; null: any. */
  readonly allowedClients: readonly string[] | null;
  /** Whose tokens have this scope are admins. */
  readonly adminScope: string;
  readonly adminAllowedRoutes: readonly string[];
  /** What tokens that name a team may call. */
  readonly teamAllowedRoutes: readonly string[];
  readonly userIdClaim: string;
  readonly userEmailClaim: string | null;
  readonly teamIdClaim: string | null;
  readonly teamIdsClaim: string | null;
  readonly userRolesClaim: string | null;
  readonly endUserIdClaim: string | null;
  readonly organizationIdClaim: string | null;
  /** Domain that addresses must have; null: any. */
  readonly userAllowedEmailDomain: string | null;
  /** Whether somebody who has no account gets one. */
  readonly createsUsers: boolean;
  /** Roles of which people must have one; null: any. */
  readonly userAllowedRoles: readonly string[] | null;
  /** What the issuer's roles mean here; `team`: the token stands for its team, and for nobody. */
  readonly roleMappings: readonly { readonly role: string; readonly internalRole: Role | 'team' }[];
  /** Whether a token without a role that is mapped is refused. */
  readonly enforcesRoles: boolean;
  /** Whether accounts follow the roles and teams of their tokens. */
  readonly syncsRolesAndTeams: boolean;
}
