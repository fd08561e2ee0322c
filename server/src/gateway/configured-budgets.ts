import type { ConfiguredBudget, Settings } from '../config/settings.ts';
import type { Counters, RateLimits } from '../counters/counters.ts';
import { ApiError } from '../http/api-error.ts';
import type { WindowOwner } from '../ledger/spend-subjects.ts';
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
import type { Deployment, ModelCatalog } from './model-catalog.ts';

/** What bounds calls whoever makes them: all calls together, and those of single providers and deployments. */
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
  /** By the id of the deployment; null: none has a budget. */
  readonly ofDeployment: ReadonlyMap<string, CountedWindow> | null;
}

/** Where budgets come from. */
type Sources = Pick<Settings, 'proxyBudget' | 'providerBudgets' | 'maxParallelRequests'> & {
  readonly models: readonly Deployment[];
};

const readAgainAfterMs = 1_000;

/** Keeps the budgets of configuration and models with what was spent of them. Their windows begin by the calendar, without a timer. */
export function createConfiguredBudgets(options: {
  storage: Storage;
  counters: Counters;
  catalog: Pick<ModelCatalog, 'all'>;
  /** Backstop for spending of other instances that is not heard of. */
  staleAfterMs: number;
  settings: Pick<Settings, 'proxyBudget' | 'providerBudgets' | 'maxParallelRequests'> & BudgetCalendar;
}): ConfiguredBudgets {
  const { storage, counters, catalog, settings } = options;
  let budgets: readonly WindowBudget[] = [];
  let rates: readonly ScopedRate[] = [];
  let known: RunningBudgets | null = null;
  let staleAt = 0;
  let loading: Promise<RunningBudgets> | null = null;
  let readFrom: Sources | null = null;

  /** Settings and models can be exchanged at any time: what was read for others counts no more then. */
  function readSources(): void {
    const { proxyBudget, providerBudgets, maxParallelRequests } = settings;
    const models = catalog.all;
    const isOfSettings =
      readFrom?.proxyBudget === proxyBudget &&
      readFrom.providerBudgets === providerBudgets &&
      readFrom.maxParallelRequests === maxParallelRequests;
    if (isOfSettings && readFrom?.models === models) return;
    readFrom = { proxyBudget, providerBudgets, maxParallelRequests, models };
    budgets = [
      ...(proxyBudget ? [windowBudget('proxy', '', proxyBudget)] : []),
      ...Object.entries(providerBudgets).map(([name, budget]) => windowBudget('provider', name, budget)),
      ...models.flatMap(({ id, budget }) => (budget === null ? [] : [windowBudget('deployment', id, budget)])),
    ];
    rates = limitedOnly([{ scope: 'proxy', subject: 'proxy:all', limits: parallelOnly(maxParallelRequests) }]);
    if (budgets.length === 0) known = runningOf([], rates);
    else if (!isOfSettings) known = null;
    staleAt = budgets.length === 0 ? Number.POSITIVE_INFINITY : 0;
    loading = null;
  }

  async function load(now: number): Promise<RunningBudgets> {
    const { generation } = counters;
    const from = readFrom;
    const windows = (await loadWindows(storage.db, budgets, now, settings)).map(countedWindow);
    // What came in the meantime is read by the next request.
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
      readSources();
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

function windowBudget(owner: WindowOwner, ownerId: string, { maxNanoUsd, duration }: ConfiguredBudget): WindowBudget {
  return { owner, ownerId, model: '', duration: duration ?? '', maxNanoUsd };
}

function parallelOnly(maxParallelRequests: number | null): RateLimits {
  return { requestsPerMinute: null, tokensPerMinute: null, maxParallelRequests };
}

function runningOf(windows: readonly CountedWindow[], rates: readonly ScopedRate[]): RunningBudgets {
  const proxy = windows.filter(({ subject }) => subject.owner === 'proxy');
  return {
    proxy: proxy.length + rates.length === 0 ? null : { subjects: [], rates, special: specialLimits(proxy, []) },
    ofProvider: windowsOf('provider', windows),
    ofDeployment: windowsOf('deployment', windows),
  };
}

function windowsOf(owner: WindowOwner, windows: readonly CountedWindow[]): ReadonlyMap<string, CountedWindow> | null {
  const own = windows.filter(({ subject }) => subject.owner === owner);
  return own.length === 0 ? null : new Map(own.map((window) => [window.subject.ownerId, window] as const));
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
