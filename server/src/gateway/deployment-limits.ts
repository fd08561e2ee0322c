import { exhaustedIn } from '../counters/budget-counters.ts';
import type { Counters, Demand, Refusal, Standing } from '../counters/counters.ts';
import { exceededIn } from '../counters/rate-counters.ts';
import type { WindowSubject } from '../ledger/spend-subjects.ts';
import type { RunningBudgets } from './configured-budgets.ts';
import type { LimitsOfCall } from './limits.ts';
import type { Deployment } from './model-catalog.ts';

/**
 * Why a deployment is not called: what stands against it, or that it is not known what has been spent of its budget,
 * as happens when a model is changed in the very moment.
 */
export interface PassedOver {
  readonly deployment: Deployment;
  readonly refusal: Refusal | null;
  /** The budget that is spent, where it is one. */
  readonly window: WindowSubject | null;
}

/** What one call has taken of what bounds a deployment. */
export interface DeploymentReservation {
  /** The budgets that the answer is charged to. */
  readonly windows: readonly WindowSubject[];
  /** Gives back what was set aside, and counts the tokens. */
  end(tokens: number, now: number): void;
}

/**
 * What bounds the calls of a deployment, whoever makes them: the budget of its provider, its own, and its rates.
 * @returns null when nothing does, as for most; `unknown` when its budget is not known.
 */
export function limitsOfDeployment(deployment: Deployment, budgets: RunningBudgets): LimitsOfCall | null | 'unknown' {
  const { budget, limitedRates: rates } = deployment;
  const ofProvider = budgets.ofProvider?.get(deployment.provider) ?? null;
  if (budget === null && ofProvider === null && rates.length === 0) return null;
  const own = budget === null ? null : (budgets.ofDeployment?.get(deployment.id) ?? null);
  if (budget !== null && own === null) return 'unknown';
  const windows = [ofProvider, own].filter((window) => window !== null);
  return { subjects: windows.map(({ name }) => name), rates, windows };
}

/** Somewhere a call could go, and what bounds that. */
export interface Route {
  readonly deployment: Deployment;
  readonly limits: ReturnType<typeof limitsOfDeployment>;
}

/** The deployments with what bounds them. */
export function routesOf(deployments: readonly Deployment[], budgets: RunningBudgets): Route[] {
  return deployments.map((deployment) => ({ deployment, limits: limitsOfDeployment(deployment, budgets) }));
}

/** What bounds those that are bounded. */
export function knownLimits(routes: readonly Route[]): LimitsOfCall[] {
  return routes.map(({ limits }) => limits).filter((limits) => limits !== null && limits !== 'unknown');
}

/** Takes what one call of a deployment needs of all that bounds it, or nothing. */
export async function takeDeployment(
  counters: Counters,
  deployment: Deployment,
  limits: LimitsOfCall | 'unknown',
  { reserveNanoUsd, now }: Pick<Demand, 'reserveNanoUsd' | 'now'>,
): Promise<DeploymentReservation | PassedOver> {
  if (limits === 'unknown') return { deployment, refusal: null, window: null };
  const demand: Demand = { subjects: limits.subjects, rates: limits.rates, reserveNanoUsd, now };
  const decision = await counters.admit(demand);
  if (decision.reason !== null) return passedOver(deployment, limits, decision);
  return {
    windows: limits.windows.map(({ subject }) => subject),
    end: (tokens, endedAt) => counters.end(demand, tokens, endedAt),
  };
}

/** What `takeDeployment` would say as things stand; null: it would take what the call needs. */
export function wouldPassOver(
  deployment: Deployment,
  limits: LimitsOfCall | null | 'unknown',
  standing: Standing,
  now: number,
): PassedOver | null {
  if (limits === null) return null;
  if (limits === 'unknown') return { deployment, refusal: null, window: null };
  for (const name of limits.subjects) {
    const budget = standing.budgets.find(({ subject }) => subject === name);
    const exhausted = budget ? exhaustedIn(budget) : null;
    if (exhausted) return passedOver(deployment, limits, { reason: 'budget', exhausted });
  }
  for (const { subject } of limits.rates) {
    const rate = standing.rates.find((one) => one.subject === subject);
    const exceeded = rate ? exceededIn(rate, now) : null;
    if (exceeded) return passedOver(deployment, limits, { reason: 'rate', exceeded });
  }
  return null;
}

function passedOver(deployment: Deployment, { windows }: LimitsOfCall, refusal: Refusal): PassedOver {
  const spent = refusal.reason === 'budget' ? refusal.exhausted.subject : null;
  return { deployment, refusal, window: windows.find(({ name }) => name === spent)?.subject ?? null };
}

/** Whether what stands against one deployment stands against another, too: the budget of a provider is that of all its deployments. */
export function standsAgainst({ deployment, window }: PassedOver, other: Deployment): boolean {
  return window?.owner === 'provider' ? other.provider === window.ownerId : other.id === deployment.id;
}
