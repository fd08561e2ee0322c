import { implement, type Route } from '../../http/call.ts';
import { explainPolicy } from './explain-policy.ts';
import type { AskingParts } from './find-asked-key.ts';
import { getEffectiveLimits } from './get-effective-limits.ts';
import * as contract from './limits.contract.ts';

/** The endpoints that tell what bounds a key, by the code that holds it to it. */
export function limitRoutes(parts: AskingParts): Route[] {
  return [
    implement(contract.getEffectiveLimits, (call, input) => getEffectiveLimits(parts, call, input)),
    implement(contract.explainPolicy, (call, input) => explainPolicy(parts, call, input)),
  ];
}
