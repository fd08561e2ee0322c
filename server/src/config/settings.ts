import type { Compatibility } from '../http/api-error.ts';
import type { MailSettings } from './mail-settings.ts';
import type { SingleSignOnSettings } from './single-sign-on-settings.ts';
import type { TokenAccessSettings } from './token-access-settings.ts';

/**
 * Everything the gateway is told from outside: environment, `.env`, config file. Read once at start by
 * `load-settings.ts`; nothing else looks at the environment.
 */
export interface Settings {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  /** `sqlite:<path>` or `postgres://…`. */
  readonly databaseUrl: string;
  readonly masterKey: string;
  /** `LITELLM_SALT_KEY`, else the master key: what secrets in the database are sealed with. Must never change. */
  readonly saltKey: string;
  readonly uiUsername: string;
  readonly uiPassword: string;
  /** `PROXY_BASE_URL` without a trailing slash; null: the address the caller used. */
  readonly proxyBaseUrl: string | null;
  readonly proxyLogoutUrl: string | null;
  /** `SERVER_ROOT_PATH`: empty, or `/prefix` without a trailing slash. */
  readonly serverRootPath: string;
  /** Lower-case header that replaces `Authorization`, or null. */
  readonly keyHeaderName: string | null;
  readonly trustForwardedFor: boolean;
  readonly maxRequestBytes: number;
  readonly sessionLifetimeMs: number;
  readonly signInThrottle: { readonly maxFailures: number; readonly windowMs: number; readonly enabled: boolean };
  readonly passwordPolicy: PasswordPolicy;
  readonly singleSignOn: SingleSignOnSettings;
  /** Null: only keys and sessions are let in. */
  readonly tokenAccess: TokenAccessSettings | null;
  /** `general_settings.compatibility`: the newest semantics, or those of LiteLLM in January 2026. */
  readonly compatibility: Compatibility;
  /** `litellm_settings.budget_exceeded_status_code`; 422 unless told otherwise, 400 in terms of January 2026. */
  readonly budgetExceededStatus: number;
  /**
   * `litellm_settings.default_estimated_output_tokens`: how much output money is set aside for when a request names no
   * limit; null: for the longest answer the model gives, as far as that is known.
   */
  readonly estimatedOutputTokens: number | null;
  /** `general_settings.token_rate_limit_type`: which tokens count against `tpm_limit`; all unless told otherwise. */
  readonly tokenRateLimitType: TokenRateLimitType;
  /** `LITELLM_KEY_ROTATION_GRACE_PERIOD`: how long a replaced secret works when the request does not say; null: not at all. */
  readonly keyRotationGracePeriod: string | null;
  /** IANA zone in which budgets reset. */
  readonly timezone: string;
  /** `litellm_settings.budget_reset_time`: the second of the day at which they do; 0, midnight, unless told otherwise. */
  readonly budgetResetSecondOfDay: number;
  readonly internalUserDefaults: InternalUserDefaults;
  readonly teamDefaults: TeamDefaults;
  readonly customerDefaults: CustomerDefaults;
  /** `litellm_settings.max_budget` and `budget_duration`: what all calls together may cost; null: any amount. */
  readonly proxyBudget: ConfiguredBudget | null;
  /** `router_settings.provider_budget_config`: what the calls of a provider may cost, by its name. */
  readonly providerBudgets: Readonly<Record<string, ConfiguredBudget>>;
  /** `general_settings.global_max_parallel_requests`: how many calls may run at once, whoever makes them; null: any number. */
  readonly maxParallelRequests: number | null;
  /** `litellm_settings.block_requests_for_models_without_pricing`: whether calls are refused of which no budget knows the cost. */
  readonly blocksModelsWithoutPricing: boolean;
  readonly keyGeneration: KeyGenerationSettings;
  /** `litellm_settings.default_internal_user_params.available_teams`: ids of teams that everybody may join. */
  readonly availableTeams: readonly string[];
  readonly models: readonly DeploymentSettings[];
  /** True when no model is configured and the built-in demo model stands in. */
  readonly demoMode: boolean;
  readonly router: RouterSettings;
  readonly cache: CacheSettings;
  /**
   * `general_settings.user_api_key_cache_ttl`: how long what is remembered of keys, people, teams and customers is used
   * without asking the database, where no other instance tells of a change.
   */
  readonly recordsStaleAfterMs: number;
  /** `general_settings.background_health_checks` and `health_check_interval`: whether models are asked without anybody asking. */
  readonly healthChecks: { readonly inBackground: boolean; readonly intervalMs: number };
  /** Where instances count together and tell each other of changes; null: nowhere. */
  readonly redis: { readonly url: string } | null;
  /** `LATCHKEY_POSTGRES_FEED`: whether instances on one PostgreSQL tell each other of changes by its notifications. */
  readonly postgresFeed: boolean;
  readonly mail: MailSettings;
}

