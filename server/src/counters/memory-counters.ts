import { type BudgetState, createMemoryBudgetCounters } from './budget-counters.ts';
import type { Counters, Decision, Demand, LetIn, Standing, SubjectNamesOf } from './counters.ts';
import { createMemoryRateCounters, isLimited } from './rate-counters.ts';

/** Counters of one instance: every call is answered at once. */
export interface MemoryCounters extends Counters {
  admit(demand: Demand): Decision;
  look(demand: Demand): Standing;
  /** Takes everything that a call demands, whatever stands against it. */
  take(demand: Demand): LetIn;
  /** What is known of a subject's budget; undefined: nothing. */
  budgetOf(subject: string): BudgetState | undefined;
  /** Everything that has a budget. */
  budgets(): Iterable<readonly [subject: string, BudgetState]>;
  /** How many calls of each subject with a limit of rate are in flight. */
  inFlight(): Iterable<readonly [subject: string, calls: number]>;
}

/** Most calls have no rates: all of them share one decision. */
const letInWithoutRates: LetIn = { reason: null, rates: [] };

/** Creates counters of one instance. @param subjectNamesOf whose budgets a call spends from. */
export function createMemoryCounters(subjectNamesOf: SubjectNamesOf): MemoryCounters {
  const budgets = createMemoryBudgetCounters(subjectNamesOf);
  const rates = createMemoryRateCounters();
  function take(demand: Demand): LetIn {
    budgets.reserve(demand.subjects, demand.reserveNanoUsd);
    const standings = rates.take(demand.rates, demand.now);
    return standings.length === 0 ? letInWithoutRates : { reason: null, rates: standings };
  }

  return {
    admit(demand) {
      const exhausted = budgets.findExhausted(demand.subjects);
      if (exhausted) return { reason: 'budget', exhausted };
      const exceeded = rates.findExceeded(demand.rates, demand.now);
      if (exceeded) return { reason: 'rate', exceeded };
      return take(demand);
    },
    look: (demand) => ({
      budgets: demand.subjects.map(budgets.standingOf),
      rates: demand.rates.filter(isLimited).map((rate) => rates.standingOf(rate, demand.now)),
    }),
    end(demand, tokens, now) {
      budgets.release(demand.subjects, demand.reserveNanoUsd);
      rates.finish(demand.rates, tokens, now);
    },
    observe: budgets.observe,
    get generation() {
      return budgets.generation;
    },
    charge: budgets.charge,
    spendOf: budgets.spendOf,
    foldBegins: budgets.foldBegins,
    folded: budgets.folded,
    foldEnds: budgets.foldEnds,
    learn: budgets.learn,
    take,
    budgetOf: budgets.stateOf,
    budgets: budgets.limited,
    inFlight: rates.inFlight,
  };
}
