import { implement, type Route } from '../../http/call.ts';
import { explainPolicy } from './explain-policy.ts';
import type { AskingParts } from './find-asked-key.ts';
import { getEffectiveLimits } from './get-effective-limits.ts';
import * as contract from './limits.contract.ts';
import { listProviderBudgets } from './list-provider-budgets.ts';
import * as providerBudgets from './provider-budgets.contract.ts';

/** The endpoints that tell what bounds calls, by the code that holds them to it. */
export function limitRoutes(parts: AskingParts): Route[] {
  return [
    implement(contract.getEffectiveLimits, (call, input) => getEffectiveLimits(parts, call, input)),
    implement(contract.explainPolicy, (call, input) => explainPolicy(parts, call, input)),
    implement(providerBudgets.listProviderBudgets, () => listProviderBudgets(parts)),
  ];
}
