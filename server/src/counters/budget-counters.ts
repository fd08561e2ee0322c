import type { BudgetStanding, ChargedCall, Exhausted, ObservedBudget, SpendTotal, SubjectNamesOf } from './counters.ts';

/** The part of `Counters` that counts money, in memory. */
export interface BudgetCounters {
  observe(subject: string, budget: ObservedBudget, generation: number): boolean;
  readonly generation: number;
  /** The first subject that has nothing left, or null. Calls in flight count as spent. */
  findExhausted(subjects: readonly string[]): Exhausted | null;
  /** What `findExhausted` compares. */
  standingOf(subject: string): BudgetStanding;
  reserve(subjects: readonly string[], nanoUsd: number): void;
  release(subjects: readonly string[], nanoUsd: number): void;
  charge(subjects: readonly string[], nanoUsd: number): void;
  spendOf(subject: string): number;
  foldBegins(): void;
  folded(entries: readonly ChargedCall[], totals: readonly SpendTotal[]): void;
  foldEnds(): void;
  learn(totals: readonly SpendTotal[]): void;
  /** What is known of a subject; undefined: nothing. */
  stateOf(subject: string): BudgetState | undefined;
  /** Everything that has a limit. */
  limited(): Iterable<readonly [subject: string, BudgetState]>;
}

/** What is known of a subject. */
export interface BudgetState {
  /** What the database said last. */
  readonly recordedNanoUsd: number;
  /** What is settled and not folded. */
  readonly pendingNanoUsd: number;
  /** What calls in flight may cost. */
  readonly reservedNanoUsd: number;
  /** Null: not limited. */
  readonly maxNanoUsd: number | null;
}

interface Counter {
  recordedNanoUsd: number;
  pendingNanoUsd: number;
  reservedNanoUsd: number;
  maxNanoUsd: number | null;
  /** The fold during or after which another instance's fold was heard of. */
  learnedInFold: number;
  endsAt: number;
}

/** Says that a budget has nothing left; null while there is something. */
export function exhaustedIn({ subject, spentNanoUsd, reservedNanoUsd, maxNanoUsd }: BudgetStanding): Exhausted | null {
  if (maxNanoUsd === null || !isExhausted(spentNanoUsd, reservedNanoUsd, maxNanoUsd)) return null;
  return { subject, spentNanoUsd, reservedNanoUsd, maxNanoUsd };
}

/** A call is let in as long as anything is left, whatever it may cost: so a small budget is used up, too. */
function isExhausted(spentNanoUsd: number, reservedNanoUsd: number, maxNanoUsd: number): boolean {
  return spentNanoUsd + reservedNanoUsd >= maxNanoUsd;
}

function standing(subject: string, counter: Counter | undefined): BudgetStanding {
  return {
    subject,
    spentNanoUsd: counter ? counter.recordedNanoUsd + counter.pendingNanoUsd : 0,
    reservedNanoUsd: counter?.reservedNanoUsd ?? 0,
    maxNanoUsd: counter?.maxNanoUsd ?? null,
  };
}

/** Beyond this, counters are forgotten that hold no limit and on which no money is in flight. */
const countersInMemory = 200_000;

