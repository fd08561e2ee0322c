import type { RouterSettings, TokenRateLimitType } from '../config/settings.ts';
import type { Counters } from '../counters/counters.ts';
import type { Compatibility } from '../http/api-error.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Upstreams } from './call-upstream.ts';
import type { DeploymentChooser } from './choose-deployment.ts';
import type { ConfiguredBudgets } from './configured-budgets.ts';
import type { TokenCounter } from './count-tokens.ts';
import type { CallerIdentifier } from './identify-caller.ts';
import type { CustomerIdentifier } from './identify-customer.ts';
import type { ModelCatalog } from './model-catalog.ts';
import type { ResponseCache } from './response-cache.ts';

/** Everything the life of a request needs. */
export interface GatewayParts {
  readonly callers: CallerIdentifier;
  readonly customers: CustomerIdentifier;
  readonly configuredBudgets: ConfiguredBudgets;
  readonly catalog: ModelCatalog;
  readonly chooser: DeploymentChooser;
  readonly upstreams: Upstreams;
  readonly counters: Counters;
  readonly ledger: Ledger;
  readonly cache: ResponseCache;
  readonly tokens: TokenCounter;
  readonly now: () => number;
  /** Resets budgets whose window has ended; called when a request meets one before the timer does. */
  readonly resetDueBudgets: () => Promise<void>;
  readonly logError: (error: unknown, callId: string) => void;
  readonly settings: {
    readonly keyHeaderName: string | null;
    readonly maxRequestBytes: number;
    readonly budgetExceededStatus: number;
    readonly compatibility: Compatibility;
    readonly estimatedOutputTokens: number | null;
    readonly tokenRateLimitType: TokenRateLimitType;
    readonly blocksModelsWithoutPricing: boolean;
    readonly router: Pick<RouterSettings, 'numRetries' | 'tagFiltering'>;
    readonly trustForwardedFor: boolean;
  };
}
