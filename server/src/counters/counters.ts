import type { WindowSubject } from '../ledger/spend-subjects.ts';

/**
 * Live spend and rates of everything that limits calls, so that admission needs no database. What a subject has
 * spent is what the database said last, plus what was settled since, plus what is reserved by calls in flight.
 * In memory for one instance (`memory-counters.ts`), in Redis for several (`redis-counters.ts`).
 */
export interface Counters {
  /**
   * Lets a call in and takes everything it demands, or takes nothing and says what stands against it. Answered at
   * once, without a promise, where no other process is asked. What was let in must be given back with `end`.
   */
  admit(demand: Demand): Decision | Promise<Decision>;
  /** What `admit` would compare, for each budget and each rate of a call. Nothing is taken. */
  look(demand: Demand): Standing | Promise<Standing>;
  /** Ends a call that `admit` let in: gives back what it reserved and its places, and counts its tokens. */
  end(demand: Demand, tokens: number, now: number): void;
  /**
   * Takes over limit and spend as just read from the database.
   * @param generation `generation` from before the read; when a fold ran since, the spend that was read is stale
   * and only the limit is taken.
   * @returns false when the spend was not taken: the caller should read again soon.
   */
  observe(subject: string, budget: ObservedBudget, generation: number): boolean;
  /** Changes whenever a fold begins or ends. */
  readonly generation: number;
  /** Adds a settled cost. */
  charge(subjects: readonly string[], nanoUsd: number): void;
  /** What is settled, whether or not the database knows it. */
  spendOf(subject: string): number;
  foldBegins(): void;
  /** The entries are in the database, which now says `totals`. */
  folded(entries: readonly ChargedCall[], totals: readonly SpendTotal[]): void;
  foldEnds(): void;
  /** Takes over what another instance has folded into the database. */
  learn(totals: readonly SpendTotal[]): void;
}

/** What one call takes from budgets and rates; the same object ends it. */
export interface Demand {
  /** Whose budgets it spends from. */
  readonly subjects: readonly string[];
  /** The most that it is expected to cost. */
  readonly reserveNanoUsd: number;
  /** Whose rates it counts against. */
  readonly rates: readonly RateDemand[];
  /** Epoch milliseconds. */
  readonly now: number;
}

/** The rates of one subject. */
export interface RateDemand {
  readonly subject: string;
  readonly limits: RateLimits;
}

/** Requests and tokens per minute, and calls in flight; null: not limited. */
export interface RateLimits {
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
  readonly maxParallelRequests: number | null;
}

/** What becomes of a call. */
export type Decision = LetIn | Refusal;

/** A call that is let in. */
export interface LetIn {
  readonly reason: null;
  /** How its rates stand, this call counted: those that limit something, in the order of its demand. */
  readonly rates: readonly RateStanding[];
}

/** Why a call is not let in. */
export type Refusal =
  | { readonly reason: 'budget'; readonly exhausted: Exhausted }
  | { readonly reason: 'rate'; readonly exceeded: RateExceeded };

/** A budget that allows no further call. */
export interface Exhausted {
  readonly subject: string;
  readonly spentNanoUsd: number;
  readonly reservedNanoUsd: number;
  readonly maxNanoUsd: number;
}

/** A rate that is reached. */
export interface RateExceeded {
  readonly subject: string;
  readonly limitType: 'requests' | 'tokens' | 'max_parallel_requests';
  readonly limit: number;
  readonly resetsAt: number;
}

/** How things stand for a call, in the order of its demand. */
export interface Standing {
  readonly budgets: readonly BudgetStanding[];
  readonly rates: readonly RateStanding[];
}

/** What counts against a budget. */
export interface BudgetStanding {
  readonly subject: string;
  readonly spentNanoUsd: number;
  /** What calls in flight may cost. */
  readonly reservedNanoUsd: number;
  /** Null: not limited. */
  readonly maxNanoUsd: number | null;
}

/** What counts against the rates of a subject. */
export interface RateStanding extends RateDemand {
  /** Of the last sixty seconds; not whole, since of the window before a part still counts. */
  readonly requests: number;
  readonly tokens: number;
  readonly inFlight: number;
  /** Epoch milliseconds. */
  readonly resetsAt: number;
}

/** A budget as the database has it. */
export interface ObservedBudget {
  readonly maxBudgetNanoUsd: number | null;
  readonly spendNanoUsd: number;
  /** Epoch milliseconds after which nothing asks for the subject any more; absent where it stays. */
  readonly endsAt?: number;
}

/** What a settled call cost, and whom. */
export interface ChargedCall {
  readonly key_hash: string;
  readonly user_id: string;
  readonly team_id: string;
  readonly organization_id: string;
  readonly end_user: string;
  readonly windows?: readonly WindowSubject[] | undefined;
  readonly spend_nano_usd: number;
}

/** What a subject has spent, as the database has it after a fold. */
export interface SpendTotal {
  readonly subject: string;
  readonly spendNanoUsd: number;
}

/** Says whose budgets a call spends from. */
export type SubjectNamesOf = (call: Omit<ChargedCall, 'spend_nano_usd'>) => readonly string[];
