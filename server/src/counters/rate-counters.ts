/** Requests and tokens per minute, and calls in flight, of one key. */
export interface RateLimits {
  readonly requestsPerMinute: number | null;
  readonly tokensPerMinute: number | null;
  readonly maxParallelRequests: number | null;
}

/** A limit that is reached. */
export interface RateExceeded {
  readonly limitType: 'requests' | 'tokens' | 'max_parallel_requests';
  readonly limit: number;
  readonly resetsAt: number;
}

/** Counts what is limited by time rather than by money. */
export interface RateCounters {
  /** Takes one request from the limits, or says which is reached. A taken request must be given back with `finish`. */
  take(subject: string, limits: RateLimits, now: number): RateExceeded | null;
  /** Ends a request that `take` let in, and counts its tokens. */
  finish(subject: string, tokens: number, now: number): void;
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

  return {
    take(subject, limits, now) {
      if (limits.requestsPerMinute === null && limits.tokensPerMinute === null && limits.maxParallelRequests === null)
        return null;
      const window = windowOf(subject, now);
      const weight = 1 - (now - window.startedAt) / windowMs;
      const resetsAt = window.startedAt + windowMs;
      const { requestsPerMinute, tokensPerMinute, maxParallelRequests } = limits;
      if (maxParallelRequests !== null && window.inFlight >= maxParallelRequests) {
        return { limitType: 'max_parallel_requests', limit: maxParallelRequests, resetsAt: now + 1_000 };
      }
      if (requestsPerMinute !== null && window.requests + window.previousRequests * weight >= requestsPerMinute) {
        return { limitType: 'requests', limit: requestsPerMinute, resetsAt };
      }
      if (tokensPerMinute !== null && window.tokens + window.previousTokens * weight >= tokensPerMinute) {
        return { limitType: 'tokens', limit: tokensPerMinute, resetsAt };
      }
      window.requests += 1;
      window.inFlight += 1;
      return null;
    },
    finish(subject, tokens, now) {
      if (!windows.has(subject)) return;
      const window = windowOf(subject, now);
      window.inFlight = Math.max(0, window.inFlight - 1);
      window.tokens += tokens;
    },
  };
}
