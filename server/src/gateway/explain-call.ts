import { exhaustedIn } from '../counters/budget-counters.ts';
import type { Counters, RateLimits, Standing } from '../counters/counters.ts';
import { exceededIn } from '../counters/rate-counters.ts';
import type { ApiError } from '../http/api-error.ts';
import { arrivalRules, askRules, type CallToAdmit, callRules } from './admission-rules.ts';
import { demandFor, holdersOf } from './admit.ts';
import type { KeyCaller } from './caller.ts';
import type { RunningBudgets } from './configured-budgets.ts';
import { knownLimits, type Route, routesOf, wouldPassOver } from './deployment-limits.ts';
import {
  type EffectiveLimit,
  isExhausted,
  isOfRoute,
  type LimitKind,
  listEffectiveLimits,
} from './effective-limits.ts';
import { budgetExceeded, rateExceeded } from './limit-refusals.ts';
import { allLimits, type LimitsOfCall, limitsOfCall } from './limits.ts';
import { noDeploymentLeft } from './no-deployment-left.ts';

/** What one rule of admission says of a call. */
export interface RuleAnswer {
  /** Name of the rule; `budget` and `rate` for those about a limit, with the scope before it where it is that of a provider or deployment. */
  readonly rule: string;
  readonly limit: EffectiveLimit | null;
  /** What a real call would be answered if no rule before had refused it; null: the rule holds. */
  readonly refusal: ApiError | null;
}

/**
 * Asks the rules that admit a call what they say of one, each of them and in their order: those about the caller,
 * those about the call, then budgets and rates. Takes nothing.
 * @param withAddress false when nobody said where the call would come from.
 */
export async function explainCall(
  call: CallToAdmit & { readonly caller: KeyCaller },
  reserveNanoUsd: number,
  parts: {
    readonly counters: Counters;
    readonly budgetExceededStatus: number;
    readonly withAddress: boolean;
    readonly budgets: RunningBudgets;
  },
): Promise<RuleAnswer[]> {
  const aboutCaller = parts.withAddress ? arrivalRules : arrivalRules.filter(({ name }) => name !== 'address');
  const answers = [...askRules(aboutCaller, call), ...askRules(callRules, call)].map(
    ({ name, refusal }): RuleAnswer => ({ rule: name, limit: null, refusal }),
  );
  const routes = routesOf(call.allowed, parts.budgets);
  const limits = allLimits([limitsOfCall(holdersOf(call), call.modelGroup), ...knownLimits(routes)]);
  const standing = await parts.counters.look(demandFor(limits, reserveNanoUsd, call.now));
  const ofRoutes = refusalOfRoutes(routes, standing, call);
  for (const { limit, name } of listEffectiveLimits(call.caller, call.customer, limits, standing)) {
    if (isOfRoute(limit.scope)) {
      const rule = `${limit.scope}_${limit.kind === 'budget' ? 'budget' : 'rate'}`;
      answers.push({ rule, limit, refusal: isExhausted(limit) ? ofRoutes : null });
      continue;
    }
    const refusal =
      limit.kind === 'budget'
        ? refusalOfBudget(name, standing, limits, call.caller, parts.budgetExceededStatus)
        : refusalOfRate(name, limit.kind, standing, call.now);
    answers.push({ rule: limit.kind === 'budget' ? 'budget' : 'rate', limit, refusal });
  }
  return answers;
}

/** A call is refused when nothing is left of what bounds each of the deployments that it could go to. */
function refusalOfRoutes(routes: readonly Route[], standing: Standing, call: CallToAdmit): ApiError | null {
  const passedOver = routes.flatMap(
    ({ deployment, limits }) => wouldPassOver(deployment, limits, standing, call.now) ?? [],
  );
  if (routes.length === 0 || passedOver.length < routes.length) return null;
  return noDeploymentLeft(passedOver, call.modelGroup, call.now);
}

function refusalOfBudget(
  name: string,
  standing: Standing,
  { windows }: LimitsOfCall,
  caller: KeyCaller,
  status: number,
): ApiError | null {
  const budget = standing.budgets.find(({ subject }) => subject === name);
  const exhausted = budget ? exhaustedIn(budget) : null;
  return exhausted && budgetExceeded(exhausted, { caller, windows, status });
}

const nameOfLimit: Readonly<Record<Exclude<LimitKind, 'budget'>, keyof RateLimits>> = {
  requests: 'requestsPerMinute',
  tokens: 'tokensPerMinute',
  max_parallel_requests: 'maxParallelRequests',
};

const unlimited: RateLimits = { requestsPerMinute: null, tokensPerMinute: null, maxParallelRequests: null };

function refusalOfRate(
  name: string,
  kind: Exclude<LimitKind, 'budget'>,
  standing: Standing,
  now: number,
): ApiError | null {
  const rate = standing.rates.find(({ subject }) => subject === name);
  if (!rate) return null;
  const only = { ...rate, limits: { ...unlimited, [nameOfLimit[kind]]: rate.limits[nameOfLimit[kind]] } };
  const exceeded = exceededIn(only, now);
  return exceeded && rateExceeded(exceeded, now);
}
