import type { BudgetStanding, Counters, Demand } from '../counters/counters.ts';
import { ApiError } from '../http/api-error.ts';
import { never, type WindowSubject } from '../ledger/spend-subjects.ts';
import { nanoUsdToUsd } from '../money/money.ts';
import type { CountedWindow } from './limits.ts';
import type { Deployment } from './model-catalog.ts';

/** Money that is set aside from the budget of a provider while it is called. */
export interface ProviderReservation {
  /** What the answer is charged to. */
  readonly window: WindowSubject;
  /** Gives back what was set aside. */
  end(now: number): void;
}

/** A budget of a provider that allows no further call. */
export interface ExhaustedProvider {
  readonly window: WindowSubject;
  readonly exhausted: BudgetStanding;
}

/** Sets money aside for one call of a provider, or says that nothing is left of its budget. */
export async function reserveOfProvider(
  counters: Counters,
  { name, subject: window }: CountedWindow,
  reserveNanoUsd: number,
  now: number,
): Promise<ProviderReservation | ExhaustedProvider> {
  const demand: Demand = { subjects: [name], reserveNanoUsd, rates: [], now };
  const decision = await counters.admit(demand);
  if (decision.reason === 'budget') return { window, exhausted: decision.exhausted };
  return { window, end: (endedAt) => counters.end(demand, 0, endedAt) };
}

/** The budgets of the providers that these deployments call, by the providers' names. */
export function budgetsOfProviders(
  deployments: readonly Deployment[],
  budgets: ReadonlyMap<string, CountedWindow> | null,
): readonly CountedWindow[] {
  if (budgets === null) return [];
  const called = new Set(deployments.map(({ provider }) => provider));
  return [...budgets.values()].filter(({ subject }) => called.has(subject.ownerId));
}

/** LiteLLM's words when every provider that could be called has spent its budget, and when the first of them starts anew. */
export function providersExceeded(providers: readonly ExhaustedProvider[]): ApiError {
  const reasons = providers.map(({ window, exhausted }) => {
    const { spentNanoUsd, maxNanoUsd } = exhausted;
    const max = maxNanoUsd ?? 0;
    const compared =
      spentNanoUsd < max
        ? 'the rest is set aside for requests that are still running'
        : `${nanoUsdToUsd(spentNanoUsd)} >= ${nanoUsdToUsd(max)}`;
    return `Exceeded budget for provider ${window.ownerId}: ${compared}`;
  });
  const resetsAt = Math.min(...providers.map(({ window }) => window.endsAt));
  const advice = resetsAt === never ? '' : `. The next one starts anew at ${new Date(resetsAt).toISOString()}`;
  const message = `No deployments available - crossed budget for provider: ${reasons.sort().join(', ')}${advice}`;
  return new ApiError(429, message, { type: 'None', param: 'None', alwaysErrorShape: true });
}