/** Which tokens count against a limit of tokens. */
export type TokenRateLimitType = 'total' | 'input' | 'output';

/** What a new password must be like. */
export interface PasswordPolicy {
  readonly minLength: number;
  readonly requireUppercase: boolean;
  readonly requireLowercase: boolean;
  readonly requireNumbers: boolean;
  readonly requireSpecialCharacters: boolean;
}

/** What a new internal user gets when the request does not say. */
export interface InternalUserDefaults {
  /** `litellm_settings.max_internal_user_budget`; applies to the role `internal_user` only. */
  readonly maxBudgetNanoUsd: number | null;
  /** `litellm_settings.internal_user_budget_duration`. */
  readonly budgetDuration: string | null;
  /** `litellm_settings.default_internal_user_params`: fills absent fields for every role but `proxy_admin`. */
  readonly params: {
    readonly userRole: string | null;
    readonly maxBudgetNanoUsd: number | null;
    readonly budgetDuration: string | null;
    readonly models: readonly string[];
    readonly teams: readonly string[];
  };
}

/**
 * `litellm_settings.default_team_params`: what a new team gets when the request does not say, in the words of the API
 * (amounts in dollars), since it is read as a request is. Null and absent say nothing.
 */
export interface TeamDefaults {
  /** Only for teams that come into being from groups of a provider. */
  readonly models?: readonly string[] | null | undefined;
  readonly max_budget?: number | null | undefined;
  readonly budget_duration?: string | null | undefined;
  readonly tpm_limit?: number | null | undefined;
  readonly rpm_limit?: number | null | undefined;
  readonly team_member_permissions?: readonly string[] | null | undefined;
  readonly organization_id?: string | null | undefined;
}

/** What binds customers who have no budget of their own. */
export interface CustomerDefaults {
  /** `litellm_settings.max_end_user_budget`. */
  readonly maxBudgetNanoUsd: number | null;
  /** `litellm_settings.max_end_user_budget_id`: a budget that stands by itself; goes before the amount. */
  readonly budgetId: string | null;
}

/** A budget of the config file. */
export interface ConfiguredBudget {
  readonly maxNanoUsd: number;
  /** Such as `30d`; null: it never starts anew. */
  readonly duration: string | null;
}

/** Limits of a new key under the names of the API. Amounts in dollars, durations such as `30d`. */
export interface KeyBounds {
  readonly max_budget?: number;
  readonly budget_duration?: string;
  readonly duration?: string;
  readonly max_parallel_requests?: number;
  readonly tpm_limit?: number;
  readonly rpm_limit?: number;
}

/** Who may create keys, and of what kind. */
export interface KeyGenerationRule {
  /** Null: every role. */
  readonly allowedRoles: readonly string[] | null;
  /** Fields of the request that must be given. */
  readonly requiredParams: readonly string[];
}

