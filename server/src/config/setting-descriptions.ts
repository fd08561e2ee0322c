import type { ConfigFile } from './config-file-shape.ts';
import type { SettableSection } from './configuration.ts';

/** What there is to know of a setting besides its shape. */
export interface SettingDescription {
  readonly description: string;
  /** What holds where nobody has set anything. */
  readonly default: unknown;
  /** Why it cannot be set through `/config`, and where it is set; absent: what is set holds at once. */
  readonly fixed?: string;
  /** The endpoint that sets it too, with a place of its own for it in the database. */
  readonly endpoint?: string;
  /** The environment variable that sets it too. */
  readonly environment?: string;
  /** Whether that variable goes before the config file. */
  readonly environmentFirst?: true;
  /** Never shown. */
  readonly isSecret?: true;
}

/** The names that a section of the config file has in its shape. */
type NamesOf<Section> = keyof { [Name in keyof Section as string extends Name ? never : Name]: Section[Name] };

type Descriptions = {
  readonly [Section in SettableSection]: Readonly<
    Record<NamesOf<NonNullable<ConfigFile[Section]>>, SettingDescription>
  >;
};

const atStart = 'is read when the gateway starts: set it in the config file, and restart.';
const redisAtStart = { fixed: atStart, environmentFirst: true } as const;

