import type { DeploymentSettings } from '../../config/settings.ts';
import type { Call } from '../../http/call.ts';
import type { TokenPrices } from '../../prices/token-prices.ts';

/** A place where a model runs, with what its tokens cost; null: unpriced. */
export type PricedDeployment = DeploymentSettings & { readonly tokenPrices: TokenPrices | null };

/** Whose models are asked for. */
export interface AskedModels {
  /** What a key of this team may call; null: what the caller may. */
  readonly teamId?: string | null;
  /** Whether what the caller's teams have for themselves is to be seen too. */
  readonly withTeams?: boolean;
}

/** The models of a caller. */
export interface CallersModels {
  /** What they may look at, in the order of configuration: all that is there for admins, else what they may call. */
  readonly visible: readonly PricedDeployment[];
  /** What their keys may call. */
  readonly callable: readonly PricedDeployment[];
  /** Where a call by this name would go; a wildcard's deployments are filled in. Empty: unknown, or not for them. */
  deploymentsOf(modelName: string): readonly PricedDeployment[];
}

/** What the control plane may ask about the models that are served. The app puts the data plane's answer behind it. */
export interface ModelDirectory {
  /** @throws ApiError 403 for a team that the caller may not see. */
  modelsOf(call: Call, asked?: AskedModels): Promise<CallersModels>;
  /** A deployment by its id, whoever may call it; null: there is none. */
  find(modelId: string): PricedDeployment | null;
  /** Tokens of a request with messages or input. */
  countPrompt(fields: Readonly<Record<string, unknown>>): Promise<number>;
}