/** Counters of one instance. @param subjectNamesOf the rule of whose budget a call spends from. */
export function createMemoryBudgetCounters(subjectNamesOf: SubjectNamesOf): BudgetCounters {
  const counters = new Map<string, Counter>();
  let generation = 0;
  let folds = 0;
  let foldCount = 0;
  let forgetAbove = countersInMemory;

  function counterOf(subject: string): Counter {
    let counter = counters.get(subject);
    if (!counter) {
      counter = {
        recordedNanoUsd: 0,
        pendingNanoUsd: 0,
        reservedNanoUsd: 0,
        maxNanoUsd: null,
        learnedInFold: -1,
        endsAt: Number.POSITIVE_INFINITY,
      };
      if (counters.size >= forgetAbove) forgetIdle();
      counters.set(subject, counter);
    }
    return counter;
  }

  /** Callers can make subjects up (`user`) and must not push a limit out that way, so limits stay until they end. */
  function forgetIdle(): void {
    const now = Date.now();
    for (const [subject, { maxNanoUsd, endsAt, pendingNanoUsd, reservedNanoUsd }] of counters) {
      const isIdle = pendingNanoUsd === 0 && reservedNanoUsd === 0;
      if (isIdle && (maxNanoUsd === null || endsAt < now)) counters.delete(subject);
    }
    forgetAbove = Math.max(countersInMemory, 2 * counters.size);
  }

  return {
    get generation() {
      return generation;
    },
    observe(subject, budget, readAt) {
      const isNew = !counters.has(subject);
      const counter = counterOf(subject);
      counter.maxNanoUsd = budget.maxBudgetNanoUsd;
      if (budget.endsAt !== undefined) counter.endsAt = budget.endsAt;
      if (!isNew && (folds > 0 || readAt !== generation)) return false;
      counter.recordedNanoUsd = budget.spendNanoUsd;
      return true;
    },
    findExhausted(subjects) {
      for (const subject of subjects) {
        const counter = counters.get(subject);
        if (!counter || counter.maxNanoUsd === null) continue;
        const spentNanoUsd = counter.recordedNanoUsd + counter.pendingNanoUsd;
        if (isExhausted(spentNanoUsd, counter.reservedNanoUsd, counter.maxNanoUsd)) {
          return { subject, spentNanoUsd, reservedNanoUsd: counter.reservedNanoUsd, maxNanoUsd: counter.maxNanoUsd };
        }
      }
      return null;
    },
    standingOf: (subject) => standing(subject, counters.get(subject)),
    reserve(subjects, nanoUsd) {
      for (const subject of subjects) counterOf(subject).reservedNanoUsd += nanoUsd;
    },
    release(subjects, nanoUsd) {
      for (const subject of subjects) counterOf(subject).reservedNanoUsd -= nanoUsd;
    },
    charge(subjects, nanoUsd) {
      for (const subject of subjects) counterOf(subject).pendingNanoUsd += nanoUsd;
    },
    spendOf(subject) {
      const counter = counters.get(subject);
      return counter ? counter.recordedNanoUsd + counter.pendingNanoUsd : 0;
    },
    foldBegins() {
      folds += 1;
      foldCount += 1;
      generation += 1;
    },
    folded(entries, totals) {
      for (const entry of entries) {
        for (const subject of subjectNamesOf(entry)) {
          const counter = counters.get(subject);
          // Entries of an earlier process were never pending here.
          if (counter) counter.pendingNanoUsd = Math.max(0, counter.pendingNanoUsd - entry.spend_nano_usd);
        }
      }
      for (const { subject, spendNanoUsd } of totals) {
        const counter = counters.get(subject);
        if (!counter) continue;
        // Of two folds that ran at once, the later one has the higher total, whichever is heard of first.
        const least = counter.learnedInFold === foldCount ? counter.recordedNanoUsd : 0;
        counter.recordedNanoUsd = Math.max(least, spendNanoUsd);
      }
    },
    foldEnds() {
      folds -= 1;
      generation += 1;
    },
    learn(totals) {
      for (const { subject, spendNanoUsd } of totals) {
        const counter = counters.get(subject);
        // Folds only add. A lower total is older than what is known; a reset is told as a change, and read again.
        if (!counter || spendNanoUsd <= counter.recordedNanoUsd) continue;
        counter.recordedNanoUsd = spendNanoUsd;
        counter.learnedInFold = foldCount;
        generation += 1;
      }
    },
    stateOf: (subject) => counters.get(subject),
    *limited() {
      for (const entry of counters) if (entry[1].maxNanoUsd !== null) yield entry;
    },
  };
}