/** Every setting of the config file. The type sees to it that none is forgotten. */
export const settingDescriptions: Descriptions = {
  general_settings: {
    master_key: {
      description: 'The key that may do everything',
      default: null,
      fixed:
        'cannot be changed while the gateway runs: sessions and secrets depend on it. Set LITELLM_MASTER_KEY, and restart.',
      environment: 'LITELLM_MASTER_KEY',
      isSecret: true,
    },
    database_url: {
      description: 'The database that everything is kept in',
      default: null,
      fixed: 'cannot be kept in the database that it leads to. Set DATABASE_URL, and restart.',
      environment: 'DATABASE_URL',
      isSecret: true,
    },
    litellm_key_header_name: {
      description: 'The header that holds the key in place of Authorization',
      default: null,
      fixed: atStart,
    },
    compatibility: {
      description: 'Whose semantics hold where versions of LiteLLM differ',
      default: 'newest',
      fixed: atStart,
    },
    user_api_key_cache_ttl: {
      description: 'Seconds for which keys are remembered where changes of other instances are not heard of',
      default: 10,
      fixed: atStart,
    },
    token_rate_limit_type: { description: 'Which tokens count against tpm_limit', default: 'total' },
    use_x_forwarded_for: {
      description: 'Whether X-Forwarded-For tells where a call comes from',
      default: false,
      fixed: `decides whose word about addresses is trusted, and ${atStart}`,
    },
    max_parallel_requests: {
      description: 'How many calls of a deployment may run at once that has no such limit itself; null for any number',
      default: null,
    },
    global_max_parallel_requests: {
      description: 'How many model requests may run at once, whoever makes them; null for any number',
      default: null,
    },
    max_request_size_mb: { description: 'The largest request, in megabytes', default: 100, fixed: atStart },
    max_failed_login_attempts: {
      description: 'After how many wrong passwords signing in is refused for a while',
      default: 10,
    },
    failed_login_window_seconds: { description: 'For how long wrong passwords count, in seconds', default: 900 },
    password_policy_min_length: { description: 'How long a new password must be', default: 12 },
    password_policy_require_uppercase: { description: 'Whether it must have a capital letter', default: true },
    password_policy_require_lowercase: { description: 'Whether it must have a small letter', default: true },
    password_policy_require_numbers: { description: 'Whether it must have a digit', default: true },
    password_policy_require_special_characters: {
      description: 'Whether it must have something besides letters and digits',
      default: true,
    },
    dangerously_permit_weak_or_unset_master_key: {
      description: 'Whether the master key may be one that is easily guessed',
      default: false,
      fixed: atStart,
    },
    alerting: {
      description: 'Which of email, slack and webhook are told; null: whichever has an address',
      default: null,
    },
    alert_types: { description: 'What Slack is told about; null: everything', default: null },
    background_health_checks: {
      description: 'Whether models are asked again and again whether they answer; providers bill each time',
      default: false,
    },
    health_check_interval: { description: 'Seconds from one round of these checks to the next', default: 300 },
    ui_access_mode: {
      description: 'Who may sign in to the console with a provider',
      default: 'all',
      fixed: 'is set with PATCH /update/sso_settings.',
    },
    auto_redirect_ui_login_to_sso: {
      description: 'Whether the sign-in page leads straight to the provider',
      default: false,
      fixed: 'is set with PATCH /update/sso_settings, as auto_redirect_to_sso.',
    },
    enable_jwt_auth: {
      description: 'Whether tokens of an identity provider are let in',
      default: false,
      fixed: `decides who is let in, and ${atStart}`,
    },
    litellm_jwtauth: {
      description: 'Which tokens of an identity provider are let in, and as whom',
      default: null,
      fixed: `decides who is let in, and ${atStart}`,
    },
  },
  litellm_settings: {
    max_budget: { description: 'Dollars that all calls together may cost; 0 or null for any amount', default: null },
    budget_duration: { description: 'After which time that budget starts anew; null: never', default: null },
    max_internal_user_budget: {
      description: 'Dollars that a new internal user may spend, when nothing else is said',
      default: null,
    },
    internal_user_budget_duration: { description: 'After which time that budget starts anew', default: null },
    max_end_user_budget: { description: 'Dollars that a customer without a budget may cost', default: null },
    max_end_user_budget_id: { description: 'The budget of customers who have none of their own', default: null },
    default_internal_user_params: {
      description: 'What a new user gets when the request does not say',
      default: null,
      endpoint: 'PATCH /update/internal_user_settings',
    },
    default_team_params: {
      description: 'What a new team gets when the request does not say',
      default: null,
      endpoint: 'PATCH /update/default_team_settings',
    },
    default_key_generate_params: { description: 'What a new key gets when the request does not say', default: null },
    upperbound_key_generate_params: { description: 'The most that a key may have', default: null },
    key_generation_settings: { description: 'Who may create keys, and what must be said of them', default: null },
    cache: { description: 'Whether answers are kept for the next identical request', default: false },
    cache_params: {
      description: 'How answers are kept; how much memory they may take is said at the start',
      default: null,
    },
    timezone: {
      description: 'The time zone in which budgets start anew',
      default: 'UTC',
      fixed: `decides when every budget starts anew, and ${atStart}`,
    },
    budget_reset_time: {
      description: 'The time of day at which budgets start anew',
      default: '00:00',
      fixed: `decides when every budget starts anew, and ${atStart}`,
    },
    default_estimated_output_tokens: {
      description: 'For how many tokens of output money is set aside when a request names no limit',
      default: null,
    },
    block_requests_for_models_without_pricing: {
      description: 'Whether calls are refused of which no budget knows the cost',
      default: false,
    },
    budget_exceeded_status_code: { description: 'The status of a call that a budget refuses', default: 422 },
    num_retries: {
      description: 'How often a failed call is tried again',
      default: 2,
      fixed: 'goes behind router_settings.num_retries: set that one.',
    },
    request_timeout: {
      description: 'Seconds that a provider may take',
      default: 600,
      fixed: 'goes behind router_settings.timeout: set that one.',
    },
    callbacks: { description: 'smtp_email, resend_email or sendgrid_email: how mail is sent', default: null },
  },
  router_settings: {
    num_retries: { description: 'How often a failed call is tried again', default: 2 },
    cooldown_time: { description: 'Seconds for which a failing deployment rests', default: 5 },
    provider_budget_config: { description: 'What the calls of a provider may cost, by its name', default: null },
    allowed_fails: { description: 'Failures within a minute after which a deployment rests', default: 3 },
    redis_url: {
      description: 'Where Redis is',
      default: null,
      ...redisAtStart,
      environment: 'REDIS_URL',
      isSecret: true,
    },
    redis_host: { description: 'Where Redis is', default: null, ...redisAtStart, environment: 'REDIS_HOST' },
    redis_port: { description: 'The port of Redis', default: 6379, ...redisAtStart, environment: 'REDIS_PORT' },
    redis_password: {
      description: 'The password of Redis',
      default: null,
      ...redisAtStart,
      environment: 'REDIS_PASSWORD',
      isSecret: true,
    },
    timeout: { description: 'Seconds that a provider may take, for models that name none', default: 600 },
    enable_tag_filtering: {
      description: 'Whether calls go only to the deployments that have one of their tags',
      default: false,
    },
    tag_filtering_match_any: {
      description: 'Whether one of the tags is enough for that; false: a deployment must have all of them',
      default: true,
    },
    stream_timeout: {
      description: 'The same for streams; null for no other than that',
      default: null,
    },
  },
};

/** What is known of a setting; null: there is none of this name. */
export function describeSetting(section: SettableSection, name: string): SettingDescription | null {
  const descriptions: Readonly<Record<string, SettingDescription>> = settingDescriptions[section];
  return Object.hasOwn(descriptions, name) ? (descriptions[name] ?? null) : null;
}
