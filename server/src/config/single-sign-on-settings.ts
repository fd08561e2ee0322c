import type { Role } from '../access/permissions.contract.ts';

/** Which groups of a provider give which role. Of several that match, the widest role counts. */
export interface RoleMappings {
  /** `google`, `microsoft` or `generic`: the provider whose groups these are. */
  readonly provider: string;
  /** Name of the claim with the groups; dots lead into objects. */
  readonly group_claim: string;
  /** The role of people in none of the groups; null: the one that new users get. */
  readonly default_role?: Role | null | undefined;
  readonly roles: Readonly<Partial<Record<Role, readonly string[]>>>;
}

/** Who may sign in through a provider at all: everybody, admins, or one group. */
export type UiAccessMode =
  | 'all'
  | 'admin_only'
  | {
      readonly type: 'restricted_sso_group';
      readonly restricted_sso_group: string;
      /** Name of the claim with the groups. */
      readonly sso_group_jwt_field: string;
    };

/**
 * What can be set about single sign-on, under the names of the API (contract 2.4), whether by the environment, the
 * config file or `PATCH /update/sso_settings`. Null is "not set".
 */
export interface SingleSignOnValues {
  readonly google_client_id: string | null;
  readonly google_client_secret: string | null;
  readonly google_enabled: boolean;
  readonly microsoft_client_id: string | null;
  readonly microsoft_client_secret: string | null;
  readonly microsoft_tenant: string | null;
  readonly microsoft_enabled: boolean;
  readonly generic_client_id: string | null;
  readonly generic_client_secret: string | null;
  /** The issuer, or the address of its discovery document. In place of the three endpoints. */
  readonly generic_discovery_url: string | null;
  readonly generic_authorization_endpoint: string | null;
  readonly generic_token_endpoint: string | null;
  readonly generic_userinfo_endpoint: string | null;
  readonly generic_scope: string | null;
  /** What the button says after "Continue with". */
  readonly generic_display_name: string | null;
  /** The provider verifies every address, and does not say so in `email_verified`. */
  readonly generic_trust_email: boolean;
  readonly generic_enabled: boolean;
  /** Domains that addresses must have; null: any. */
  readonly allowed_email_domains: readonly string[] | null;
  /** Whether somebody whom nobody has invited gets an account by signing in. */
  readonly allow_new_users: boolean;
  /** Verified address of somebody who becomes an admin by signing in. */
  readonly user_email: string | null;
  readonly ui_access_mode: UiAccessMode;
  readonly role_mappings: RoleMappings | null;
  /** The claim whose values are ids of teams to be in. */
  readonly team_mappings: { readonly team_ids_jwt_field?: string | null | undefined } | null;
  /** Only admins may still sign in with a password. */
  readonly enforce_sso: boolean;
  readonly auto_redirect_to_sso: boolean;
  /** Signing out here signs out at the provider too. */
  readonly end_provider_session: boolean;
}

/** Which claims of the generic provider say what. Dots lead into objects. */
export interface ClaimNames {
  readonly userId: string;
  readonly email: string;
  readonly displayName: string | null;
  readonly firstName: string;
  readonly lastName: string;
  readonly role: string;
}

/** Single sign-on, as environment and config file set it. */
export interface SingleSignOnSettings {
  /** What is set; what is not set is absent. */
  readonly values: Partial<SingleSignOnValues>;
  readonly genericClaims: ClaimNames;
  /** `MICROSOFT_USER_EMAIL_ATTRIBUTE` and its neighbours: fields of a person in Microsoft Graph. */
  readonly microsoftClaims: { readonly userId: string; readonly email: string; readonly displayName: string };
  /** `MICROSOFT_SERVICE_PRINCIPAL_ID`: groups that are assigned to this application become teams; null: none do. */
  readonly microsoftServicePrincipalId: string | null;
  /** `PROXY_ADMIN_ID`: the user who becomes an admin by signing in. */
  readonly adminUserId: string | null;
  /** Where the providers with fixed addresses are. Only tests set others. */
  readonly addresses: {
    readonly google: string;
    /** `{tenant}` stands for the tenant. */
    readonly microsoft: string;
    readonly microsoftGraph: string;
  };
}
