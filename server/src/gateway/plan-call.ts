import type { Arrival, CallToAdmit } from './admission-rules.ts';
import type { Customer } from './identify-customer.ts';
import { modelGroupOf } from './model-access.ts';
import type { ModelCatalog } from './model-catalog.ts';
import { chooseModel } from './region.ts';

/** What was asked for, by whom, for whom. */
export interface AskedCall extends Arrival {
  readonly customer: Customer | null;
  /** Without `/v1`. */
  readonly path: string;
  /** As it was sent. */
  readonly model: unknown;
}

/**
 * Finds the model that a call means and where it may run: what admission judges.
 * @throws ApiError 400 when no model is named.
 */
export function planCall(catalog: ModelCatalog, asked: AskedCall): CallToAdmit {
  const { caller, customer, address, now, path } = asked;
  const { requestedModel, modelGroup } = modelGroupOf(caller, asked.model);
  return { caller, customer, address, now, path, requestedModel, ...chooseModel(catalog, modelGroup, customer) };
}
