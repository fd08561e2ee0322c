import { matchesPattern } from '../access/model-pattern.ts';
import type { Counters, Demand, RateDemand, Refusal } from '../counters/counters.ts';
import { subjectName, type WindowSubject } from '../ledger/spend-subjects.ts';
import type { CustomerRecord } from '../management/customers/index.ts';
import { assertRules, type CallToAdmit, callRules } from './admission-rules.ts';
import type { CallerWindow, KeyCaller, SpecialLimits } from './caller.ts';
import { budgetExceeded, rateExceeded } from './limit-refusals.ts';

/** A call that was let in: money is set aside and a place among the parallel calls is taken, until `end`. */
export interface Admission {
  /** Budgets for periods and for single models that the call spends from; null for most calls. */
  readonly windows: readonly WindowSubject[] | null;
  /** Gives back what was set aside. Safe to call more than once. */
  end(tokens: number, now: number): void;
}

/** What admission counts with. */
export interface AdmissionParts {
  readonly counters: Counters;
  readonly budgetExceededStatus: number;
}

const nothingToGiveBack: Admission = { windows: null, end: () => undefined };

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
  const { caller, customer, now } = call;
  if (caller.kind === 'master') return nothingToGiveBack;
  const special = caller.special && specialFor(caller.special, call.modelGroup);
  const demand: Demand = {
    subjects: subjectsFor(caller, special, customer),
    reserveNanoUsd,
    rates: special === null || special.rates.length === 0 ? caller.rates : [...special.rates, ...caller.rates],
    now,
  };
  const letIn = (refusal: Refusal | null): Admission => {
    if (refusal?.reason === 'budget') {
      throw budgetExceeded(refusal.exhausted, caller, parts.budgetExceededStatus);
    }
    if (refusal?.reason === 'rate') throw rateExceeded(refusal.exceeded, now);
    return admissionOf(demand, special, parts.counters);
  };
  const decided = parts.counters.admit(demand);
  return decided instanceof Promise ? decided.then(letIn) : letIn(decided);
}

/** The special limits that hold for one model. */
interface SpecialForModel {
  readonly windows: readonly CallerWindow[];
  readonly rates: readonly RateDemand[];
}

function specialFor(special: SpecialLimits, modelGroup: string): SpecialForModel {
  return {
    windows: special.windows.filter(({ subject }) => subject.model === '' || matchesPattern(subject.model, modelGroup)),
    rates: special.modelRates.filter(({ model }) => matchesPattern(model, modelGroup)).map(({ demand }) => demand),
  };
}

function subjectsFor(
  caller: KeyCaller,
  special: SpecialForModel | null,
  customer: CustomerRecord | null,
): readonly string[] {
  if (customer === null && (special === null || special.windows.length === 0)) return caller.subjects;
  const subjects = [...caller.subjects];
  if (customer !== null) subjects.push(subjectName({ kind: 'customer', customerId: customer.customerId }));
  for (const { name } of special?.windows ?? []) subjects.push(name);
  return subjects;
}

function admissionOf(demand: Demand, special: SpecialForModel | null, counters: Counters): Admission {
  let ended = false;
  return {
    windows: special === null || special.windows.length === 0 ? null : special.windows.map(({ subject }) => subject),
    end(tokens, now) {
      if (ended) return;
      ended = true;
      counters.end(demand, tokens, now);
    },
  };
}
