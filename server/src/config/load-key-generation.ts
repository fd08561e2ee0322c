import type { ConfigFile } from './config-file-shape.ts';
import type { KeyBounds, KeyGenerationSettings } from './settings.ts';

/** What the config file says about new keys: defaults, upper bounds, and who may create which. */
export function keyGenerationSettings(config: ConfigFile): KeyGenerationSettings {
  const litellm = config.litellm_settings ?? {};
  const defaults = litellm.default_key_generate_params ?? {};
  const { team_key_generation: team, personal_key_generation: personal } = litellm.key_generation_settings ?? {};
  return {
    defaults: {
      ...boundsOf(defaults),
      ...(defaults.user_id === undefined ? {} : { user_id: defaults.user_id }),
      ...(defaults.team_id === undefined ? {} : { team_id: defaults.team_id }),
      ...(defaults.models === undefined ? {} : { models: defaults.models }),
      ...(defaults.metadata === undefined ? {} : { metadata: defaults.metadata }),
    },
    upperBounds: boundsOf(litellm.upperbound_key_generate_params ?? {}),
    team: team
      ? { allowedRoles: team.allowed_team_member_roles ?? null, requiredParams: team.required_params ?? [] }
      : null,
    personal: personal
      ? { allowedRoles: personal.allowed_user_roles ?? null, requiredParams: personal.required_params ?? [] }
      : null,
  };
}

function boundsOf(params: { readonly [Name in keyof KeyBounds]?: KeyBounds[Name] | undefined }): KeyBounds {
  return {
    ...(params.max_budget === undefined ? {} : { max_budget: params.max_budget }),
    ...(params.budget_duration === undefined ? {} : { budget_duration: params.budget_duration }),
    ...(params.duration === undefined ? {} : { duration: params.duration }),
    ...(params.max_parallel_requests === undefined ? {} : { max_parallel_requests: params.max_parallel_requests }),
    ...(params.tpm_limit === undefined ? {} : { tpm_limit: params.tpm_limit }),
    ...(params.rpm_limit === undefined ? {} : { rpm_limit: params.rpm_limit }),
  };
}
