import type { RateDemand, RateExceeded, RateStanding } from './counters.ts';

/** The part of `Counters` that counts what is limited by time rather than by money, in memory. */
export interface RateCounters {
  /** The first limit that is reached, or null. */
  findExceeded(demands: readonly RateDemand[], now: number): RateExceeded | null;
  /** What `findExceeded` compares. */
  standingOf(demand: RateDemand, now: number): RateStanding;
  /**
   * Takes one request of each. What was taken must be given back with `finish`.
   * @returns how those that limit something stand then; always the same empty list when none does.
   */
  take(demands: readonly RateDemand[], now: number): readonly RateStanding[];
  /** Ends a request that was taken, and counts its tokens. */
  finish(demands: readonly RateDemand[], tokens: number, now: number): void;
  /** How many calls of each subject are in flight; those with none are left out. */
  inFlight(): Iterable<readonly [subject: string, calls: number]>;
}

interface Window {
  startedAt: number;
  requests: number;
  tokens: number;
  previousRequests: number;
  previousTokens: number;
  inFlight: number;
}

const windowMs = 60_000;
const noStandings: readonly RateStanding[] = [];
const subjectsInMemory = 100_000;

/**
 * Sliding windows of one minute: the count of the window before weighs as much as of it is still within the
 * last sixty seconds, so that no burst of twice the limit passes at a boundary.
 */
export function createMemoryRateCounters(): RateCounters {
  const windows = new Map<string, Window>();

  function windowOf(subject: string, now: number): Window {
    let window = windows.get(subject);
    if (!window) {
      if (windows.size >= subjectsInMemory) forgetIdle(now);
      window = {
        startedAt: now - (now % windowMs),
        requests: 0,
        tokens: 0,
        previousRequests: 0,
        previousTokens: 0,
        inFlight: 0,
      };
      windows.set(subject, window);
    }
    const elapsed = Math.floor((now - window.startedAt) / windowMs);
    if (elapsed > 0) {
      window.previousRequests = elapsed === 1 ? window.requests : 0;
      window.previousTokens = elapsed === 1 ? window.tokens : 0;
      window.requests = 0;
      window.tokens = 0;
      window.startedAt += elapsed * windowMs;
    }
    return window;
  }

  function forgetIdle(now: number): void {
    for (const [subject, window] of windows) {
      if (window.inFlight === 0 && now - window.startedAt > 2 * windowMs) windows.delete(subject);
    }
  }

  function standingOf({ subject, limits }: RateDemand, now: number): RateStanding {
    const window = windowOf(subject, now);
    const weight = 1 - (now - window.startedAt) / windowMs;
    return {
      subject,
      limits,
      requests: window.requests + window.previousRequests * weight,
      tokens: window.tokens + window.previousTokens * weight,
      inFlight: window.inFlight,
      resetsAt: window.startedAt + windowMs,
    };
  }

  return {
    findExceeded(demands, now) {
      for (const demand of demands) {
        const exceeded = isLimited(demand) ? exceededIn(standingOf(demand, now), now) : null;
        if (exceeded) return exceeded;
      }
      return null;
    },
    standingOf,
    take(demands, now) {
      if (demands.length === 0) return noStandings;
      const limited = demands.filter(isLimited);
      for (const { subject } of limited) {
        const window = windowOf(subject, now);
        window.requests += 1;
        window.inFlight += 1;
      }
      return limited.map((demand) => standingOf(demand, now));
    },
    finish(demands, tokens, now) {
      for (const demand of demands) {
        if (!isLimited(demand)) continue;
        const window = windowOf(demand.subject, now);
        window.inFlight = Math.max(0, window.inFlight - 1);
        window.tokens += tokens;
      }
    },
    *inFlight() {
      for (const [subject, window] of windows) if (window.inFlight > 0) yield [subject, window.inFlight];
    },
  };
}

/** Says which limit of a subject is reached; null while none is. */
export function exceededIn(standing: RateStanding, now: number): RateExceeded | null {
  const { subject, limits, requests, tokens, inFlight, resetsAt } = standing;
  const { requestsPerMinute, tokensPerMinute, maxParallelRequests } = limits;
  if (maxParallelRequests !== null && inFlight >= maxParallelRequests) {
    // A place is free when a call ends, not at the end of a minute: then it is worth asking again.
    return { subject, limitType: 'max_parallel_requests', limit: maxParallelRequests, resetsAt: now + 1_000 };
  }
  if (requestsPerMinute !== null && requests >= requestsPerMinute) {
    return { subject, limitType: 'requests', limit: requestsPerMinute, resetsAt };
  }
  if (tokensPerMinute !== null && tokens >= tokensPerMinute) {
    return { subject, limitType: 'tokens', limit: tokensPerMinute, resetsAt };
  }
  return null;
}

/** What has no limit is not counted. */
export function isLimited({ limits }: RateDemand): boolean {
  return limits.requestsPerMinute !== null || limits.tokensPerMinute !== null || limits.maxParallelRequests !== null;
}
