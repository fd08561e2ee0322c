import type { TagFiltering } from '../config/settings.ts';
import type { Arrival, CallToAdmit } from './admission-rules.ts';
import type { Customer } from './identify-customer.ts';
import type { Limits } from './limits.ts';
import { modelNamed } from './model-access.ts';
import type { ModelCatalog } from './model-catalog.ts';
import { chooseModel } from './region.ts';
import { routeByTags } from './tag-routing.ts';

/** What was asked for, by whom, for whom. */
export interface AskedCall extends Arrival {
  readonly customer: Customer | null;
  readonly proxyLimits: Limits | null;
  readonly mustBePriced: boolean;
  /** Without `/v1`. */
  readonly path: string;
  /** As it was sent. */
  readonly model: unknown;
  readonly tags: readonly string[];
  readonly tagFiltering: TagFiltering;
}

/**
 * Finds the model that a call means and where it may run: what admission judges.
 * @throws ApiError 400 when no model is named.
 */
export function planCall(catalog: ModelCatalog, asked: AskedCall): CallToAdmit {
  const { caller, customer, proxyLimits, mustBePriced, address, now, path, tags } = asked;
  const { requestedModel, teamName, modelGroup } = modelNamed(caller, asked.model);
  const chosen = chooseModel(catalog, caller, modelGroup, customer);
  // The default model of a customer takes the place of the one that was named, under its own name.
  const names = { requestedModel, teamName: chosen.modelGroup === modelGroup ? teamName : chosen.modelGroup };
  const allowed = routeByTags(chosen.allowed, tags, asked.tagFiltering);
  const isLeftByTags = chosen.allowed.length === 0 || allowed.length > 0;
  const about = { caller, customer, proxyLimits, mustBePriced, address, now, path, tags, isLeftByTags };
  return { ...about, ...names, ...chosen, allowed };
}
