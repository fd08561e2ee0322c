import type { Counters, Decision, Demand, RateStanding } from '../counters/counters.ts';
import type { WindowSubject } from '../ledger/spend-subjects.ts';
import { assertRules, type CallToAdmit, callRules } from './admission-rules.ts';
import { budgetExceeded, rateExceeded } from './limit-refusals.ts';
import { type CountedWindow, type Limits, type LimitsOfCall, limitsOfCall } from './limits.ts';

/** A call that was let in: money is set aside and a place among the parallel calls is taken, until `end`. */
export interface Admission {
  /** Budgets for periods and for single models that the call spends from; null for most calls. */
  readonly windows: readonly WindowSubject[] | null;
  /** How the call's rates stood when it was let in, itself counted; empty for most calls. */
  readonly rates: readonly RateStanding[];
  /** Gives back what was set aside. Safe to call more than once. */
  end(tokens: number, now: number): void;
}

/** What admission counts with. */
export interface AdmissionParts {
  readonly counters: Counters;
  readonly budgetExceededStatus: number;
}

const nothingToGiveBack: Admission = { windows: null, rates: [], end: () => undefined };

/**
 * Lets a call in or refuses it: the rules first, then money and rates, so that a call refused for one of them takes
 * nothing from the others. At once, without a promise, unless counters are shared with other instances.
 * @param reserveNanoUsd the most that the call is expected to cost: input estimated, plus the request's own limit of
 * output.
 * @throws ApiError 400 for models and customers, 403 for models, routes and roles, 422 (or as configured) for
 * budgets, 429 for rates.
 */
export function admit(
  call: CallToAdmit,
  reserveNanoUsd: number,
  parts: AdmissionParts,
): Admission | Promise<Admission> {
  assertRules(callRules, call);
  const { caller, now } = call;
  const holders = holdersOf(call);
  if (holders.length === 0) return nothingToGiveBack;
  const limits = limitsOfCall(holders, call.modelGroup);
  const { windows } = limits;
  const demand = demandFor(limits, reserveNanoUsd, now);
  const letIn = (decision: Decision): Admission => {
    if (decision.reason === 'budget') {
      throw budgetExceeded(decision.exhausted, { caller, windows, status: parts.budgetExceededStatus });
    }
    if (decision.reason === 'rate') throw rateExceeded(decision.exceeded, now);
    return admissionOf(demand, { windows, rates: decision.rates }, parts.counters);
  };
  const decided = parts.counters.admit(demand);
  return decided instanceof Promise ? decided.then(letIn) : letIn(decided);
}

/** What a call with these limits takes from the counters. */
export function demandFor({ subjects, rates }: LimitsOfCall, reserveNanoUsd: number, now: number): Demand {
  return { subjects, reserveNanoUsd, rates, now };
}

/**
 * Whose limits hold: the key's, those of the customer on whose behalf the call is made, whoever makes it, and those of
 * all calls together.
 */
export function holdersOf({
  caller,
  customer,
  proxyLimits,
}: Pick<CallToAdmit, 'caller' | 'customer' | 'proxyLimits'>): readonly Limits[] {
  if (caller.kind === 'key' && customer === null && proxyLimits === null) return [caller];
  return [caller.kind === 'key' ? caller : null, customer, proxyLimits].filter((holder) => holder !== null);
}

function admissionOf(
  demand: Demand,
  { windows, rates }: { readonly windows: readonly CountedWindow[]; readonly rates: readonly RateStanding[] },
  counters: Counters,
): Admission {
  let ended = false;
  return {
    windows: windows.length === 0 ? null : windows.map(({ subject }) => subject),
    rates,
    end(tokens, now) {
      if (ended) return;
      ended = true;
      counters.end(demand, tokens, now);
    },
  };
}
