import type { DeploymentSettings } from '../../config/settings.ts';
import type { Call } from '../../http/call.ts';
import type { TokenPrices } from '../../prices/token-prices.ts';

/** A place where a model runs, with what its tokens cost; null: unpriced. */
export type PricedDeployment = DeploymentSettings & { readonly tokenPrices: TokenPrices | null };

/** What the control plane may ask about the models that are served. The app puts the data plane's answer behind it. */
export interface ModelDirectory {
  /** Every deployment, in the order of configuration. */
  all(): readonly PricedDeployment[];
  /** Deployments behind a public name; a wildcard's are filled in. Empty: unknown. */
  deploymentsOf(modelName: string): readonly PricedDeployment[];
  /** Whether the caller's keys may call the model. */
  accessOf(call: Call): Promise<(modelName: string) => boolean>;
  /** Tokens of a request with messages or input. */
  countPrompt(fields: Readonly<Record<string, unknown>>): Promise<number>;
}