/** What the config file says about new keys. */
export interface KeyGenerationSettings {
  /** `litellm_settings.default_key_generate_params`: what a key gets when the request does not say. */
  readonly defaults: KeyBounds & {
    readonly user_id?: string;
    readonly team_id?: string;
    readonly models?: readonly string[];
    readonly metadata?: Readonly<Record<string, unknown>>;
  };
  /** `litellm_settings.upperbound_key_generate_params`: no key may have more. */
  readonly upperBounds: KeyBounds;
  /** `litellm_settings.key_generation_settings.team_key_generation`; null: the team's own permissions alone decide. */
  readonly team: KeyGenerationRule | null;
  /** `litellm_settings.key_generation_settings.personal_key_generation`. */
  readonly personal: KeyGenerationRule | null;
}

/** One entry of `model_list`. */
export interface DeploymentSettings {
  /** `model_info.id`, or a hash of the parameters. */
  readonly id: string;
  /** Public name; several deployments may share it. May hold a `*` wildcard. */
  readonly modelName: string;
  /** `openai`, `azure`, …: what stands before the slash of `litellm_params.model`. */
  readonly provider: string;
  /** The provider's own name of the model. */
  readonly providerModel: string;
  readonly apiBase: string;
  readonly apiKey: string | null;
  readonly extraHeaders: Readonly<Record<string, string>>;
  readonly organization: string | null;
  readonly timeoutMs: number;
  /** `litellm_params.stream_timeout`, else that of the router: the same for streams; null: `timeoutMs`. */
  readonly streamTimeoutMs: number | null;
  readonly weight: number;
  /** `litellm_params.max_budget` and `budget_duration`: what its calls may cost; null: any amount. */
  readonly budget: ConfiguredBudget | null;
  /** `litellm_params.rpm`, `tpm` and `max_parallel_requests`; null: not limited. */
  readonly rates: DeploymentRates;
  /** `litellm_params.region_name`, such as `eu` or `us-east-1`; null: not said. */
  readonly region: string | null;
  /** `litellm_params.tags`: which calls are for it, where the router goes by tags. */
  readonly tags: readonly string[];
  /** `mock_response`: answered by the gateway itself. */
  readonly mockResponse: string | null;
  readonly mode: 'chat' | 'embedding';
  /** Prices as decimal texts in dollars per token; null: the public price list. */
  readonly prices: Readonly<Record<string, string>> | null;
  readonly baseModel: string | null;
  /** `model_info.max_output_tokens`, else `max_tokens`: the longest answer the model gives; null: not said. */
  readonly maxOutputTokens: number | null;
  /** `model_info.access_groups`: names by which lists of models may allow this one. */
  readonly accessGroups: readonly string[];
  /** `model_info.disable_background_health_check`, turned around. */
  readonly isCheckedInBackground: boolean;
  /** `model_info.team_id`: the only team whose keys see and call it; null: for everybody. */
  readonly teamId: string | null;
}

/** How much a deployment is called. */
export interface DeploymentRates {
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
  readonly maxParallelRequests: number | null;
}

/**
 * `router_settings.enable_tag_filtering` and `tag_filtering_match_any`: whether the tags of a call say where it goes, and
 * whether a deployment must have any of them or all.
 */
export type TagFiltering = 'off' | 'any' | 'all';

/** Retries and cooldown. */
export interface RouterSettings {
  readonly numRetries: number;
  readonly cooldownMs: number;
  readonly allowedFails: number;
  readonly timeoutMs: number;
  readonly streamTimeoutMs: number | null;
  readonly tagFiltering: TagFiltering;
  /** `general_settings.max_parallel_requests`: how many calls of a deployment may run at once that says nothing itself; null: any number. */
  readonly maxParallelRequests: number | null;
}

/** The response cache. */
export interface CacheSettings {
  readonly enabled: boolean;
  readonly mode: 'default_on' | 'default_off';
  /** Lifetime of an entry; null: until it is pushed out. */
  readonly ttlMs: number | null;
  readonly maxBytes: number;
  readonly namespace: string | null;
  /** `acompletion`, `aembedding`: what is cached. */
  readonly callTypes: readonly string[];
}
