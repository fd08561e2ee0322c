import type { ConfiguredBudget, Settings } from '../config/settings.ts';
import type { Counters, RateLimits } from '../counters/counters.ts';
import { ApiError } from '../http/api-error.ts';
import { type BudgetCalendar, loadWindows, type WindowBudget } from '../management/budgets/index.ts';
import type { Storage } from '../storage/open-storage.ts';
import {
  type CountedWindow,
  countedWindow,
  type Limits,
  limitedOnly,
  type ScopedRate,
  specialLimits,
} from './limits.ts';

/** The limits of the config file: of all calls together, and of the calls to single providers. */
export interface ConfiguredBudgets {
  /**
   * The windows that run now. What was read a moment ago is returned at once, without a promise.
   * @throws ApiError 503 when only the database could say, and it does not answer.
   */
  current(now: number): RunningBudgets | Promise<RunningBudgets>;
}

/** Budgets of the config file with the windows that run. */
export interface RunningBudgets {
  /** What bounds all calls together; null: nothing. */
  readonly proxy: Limits | null;
  /** By the name of the provider; null: none has a budget. */
  readonly ofProvider: ReadonlyMap<string, CountedWindow> | null;
}

const readAgainAfterMs = 1_000;

/** Keeps the budgets of the configuration with what was spent of them. Their windows begin by the calendar, without a timer. */
export function createConfiguredBudgets(options: {
  storage: Storage;
  counters: Counters;
  /** Backstop for spending of other instances that is not heard of. */
  staleAfterMs: number;
  settings: Pick<Settings, 'proxyBudget' | 'providerBudgets' | 'maxParallelRequests'> & BudgetCalendar;
}): ConfiguredBudgets {
  const { storage, counters, settings } = options;
  let budgets: readonly WindowBudget[] = [];
  let rates: readonly ScopedRate[] = [];
  let known: RunningBudgets | null = null;
  let staleAt = 0;
  let loading: Promise<RunningBudgets> | null = null;
  let readFrom: Pick<Settings, 'proxyBudget' | 'providerBudgets' | 'maxParallelRequests'> | null = null;

  /** Settings can be exchanged at any time: what was read for others is forgotten then. */
  function readSettings(): void {
    const { proxyBudget, providerBudgets, maxParallelRequests } = settings;
    if (
      readFrom?.proxyBudget === proxyBudget &&
      readFrom.providerBudgets === providerBudgets &&
      readFrom.maxParallelRequests === maxParallelRequests
    ) {
      return;
    }
    readFrom = { proxyBudget, providerBudgets, maxParallelRequests };
    budgets = [
      ...(proxyBudget ? [windowBudget('proxy', '', proxyBudget)] : []),
      ...Object.entries(providerBudgets).map(([name, budget]) => windowBudget('provider', name, budget)),
    ];
    rates = limitedOnly([{ scope: 'proxy', subject: 'proxy:all', limits: parallelOnly(maxParallelRequests) }]);
    known = budgets.length === 0 ? runningOf([], rates) : null;
    staleAt = budgets.length === 0 ? Number.POSITIVE_INFINITY : 0;
    loading = null;
  }

  async function load(now: number): Promise<RunningBudgets> {
    const { generation } = counters;
    const from = readFrom;
    const windows = (await loadWindows(storage.db, budgets, now, settings)).map(countedWindow);
    // Settings that came in the meantime are read by the next request.
    if (from !== readFrom) return runningOf(windows, rates);
    let isComplete = true;
    for (const window of windows) isComplete = counters.observe(window.name, window, generation) && isComplete;
    known = runningOf(windows, rates);
    staleAt = Math.min(
      now + (isComplete ? options.staleAfterMs : readAgainAfterMs),
      ...windows.map(({ endsAt }) => endsAt),
    );
    return known;
  }

  async function loadOr(last: RunningBudgets | null, now: number): Promise<RunningBudgets> {
    try {
      return await load(now);
    } catch (cause) {
      // While the database is away, what it said last still holds.
      if (last === null) throw databaseAway(cause);
      staleAt = now + readAgainAfterMs;
      return last;
    }
  }

  return {
    current(now) {
      readSettings();
      if (known !== null && now < staleAt) return known;
      if (loading !== null) return loading;
      const mine = loadOr(known, now).finally(() => {
        if (loading === mine) loading = null;
      });
      loading = mine;
      return mine;
    },
  };
}

function windowBudget(owner: 'proxy' | 'provider', ownerId: string, { maxNanoUsd, duration }: ConfiguredBudget) {
  return { owner, ownerId, model: '', duration: duration ?? '', maxNanoUsd };
}

function parallelOnly(maxParallelRequests: number | null): RateLimits {
  return { requestsPerMinute: null, tokensPerMinute: null, maxParallelRequests };
}

function runningOf(windows: readonly CountedWindow[], rates: readonly ScopedRate[]): RunningBudgets {
  const proxy = windows.filter(({ subject }) => subject.owner === 'proxy');
  const providers = windows.filter(({ subject }) => subject.owner === 'provider');
  return {
    proxy: proxy.length + rates.length === 0 ? null : { subjects: [], rates, special: specialLimits(proxy, []) },
    ofProvider:
      providers.length === 0 ? null : new Map(providers.map((window) => [window.subject.ownerId, window] as const)),
  };
}

function databaseAway(cause: unknown): ApiError {
  const error = new ApiError(
    503,
    'The gateway cannot reach its database, so it cannot tell what was spent of its budgets. Nothing was charged; try again shortly.',
    { type: 'no_db_connection', param: null, alwaysErrorShape: true },
  );
  error.cause = cause;
  return error;
}
