import * as z from 'zod/mini';
import { decimalToAtto } from '../prices/decimal.ts';

/**
 * The config file, as far as this version acts on it. Sections are open: LiteLLM's files hold more settings,
 * which are listed as ignored at start instead of being refused.
 */

const price = z
  .number()
  .check(
    z.minimum(0, 'must be a price of at least 0, in dollars per token, such as 0.0000025'),
    z.refine(isKeptExactly, 'must be a price of at most 18 decimal places, in dollars per token, such as 0.0000025'),
  );
const money = z.number().check(z.minimum(0, 'must be an amount in dollars of at least 0, such as 10'));
const duration = z
  .string()
  .check(z.regex(/^\d+(s|m|h|d|w|mo)$/, 'must be a duration such as 30s, 15m, 24h, 7d or 1mo'));
const seconds = z.number().check(z.positive('must be a number of seconds above 0'));
/** Of a budget that starts anew by the calendar. */
const period = z.string().check(z.regex(/^([1-9]\d*[smhd]|1mo)$/, 'must be a period such as 1h, 1d, 7d, 30d or 1mo'));
const wholeNumber = z.int().check(z.minimum(0, 'must be a whole number of at least 0'));
const name = z.string().check(z.minLength(1, 'must not be empty'));

const litellmParams = z.looseObject({
  model: name,
  api_key: z.optional(z.string()),
  api_base: z.optional(z.url('must be an address such as https://api.openai.com/v1')),
  organization: z.optional(z.string()),
  extra_headers: z.optional(z.record(z.string(), z.string())),
  timeout: z.optional(seconds),
  stream_timeout: z.optional(seconds),
  weight: z.optional(z.number().check(z.positive('must be above 0'))),
  max_budget: z.optional(money),
  budget_duration: z.optional(period),
  rpm: z.optional(wholeNumber),
  tpm: z.optional(wholeNumber),
  max_parallel_requests: z.optional(wholeNumber),
  region_name: z.optional(name),
  tags: z.optional(z.array(name)),
  mock_response: z.optional(z.string()),
  input_cost_per_token: z.optional(price),
  output_cost_per_token: z.optional(price),
  cache_read_input_token_cost: z.optional(price),
  cache_creation_input_token_cost: z.optional(price),
  cache_creation_input_token_cost_above_1hr: z.optional(price),
});

const tokenCount = z.int().check(z.minimum(1, 'must be a whole number of at least 1'));

const modelInfo = z.looseObject({
  id: z.optional(z.string()),
  mode: z.optional(z.string()),
  base_model: z.optional(z.string()),
  team_id: z.optional(name),
  access_groups: z.optional(z.array(name)),
  disable_background_health_check: z.optional(z.boolean()),
  max_output_tokens: z.optional(tokenCount),
  max_tokens: z.optional(tokenCount),
  input_cost_per_token: z.optional(price),
  output_cost_per_token: z.optional(price),
  cache_read_input_token_cost: z.optional(price),
  cache_creation_input_token_cost: z.optional(price),
  cache_creation_input_token_cost_above_1hr: z.optional(price),
});

/** An entry of `model_list`; what the API takes of a model is checked by the same rules. */
export const modelEntry = z.looseObject({
  model_name: name,
  litellm_params: litellmParams,
  model_info: z.optional(modelInfo),
});

/** An entry of `model_list` that was found right. */
export type ModelEntry = z.infer<typeof modelEntry>;

const defaultUserParams = z.looseObject({
  user_role: z.optional(z.enum(['proxy_admin', 'proxy_admin_viewer', 'internal_user', 'internal_user_viewer'])),
  max_budget: z.optional(money),
  budget_duration: z.optional(duration),
  models: z.optional(z.array(z.string())),
  teams: z.optional(z.array(z.union([z.string(), z.looseObject({ team_id: z.string() })]))),
  available_teams: z.optional(z.array(z.string())),
});

const nullish = <T>(schema: z.ZodMiniType<T>) => z.optional(z.nullable(schema));

