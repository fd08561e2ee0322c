import type { Counters, Demand, Exhausted, RateExceeded, Refusal } from '../counters/counters.ts';
import { ApiError } from '../http/api-error.ts';
import { subjectName } from '../ledger/spend-subjects.ts';
import type { KeyRecord } from '../management/keys/index.ts';
import { assertRules, type CallToAdmit, callRules } from './admission-rules.ts';

/** A call that was let in: money is set aside and a place among the parallel calls is taken, until `end`. */
export interface Admission {
  /** Gives back what was set aside. Safe to call more than once. */
  end(tokens: number, now: number): void;
}

/** What admission counts with. */
export interface AdmissionParts {
  readonly counters: Counters;
  readonly budgetExceededStatus: number;
}

const nothingToGiveBack: Admission = { end: () => undefined };

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
  const subjects =
    customer === null
      ? caller.subjects
      : [...caller.subjects, subjectName({ kind: 'customer', customerId: customer.customerId })];
  const demand: Demand = { subjects, reserveNanoUsd, rates: caller.rates, now };
  const letIn = (refusal: Refusal | null): Admission => {
    if (refusal?.reason === 'budget') throw budgetExceeded(refusal.exhausted, caller.key, parts.budgetExceededStatus);
    if (refusal?.reason === 'rate') throw rateExceeded(refusal.exceeded, now);
    return admissionOf(demand, parts.counters);
  };
  const decided = parts.counters.admit(demand);
  return decided instanceof Promise ? decided.then(letIn) : letIn(decided);
}

function admissionOf(demand: Demand, counters: Counters): Admission {
  let ended = false;
  return {
    end(tokens, now) {
      if (ended) return;
      ended = true;
      counters.end(demand, tokens, now);
    },
  };
}

/** The contract's words for each kind of budget, with the subject's id where it names one. */
function budgetExceeded(exhausted: Exhausted, key: KeyRecord, status: number): ApiError {
  const spent = exhausted.spentNanoUsd / 1e9;
  const max = exhausted.maxNanoUsd / 1e9;
  const inFlight =
    exhausted.spentNanoUsd < exhausted.maxNanoUsd
      ? ` The rest is set aside for requests that are still running; try again when they have finished.`
      : '';
  const kind = exhausted.subject.slice(0, exhausted.subject.indexOf(':'));
  const message = (() => {
    switch (kind) {
      case 'user':
        return `ExceededBudget: User=${key.userId} over budget. Spend=${spent}, Budget=${max}`;
      case 'team':
        return `Budget has been exceeded! Team=${key.teamId} Current cost: ${spent}, Max budget: ${max}`;
      case 'member':
        return `Budget has been exceeded! TeamMember=${key.userId}:${key.teamId} Current cost: ${spent}, Max budget: ${max}`;
      case 'customer':
        return `ExceededBudget: End User=${exhausted.subject.slice('customer:'.length)} over budget. Spend=${spent}, Budget=${max}`;
      default:
        return `Budget has been exceeded! Key=${key.keyAlias ?? ''} (${key.keyName}) Current cost: ${spent}, Max budget: ${max}`;
    }
  })();
  return new ApiError(status, message + inFlight, { type: 'budget_exceeded', param: null, alwaysErrorShape: true });
}

/** The contract's words. The subject is a descriptor and a value, such as `api_key:<hash>`. */
function rateExceeded({ subject, limitType, limit, resetsAt }: RateExceeded, now: number): ApiError {
  const resets = `${new Date(resetsAt).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  return new ApiError(
    429,
    `Rate limit exceeded for ${subject.replace(':', ': ')}. Limit type: ${limitType}. Current limit: ${limit}, Remaining: 0. Limit resets at: ${resets}`,
    {
      type: 'None',
      param: 'None',
      alwaysErrorShape: true,
      headers: {
        'retry-after': String(Math.max(1, Math.ceil((resetsAt - now) / 1000))),
        rate_limit_type: limitType,
        reset_at: resets,
      },
    },
  );
}
