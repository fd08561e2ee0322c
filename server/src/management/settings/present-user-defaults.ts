import type * as z from 'zod/mini';
import type { InternalUserDefaults } from '../../config/settings.ts';
import { optionalNanoUsdToUsd } from '../../money/money.ts';
import { applyStoredDefaults, type StoredUserDefaults } from './load-internal-user-defaults.ts';
import type { internalUserValues } from './settings.contract.ts';

/** The defaults of new users as the API shows them, amounts in dollars. */
export type InternalUserValues = z.infer<typeof internalUserValues>;

/** Where a value comes from. */
export type ValueSource = 'database' | 'config file' | 'default';

/** What a new internal user gets. */
export function presentUserDefaults(fromFile: InternalUserDefaults, stored: StoredUserDefaults): InternalUserValues {
  const defaults = applyStoredDefaults(fromFile, stored);
  const { params } = defaults;
  return {
    user_role: params.userRole ?? 'internal_user',
    max_budget: optionalNanoUsdToUsd(params.maxBudgetNanoUsd ?? defaults.maxBudgetNanoUsd),
    budget_duration: params.budgetDuration ?? defaults.budgetDuration,
    models: [...params.models],
    teams: [...params.teams],
  };
}

/** Where each of these values comes from. */
export function sourcesOf(
  fromFile: InternalUserDefaults,
  stored: StoredUserDefaults,
): Record<keyof InternalUserValues, ValueSource> {
  const { params } = fromFile;
  const source = (name: keyof InternalUserValues, isInFile: boolean): ValueSource =>
    stored[name] !== undefined ? 'database' : isInFile ? 'config file' : 'default';
  return {
    user_role: source('user_role', params.userRole !== null),
    max_budget: source('max_budget', (params.maxBudgetNanoUsd ?? fromFile.maxBudgetNanoUsd) !== null),
    budget_duration: source('budget_duration', (params.budgetDuration ?? fromFile.budgetDuration) !== null),
    models: source('models', params.models.length > 0),
    teams: source('teams', params.teams.length > 0),
  };
}