/** Strict: a limit that is not acted on must not look as if it were. */
const defaultTeamParams = {
  models: z.optional(z.array(z.string())),
  max_budget: nullish(money),
  budget_duration: nullish(duration),
  tpm_limit: nullish(wholeNumber),
  rpm_limit: nullish(wholeNumber),
  team_member_permissions: nullish(z.array(z.string())),
  organization_id: nullish(z.string()),
};

const keyBounds = {
  max_budget: z.optional(money),
  budget_duration: z.optional(duration),
  duration: z.optional(duration),
  max_parallel_requests: z.optional(wholeNumber),
  tpm_limit: z.optional(wholeNumber),
  rpm_limit: z.optional(wholeNumber),
};

const defaultKeyParams = z.looseObject({
  ...keyBounds,
  user_id: z.optional(z.string()),
  team_id: z.optional(z.string()),
  models: z.optional(z.array(z.string())),
  metadata: z.optional(z.record(z.string(), z.unknown())),
});

const requiredParams = z.optional(z.array(name));

const keyGenerationSettings = z.looseObject({
  team_key_generation: z.optional(
    z.looseObject({
      allowed_team_member_roles: z.optional(z.array(z.enum(['admin', 'user'], 'must be admin or user'))),
      required_params: requiredParams,
    }),
  ),
  personal_key_generation: z.optional(
    z.looseObject({
      allowed_user_roles: z.optional(
        z.array(z.enum(['proxy_admin', 'proxy_admin_viewer', 'internal_user', 'internal_user_viewer'])),
      ),
      required_params: requiredParams,
    }),
  ),
});

const cacheParams = z.looseObject({
  type: z.optional(z.enum(['local'], 'must be local: this version caches in memory')),
  ttl: z.optional(z.number().check(z.positive('must be a number of seconds above 0'))),
  mode: z.optional(z.enum(['default_on', 'default_off'])),
  namespace: z.optional(z.string()),
  supported_call_types: z.optional(z.array(z.string())),
  max_size_mb: z.optional(z.number().check(z.positive('must be above 0'))),
});

