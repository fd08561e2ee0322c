import { usdToNanoUsd } from '../money/money.ts';
import { isSupportedProvider, supportedProviders } from '../providers/openai-compatible.ts';
import { ConfigError } from './config-error.ts';
import type { ConfigFile } from './config-file-shape.ts';
import { nearestName } from './nearest-name.ts';
import type { ConfiguredBudget, Settings } from './settings.ts';

/**
 * Reads the budgets of all calls together and of single providers. As in LiteLLM, 0 dollars for all calls is no budget.
 * @throws ConfigError for a provider without an amount.
 */
export function configuredBudgets(config: ConfigFile): Pick<Settings, 'proxyBudget' | 'providerBudgets'> {
  const { max_budget: maxUsd, budget_duration: duration } = config.litellm_settings ?? {};
  const providers = Object.entries(config.router_settings?.provider_budget_config ?? {});
  return {
    proxyBudget: maxUsd ? { maxNanoUsd: usdToNanoUsd(maxUsd), duration: duration ?? null } : null,
    providerBudgets: Object.fromEntries(providers.map(([name, budget]) => [name, budgetOf(name, budget)])),
  };
}

type ProviderBudget = NonNullable<NonNullable<ConfigFile['router_settings']>['provider_budget_config']>[string];

function budgetOf(name: string, budget: ProviderBudget): ConfiguredBudget {
  const maxUsd = budget.budget_limit ?? budget.max_budget;
  if (maxUsd === undefined) {
    throw new ConfigError(
      `router_settings.provider_budget_config.${name} has no budget_limit: say how many dollars may be spent, such as 100.`,
    );
  }
  return { maxNanoUsd: usdToNanoUsd(maxUsd), duration: budget.time_period ?? budget.budget_duration ?? null };
}

/** The provider that a budget was meant for whose name is misspelt: it would look like a limit and hold nothing. Null: it is no misspelling. */
export function misspeltProvider(name: string): string | null {
  return isSupportedProvider(name) ? null : nearestName(name, supportedProviders());
}
