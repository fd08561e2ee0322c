import type { Counters, Demand, Exhausted, RateExceeded, Refusal } from '../counters/counters.ts';
import { ApiError, authError } from '../http/api-error.ts';
import { subjectName } from '../ledger/spend-subjects.ts';
import type { CustomerRecord } from '../management/customers/index.ts';
import { isRouteAllowed, type KeyRecord, routeNotAllowed } from '../management/keys/index.ts';
import type { Caller } from './identify-caller.ts';

/** What admission needs to know of a call. */
export interface CallToAdmit {
  readonly caller: Caller;
  /** On whose behalf the call is made; null when it names nobody, or somebody of whom nothing is known. */
  readonly customer: CustomerRecord | null;
  /** Without `/v1`. */
  readonly path: string;
  /** The most that the call is expected to cost: input estimated, plus the request's own limit of output. */
  readonly reserveNanoUsd: number;
  readonly now: number;
}

/** A call that was let in: money is set aside and a place among the parallel calls is taken, until `end`. */
export interface Admission {
  /** Gives back what was set aside. Safe to call more than once. */
  end(tokens: number, now: number): void;
}

/**
 * Lets a call in or refuses it; at once, without a promise, unless counters are shared with other instances. Models are
 * checked before (`model-access.ts`).
 * @throws ApiError 403 for routes and roles, 422 (or as configured) for budgets, 429 for rates.
 */
export function admit(
  call: CallToAdmit,
  parts: { counters: Counters; budgetExceededStatus: number },
): Admission | Promise<Admission> {
  if (call.customer && call.customer.blockedAt !== null) throw blockedCustomer(call.customer.customerId);
  if (call.caller.kind === 'master') return { end: () => undefined };
  const { key } = call.caller;
  checkRole(key, call.path);
  checkRoute(key, call.path);
  const customers = call.customer ? [subjectName({ kind: 'customer', customerId: call.customer.customerId })] : [];
  const subjects = [...call.caller.subjects, ...customers];
  const limits = {
    requestsPerMinute: key.rpmLimit,
    tokensPerMinute: key.tpmLimit,
    maxParallelRequests: key.maxParallelRequests,
  };
  const demand: Demand = {
    subjects,
    reserveNanoUsd: call.reserveNanoUsd,
    rates: [{ subject: subjects[0] ?? '', limits }],
    now: call.now,
  };
  const letIn = (refusal: Refusal | null): Admission => {
    if (refusal?.reason === 'budget') throw budgetExceeded(refusal.exhausted, key, parts.budgetExceededStatus);
    if (refusal?.reason === 'rate') throw rateExceeded(refusal.exceeded, key, call.now);
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

function blockedCustomer(customerId: string): ApiError {
  return new ApiError(
    400,
    `User blocked from making LLM API Calls. User=${customerId}. Unblock with /customer/unblock.`,
    {
      type: 'blocked_customer',
      param: 'user',
      alwaysErrorShape: true,
    },
  );
}

function checkRole(key: KeyRecord, path: string): void {
  if (key.user?.role !== 'proxy_admin_viewer') return;
  throw authError(
    403,
    `user not allowed to access this OpenAI routes, role= proxy_admin_viewer. Trying to access: ${path}`,
  );
}

function checkRoute(key: KeyRecord, path: string): void {
  if (isRouteAllowed(key.allowedRoutes, path) || isRouteAllowed(key.allowedRoutes, `/v1${path}`)) return;
  throw routeNotAllowed(key.allowedRoutes, path);
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

function rateExceeded(exceeded: RateExceeded, key: KeyRecord, now: number): ApiError {
  const resets = `${new Date(exceeded.resetsAt).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  return new ApiError(
    429,
    `Rate limit exceeded for api_key: ${key.keyHash}. Limit type: ${exceeded.limitType}. Current limit: ${exceeded.limit}, Remaining: 0. Limit resets at: ${resets}`,
    {
      type: 'None',
      param: 'None',
      alwaysErrorShape: true,
      headers: {
        'retry-after': String(Math.max(1, Math.ceil((exceeded.resetsAt - now) / 1000))),
        rate_limit_type: exceeded.limitType,
        reset_at: resets,
      },
    },
  );
}
