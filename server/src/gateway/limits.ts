import { matchesPattern } from '../access/model-pattern.ts';
import type { RateDemand } from '../counters/counters.ts';
import { isLimited } from '../counters/rate-counters.ts';
import { subjectName } from '../ledger/spend-subjects.ts';
import type { ModelRate, WindowRecord } from '../management/budgets/index.ts';

/** Whose limit it is. */
export type LimitScope =
  | 'key'
  | 'user'
  | 'team'
  | 'team_member'
  | 'organization'
  | 'organization_member'
  | 'customer'
  | 'proxy'
  | 'provider'
  | 'deployment';

/** Rates of a subject, with whose they are. */
export interface ScopedRate extends RateDemand {
  readonly scope: LimitScope;
  /** Name or pattern of the models they hold for; empty: all. */
  readonly model: string;
}

/** All that bounds the calls of a key, or the calls on behalf of a customer. */
export interface Limits {
  /** Names of what a call spends from. */
  readonly subjects: readonly string[];
  /** The limits of rate that exist; empty for most. */
  readonly rates: readonly ScopedRate[];
  /** What holds for some models or for a period only; null for most. */
  readonly special: SpecialLimits | null;
}

/** Budgets for periods and for single models, and rates of single models. */
export interface SpecialLimits {
  readonly windows: readonly CountedWindow[];
  readonly modelRates: readonly ScopedRate[];
}

/** A window that runs, with the name under which it is counted. */
export interface CountedWindow extends WindowRecord {
  readonly name: string;
  /** Epoch milliseconds. */
  readonly endsAt: number;
}

/** Null when there is nothing special, so that most calls never look. */
export function specialLimits(
  windows: readonly WindowRecord[],
  modelRates: readonly ScopedRate[],
): SpecialLimits | null {
  if (windows.length === 0 && modelRates.length === 0) return null;
  return { windows: windows.map(countedWindow), modelRates };
}

/** A window with the name under which it is counted. */
export function countedWindow(window: WindowRecord): CountedWindow {
  return { ...window, name: subjectName(window.subject), endsAt: window.subject.endsAt };
}

const noRates: readonly ScopedRate[] = [];

/** The rates that limit something; always the same empty list when none does. */
export function limitedOnly(rates: readonly (Omit<ScopedRate, 'model'> | null)[]): readonly ScopedRate[] {
  const limited = rates.filter((rate) => rate !== null).filter(isLimited);
  return limited.length === 0 ? noRates : limited.map((rate) => ({ ...rate, model: '' }));
}

/** Rates of single models, counted under a descriptor such as `model_per_key:<hash>`. */
export function modelRatesUnder(
  scope: LimitScope,
  descriptor: string,
  rates: readonly ModelRate[] | undefined,
): ScopedRate[] {
  return (rates ?? []).map(({ model, requestsPerMinute, tokensPerMinute }) => ({
    scope,
    model,
    subject: `${descriptor}:${model}`,
    limits: { requestsPerMinute, tokensPerMinute, maxParallelRequests: null },
  }));
}

/** What bounds one call of one model. */
export interface LimitsOfCall {
  readonly subjects: readonly string[];
  readonly rates: readonly ScopedRate[];
  readonly windows: readonly CountedWindow[];
}

const noWindows: readonly CountedWindow[] = [];

/** Puts together what holds for a call: the special limits of other models are left out, unless no model is named. */
export function limitsOfCall(holders: readonly Limits[], modelGroup: string | null): LimitsOfCall {
  const [only] = holders;
  if (only && holders.length === 1 && only.special === null) {
    return { subjects: only.subjects, rates: only.rates, windows: noWindows };
  }
  const windows = holders.flatMap(({ special }) => (special?.windows ?? []).filter(holdsFor(modelGroup)));
  return {
    subjects: [...holders.flatMap(({ subjects }) => subjects), ...windows.map(({ name }) => name)],
    rates: holders.flatMap(({ rates, special }) => [
      ...(special?.modelRates ?? []).filter(({ model }) => modelGroup === null || matchesPattern(model, modelGroup)),
      ...rates,
    ]),
    windows,
  };
}

/** Several together, each budget and each rate once, for those who ask how things stand. */
export function allLimits(parts: readonly LimitsOfCall[]): LimitsOfCall {
  return {
    subjects: [...new Set(parts.flatMap(({ subjects }) => subjects))],
    rates: onceEach(
      parts.flatMap(({ rates }) => rates),
      ({ subject }) => subject,
    ),
    windows: onceEach(
      parts.flatMap(({ windows }) => windows),
      ({ name }) => name,
    ),
  };
}

function onceEach<Item>(items: readonly Item[], nameOf: (item: Item) => string): Item[] {
  return [...new Map(items.map((item) => [nameOf(item), item])).values()];
}

function holdsFor(modelGroup: string | null): (window: CountedWindow) => boolean {
  return ({ subject }) => modelGroup === null || subject.model === '' || matchesPattern(subject.model, modelGroup);
}
