import { exhaustedIn } from '../counters/budget-counters.ts';
import type { Counters, RateLimits, Standing } from '../counters/counters.ts';
import { exceededIn } from '../counters/rate-counters.ts';
import type { ApiError } from '../http/api-error.ts';
import { arrivalRules, askRules, type CallToAdmit, callRules } from './admission-rules.ts';
import { demandFor, holdersOf } from './admit.ts';
import type { KeyCaller } from './caller.ts';
import { type EffectiveLimit, type LimitKind, listEffectiveLimits } from './effective-limits.ts';
import { budgetExceeded, rateExceeded } from './limit-refusals.ts';
import { type CountedWindow, type LimitsOfCall, limitsOfCall, withWindows } from './limits.ts';
import type { Deployment } from './model-catalog.ts';
import { budgetsOfProviders, providersExceeded } from './provider-budgets.ts';

/** What one rule of admission says of a call. */
export interface RuleAnswer {
  /** Name of the rule; `budget`, `rate` and `provider_budget` for those about a limit. */
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
    readonly providerBudgets: ReadonlyMap<string, CountedWindow> | null;
  },
): Promise<RuleAnswer[]> {
  const aboutCaller = parts.withAddress ? arrivalRules : arrivalRules.filter(({ name }) => name !== 'address');
  const answers = [...askRules(aboutCaller, call), ...askRules(callRules, call)].map(
    ({ name, refusal }): RuleAnswer => ({ rule: name, limit: null, refusal }),
  );
  const providers = budgetsOfProviders(call.allowed, parts.providerBudgets);
  const limits = withWindows(limitsOfCall(holdersOf(call), call.modelGroup), providers);
  const standing = await parts.counters.look(demandFor(limits, reserveNanoUsd, call.now));
  const ofProviders = refusalOfProviders(call.allowed, providers, standing);
  for (const { limit, name } of listEffectiveLimits(call.caller, call.customer, limits, standing)) {
    if (limit.scope === 'provider') {
      answers.push({ rule: 'provider_budget', limit, refusal: ofProviders });
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

/** A call is refused when every provider that it could go to has spent its budget. */
function refusalOfProviders(
  deployments: readonly Deployment[],
  providers: readonly CountedWindow[],
  { budgets }: Standing,
): ApiError | null {
  const exhausted = providers.flatMap(({ name, subject: window }) => {
    const budget = budgets.find(({ subject }) => subject === name);
    return budget && exhaustedIn(budget) ? [{ window, exhausted: budget }] : [];
  });
  const spent = new Set(exhausted.map(({ window }) => window.ownerId));
  const isNoneLeft = deployments.length > 0 && deployments.every(({ provider }) => spent.has(provider));
  return isNoneLeft ? providersExceeded(exhausted) : null;
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