const timeOfDay = z
  .string()
  .check(z.regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day from 00:00 to 23:59, such as 06:00'));

/** LiteLLM has two names for each of the two. */
const providerBudget = z.looseObject({
  budget_limit: z.optional(money),
  max_budget: z.optional(money),
  time_period: z.optional(period),
  budget_duration: z.optional(period),
});

const uiAccessMode = z.union(
  [
    z.enum(['all', 'admin_only']),
    z.object({ type: z.literal('restricted_sso_group'), restricted_sso_group: name, sso_group_jwt_field: name }),
  ],
  'must be all, admin_only, or a map with type: restricted_sso_group, restricted_sso_group and sso_group_jwt_field',
);

/** Strict: a setting of access that is not acted on must not look as if it were. */
const jwtAuthSettings = {
  admin_jwt_scope: z.optional(name),
  admin_allowed_routes: z.optional(z.array(name)),
  team_id_jwt_field: nullish(name),
  team_ids_jwt_field: nullish(name),
  team_allowed_routes: z.optional(z.array(name)),
  user_id_jwt_field: z.optional(name),
  user_email_jwt_field: nullish(name),
  user_allowed_email_domain: nullish(name),
  user_id_upsert: z.optional(z.boolean()),
  user_roles_jwt_field: nullish(name),
  user_allowed_roles: nullish(z.array(name)),
  role_mappings: nullish(
    z.array(
      z.strictObject({
        role: name,
        internal_role: z.enum(['proxy_admin', 'proxy_admin_viewer', 'internal_user', 'internal_user_viewer', 'team']),
      }),
    ),
  ),
  end_user_id_jwt_field: nullish(name),
  org_id_jwt_field: nullish(name),
  public_key_ttl: z.optional(seconds),
  enforce_rbac: z.optional(z.boolean()),
  sync_user_role_and_teams: z.optional(z.boolean()),
  /** Not LiteLLM's: a scope that every token must have, and the clients (`azp`) that may have asked for it. */
  required_scope: nullish(name),
  allowed_clients: nullish(z.array(name)),
};

const jwtAuth = z.strictObject(
  jwtAuthSettings,
  `must hold these settings only: ${Object.keys(jwtAuthSettings).join(', ')}`,
);

/** The shape of `config.yaml`. */
export const configFile = z.looseObject({
  model_list: nullish(z.array(modelEntry)),
  litellm_settings: nullish(
    z.looseObject({
      max_budget: nullish(money),
      budget_duration: nullish(period),
      max_internal_user_budget: nullish(money),
      max_end_user_budget: nullish(money),
      max_end_user_budget_id: nullish(name),
      internal_user_budget_duration: nullish(duration),
      default_internal_user_params: nullish(defaultUserParams),
      default_team_params: nullish(
        z.strictObject(
          defaultTeamParams,
          `must hold these settings only: ${Object.keys(defaultTeamParams).join(', ')}`,
        ),
      ),
      default_key_generate_params: nullish(defaultKeyParams),
      upperbound_key_generate_params: nullish(z.looseObject(keyBounds)),
      key_generation_settings: nullish(keyGenerationSettings),
      cache: nullish(z.boolean()),
      cache_params: nullish(cacheParams),
      timezone: nullish(z.string()),
      budget_reset_time: nullish(timeOfDay),
      default_estimated_output_tokens: nullish(tokenCount),
      block_requests_for_models_without_pricing: nullish(z.boolean()),
      budget_exceeded_status_code: nullish(z.int().check(z.minimum(400), z.maximum(499))),
      num_retries: nullish(z.int().check(z.minimum(0))),
      request_timeout: nullish(seconds),
      callbacks: nullish(z.array(name)),
    }),
  ),
  general_settings: nullish(
    z.looseObject({
      master_key: nullish(z.string()),
      database_url: nullish(z.string()),
      litellm_key_header_name: nullish(z.string()),
      compatibility: nullish(z.enum(['newest', '2026-01'], 'must be newest or 2026-01')),
      user_api_key_cache_ttl: nullish(seconds),
      token_rate_limit_type: nullish(z.enum(['total', 'input', 'output'], 'must be total, input or output')),
      use_x_forwarded_for: nullish(z.boolean()),
      max_parallel_requests: nullish(wholeNumber),
      global_max_parallel_requests: nullish(wholeNumber),
      max_request_size_mb: nullish(z.number().check(z.positive('must be above 0'))),
      max_failed_login_attempts: nullish(z.int().check(z.minimum(1))),
      failed_login_window_seconds: nullish(seconds),
      password_policy_min_length: nullish(z.int().check(z.minimum(8, 'must be at least 8'))),
      password_policy_require_uppercase: nullish(z.boolean()),
      password_policy_require_lowercase: nullish(z.boolean()),
      password_policy_require_numbers: nullish(z.boolean()),
      password_policy_require_special_characters: nullish(z.boolean()),
      dangerously_permit_weak_or_unset_master_key: nullish(z.boolean()),
      alerting: nullish(z.array(z.enum(['email', 'slack', 'webhook'], 'must be email, slack or webhook'))),
      alert_types: nullish(z.array(name)),
      background_health_checks: nullish(z.boolean()),
      health_check_interval: nullish(seconds),
      ui_access_mode: nullish(uiAccessMode),
      auto_redirect_ui_login_to_sso: nullish(z.boolean()),
      enable_jwt_auth: nullish(z.boolean()),
      litellm_jwtauth: nullish(jwtAuth),
    }),
  ),
  router_settings: nullish(
    z.looseObject({
      num_retries: nullish(z.int().check(z.minimum(0))),
      cooldown_time: nullish(seconds),
      provider_budget_config: nullish(z.record(name, providerBudget)),
      allowed_fails: nullish(z.int().check(z.minimum(0))),
      redis_url: nullish(z.string()),
      redis_host: nullish(z.string()),
      redis_port: nullish(z.union([z.int(), z.string()])),
      redis_password: nullish(z.string()),
      timeout: nullish(seconds),
      stream_timeout: nullish(seconds),
      enable_tag_filtering: nullish(z.boolean()),
      tag_filtering_match_any: nullish(z.boolean()),
    }),
  ),
  environment_variables: nullish(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))),
});

function isKeptExactly(usd: number): boolean {
  try {
    return decimalToAtto(String(usd)) >= 0n;
  } catch {
    return false;
  }
}

/** A config file that was read and found right. */
export type ConfigFile = z.infer<typeof configFile>;
