import { type Role, roles } from '../../access/permissions.contract.ts';
import type { InternalUserDefaults } from '../../config/settings.ts';
import { optionalUsdToNanoUsd } from '../../money/money.ts';

/** What a request says about a new user, as far as defaults exist for it. Amounts in dollars. */
export interface RequestedUser {
  readonly user_role?: Role | null | undefined;
  readonly max_budget?: number | null | undefined;
  readonly budget_duration?: string | null | undefined;
  readonly models?: readonly string[] | null | undefined;
}

/** The same with every default applied. */
export interface FilledUser {
  readonly role: Role;
  readonly maxBudgetNanoUsd: number | null;
  readonly budgetDuration: string | null;
  readonly models: readonly string[];
  /** Teams to join when the request names none. */
  readonly defaultTeamIds: readonly string[];
}

/**
 * Fills what a request leaves open, in LiteLLM's order. First `default_internal_user_params`, for every role but
 * `proxy_admin`; then, for the role `internal_user` only, `max_internal_user_budget` and
 * `internal_user_budget_duration`.
 *
 * A request without a role gets the role of `default_internal_user_params`, else `internal_user`: the row always
 * holds a role. Since such a person is an internal user, the budget of internal users applies to them too.
 */
export function fillUserDefaults(requested: RequestedUser, defaults: InternalUserDefaults): FilledUser {
  const { params } = defaults;
  const takesParams = requested.user_role !== 'proxy_admin';
  const role = requested.user_role ?? roles.find((known) => known === params.userRole) ?? 'internal_user';
  const isInternalUser = role === 'internal_user';
  const models = requested.models ?? [];
  return {
    role,
    maxBudgetNanoUsd:
      optionalUsdToNanoUsd(requested.max_budget) ??
      (takesParams ? params.maxBudgetNanoUsd : null) ??
      (isInternalUser ? defaults.maxBudgetNanoUsd : null),
    budgetDuration:
      requested.budget_duration ??
      (takesParams ? params.budgetDuration : null) ??
      (isInternalUser ? defaults.budgetDuration : null),
    models: models.length === 0 && takesParams ? params.models : models,
    defaultTeamIds: takesParams ? params.teams : [],
  };
}
