import { matchesPattern } from '../access/model-pattern.ts';
import type { RateDemand } from '../counters/counters.ts';
import { isLimited } from '../counters/rate-counters.ts';
import { subjectName } from '../ledger/spend-subjects.ts';
import type { ModelRate, WindowRecord } from '../management/budgets/index.ts';

/** All that bounds the calls of a key, or the calls on behalf of a customer. */
export interface Limits {
  /** Names of what a call spends from. */
  readonly subjects: readonly string[];
  /** The limits of rate that exist; empty for most. */
  readonly rates: readonly RateDemand[];
  /** What holds for some models or for a period only; null for most. */
  readonly special: SpecialLimits | null;
}

/** Budgets for periods and for single models, and rates of single models. */
export interface SpecialLimits {
  readonly windows: readonly CountedWindow[];
  readonly modelRates: readonly ModelRateDemand[];
}

/** A window that runs, with the name under which it is counted. */
export interface CountedWindow extends WindowRecord {
  readonly name: string;
  /** Epoch milliseconds. */
  readonly endsAt: number;
}

/** The rate of the models that a name or pattern means. */
export interface ModelRateDemand {
  readonly model: string;
  readonly demand: RateDemand;
}

/** Null when there is nothing special, so that most calls never look. */
export function specialLimits(
  windows: readonly WindowRecord[],
  modelRates: readonly ModelRateDemand[],
): SpecialLimits | null {
  if (windows.length === 0 && modelRates.length === 0) return null;
  const counted = windows.map((window) => ({
    ...window,
    name: subjectName(window.subject),
    endsAt: window.subject.endsAt,
  }));
  return { windows: counted, modelRates };
}

const noRates: readonly RateDemand[] = [];

/** The demands that limit something; always the same empty list when none does. */
export function limitedOnly(demands: readonly (RateDemand | null)[]): readonly RateDemand[] {
  const limited = demands.filter((demand) => demand !== null && isLimited(demand)) as RateDemand[];
  return limited.length === 0 ? noRates : limited;
}

/** Rates of single models, counted under a descriptor such as `model_per_key:<hash>`. */
export function modelRateDemands(descriptor: string, rates: readonly ModelRate[] | undefined): ModelRateDemand[] {
  return (rates ?? []).map(({ model, requestsPerMinute, tokensPerMinute }) => ({
    model,
    demand: {
      subject: `${descriptor}:${model}`,
      limits: { requestsPerMinute, tokensPerMinute, maxParallelRequests: null },
    },
  }));
}

/** What bounds one call of one model. */
export interface LimitsOfCall {
  readonly subjects: readonly string[];
  readonly rates: readonly RateDemand[];
  readonly windows: readonly CountedWindow[];
}

const noWindows: readonly CountedWindow[] = [];

/** Puts together what holds for a call: the special limits of other models are left out. */
export function limitsOfCall(holders: readonly Limits[], modelGroup: string): LimitsOfCall {
  const [only] = holders;
  if (only && holders.length === 1 && only.special === null) {
    return { subjects: only.subjects, rates: only.rates, windows: noWindows };
  }
  const windows = holders.flatMap(({ special }) => (special?.windows ?? []).filter(holdsFor(modelGroup)));
  return {
    subjects: [...holders.flatMap(({ subjects }) => subjects), ...windows.map(({ name }) => name)],
    rates: holders.flatMap(({ rates, special }) => [
      ...(special?.modelRates ?? [])
        .filter(({ model }) => matchesPattern(model, modelGroup))
        .map(({ demand }) => demand),
      ...rates,
    ]),
    windows,
  };
}

function holdsFor(modelGroup: string): (window: CountedWindow) => boolean {
  return ({ subject }) => subject.model === '' || matchesPattern(subject.model, modelGroup);
}
