import { ApiError } from '../http/api-error.ts';
import type { Caller } from './caller.ts';
import type { Customer } from './identify-customer.ts';
import { deploymentsFor, isModelBlocked } from './model-access.ts';
import type { Deployment, ModelCatalog } from './model-catalog.ts';

/** The model of a call, and where it may run. */
export interface ModelChoice {
  readonly modelGroup: string;
  /** Everywhere it runs; empty: nobody knows the model. */
  readonly deployments: readonly Deployment[];
  /** Where it may run for this call. */
  readonly allowed: readonly Deployment[];
  /** The model is known, and out of service everywhere. */
  readonly isBlocked: boolean;
}

/**
 * Keeps the calls of a customer in the customer's region: other deployments are left out, and when none is left the
 * customer's default model answers, if it runs there. A deployment of which no region is known is in none.
 * Source: contract 2.8, `allowed_model_region` and `default_model`.
 */
export function chooseModel(
  catalog: ModelCatalog,
  caller: Caller,
  modelGroup: string,
  customer: Customer | null,
): ModelChoice {
  const deployments = deploymentsFor(catalog, caller, modelGroup);
  const isBlocked = deployments.length === 0 && isModelBlocked(catalog, caller, modelGroup);
  const region = customer?.record.allowedModelRegion ?? null;
  if (region === null) return { modelGroup, deployments, allowed: deployments, isBlocked };
  const allowed = deployments.filter((deployment) => isInRegion(deployment, region));
  const defaultModel = customer?.record.defaultModel ?? null;
  if (allowed.length > 0 || defaultModel === null || deployments.length === 0) {
    return { modelGroup, deployments, allowed, isBlocked };
  }
  const defaults = deploymentsFor(catalog, caller, defaultModel);
  const allowedDefaults = defaults.filter((deployment) => isInRegion(deployment, region));
  if (allowedDefaults.length === 0) return { modelGroup, deployments, allowed, isBlocked };
  return { modelGroup: defaultModel, deployments: defaults, allowed: allowedDefaults, isBlocked: false };
}

/** Regions as clouds name them: `eu`, `eu-west-1`, `europe-west4`, `westeurope`; `us`, `us-east-1`, `eastus2`. */
const namesOfRegion: Readonly<Record<string, RegExp>> = { eu: /^eu(-|$)|europe/, us: /^us(-|$)|us\d?$/ };

function isInRegion(deployment: Deployment, region: string): boolean {
  return deployment.region !== null && (namesOfRegion[region]?.test(deployment.region.toLowerCase()) ?? false);
}

/** 403: none of the model's deployments is where the customer's calls may go. */
export function regionNotAllowed(customer: Customer, requestedModel: string): ApiError {
  const { customerId, allowedModelRegion } = customer.record;
  return new ApiError(
    403,
    `The calls of End User=${customerId} must stay in region '${allowedModelRegion}', and model '${requestedModel}' has no deployment there. Choose another model, or ask an admin to set region_name on a deployment or a default_model on the customer.`,
    { type: 'region_access_denied', param: 'model', alwaysErrorShape: true },
  );
}
