import type { IncomingMessage } from 'node:http';
import { LRUCache } from 'lru-cache';
import type { Changes } from '../audit/change.ts';
import type { Settings } from '../config/settings.ts';
import type { Counters } from '../counters/counters.ts';
import { ApiError } from '../http/api-error.ts';
import { subjectName } from '../ledger/spend-subjects.ts';
import { type BudgetCalendar, loadWindows, type WindowRecord } from '../management/budgets/index.ts';
import { type CustomerRecord, loadCustomer } from '../management/customers/index.ts';
import type { Storage } from '../storage/open-storage.ts';
import type { Caller } from './caller.ts';
import { type Limits, limitedOnly, modelRatesUnder, specialLimits } from './limits.ts';
import type { ModelRequestBody } from './parse-request.ts';
import { storable } from './storable.ts';

/** Somebody on whose behalf calls are made, with everything that bounds them, whoever makes them. */
export interface Customer extends Limits {
  readonly record: CustomerRecord;
}

/** Tells on whose behalf a call is made. */
export interface CustomerIdentifier {
  /**
   * A customer who was met a moment ago is returned at once, without a promise.
   * @returns null without a name, and for somebody of whom nothing is known.
   */
  identify(customerId: string, now: number): Customer | null | Promise<Customer | null>;
}

interface CachedCustomer {
  readonly customer: Customer | null;
  /** When it is to be read again, whatever happens. */
  readonly staleAt: number;
  /** How often changes of other instances may have been missed before it was read. */
  readonly missed: number;
  /** What bound those without a budget of their own when it was read. */
  readonly defaults: Settings['customerDefaults'];
}

const customersInMemory = 50_000;

/** Creates the identifier with its cache. Who is unknown is remembered too. */
export function createCustomerIdentifier(options: {
  storage: Storage;
  changes: Changes;
  counters: Counters;
  resetDueBudgets: () => Promise<void>;
  /** Backstop for changes of other instances that are not heard of. */
  staleAfterMs: number;
  settings: Pick<Settings, 'customerDefaults'> & BudgetCalendar;
}): CustomerIdentifier {
  const { counters } = options;
  const { db } = options.storage;
  const { settings } = options;
  const known = new LRUCache<string, CachedCustomer>({ max: customersInMemory });
  let changed = 0;
  let missed = 0;
  options.changes.onChange((object) => {
    if (object.type !== 'customer' && object.type !== 'budget') return;
    changed += 1;
    if (object.type === 'customer') known.delete(object.id);
    else known.clear();
  });
  options.changes.onMissed(() => {
    changed += 1;
    missed += 1;
  });

  async function load(customerId: string, now: number): Promise<Customer | null> {
    const customer = await read(customerId, now);
    const resetAt = customer?.record.budget.budgetResetAt ?? null;
    if (resetAt === null || resetAt > now) return customer;
    await options.resetDueBudgets();
    return read(customerId, now);
  }

  async function read(customerId: string, now: number): Promise<Customer | null> {
    const { generation } = counters;
    const before = changed;
    const { customerDefaults: defaults } = settings;
    const record = await loadCustomer(db, customerId, defaults);
    const windows = record ? await loadWindows(db, record.windowBudgets, now, settings) : [];
    const customer = record && customerOf(record, windows);
    const isComplete = customer === null || observe(customer, counters, generation);
    // What changed while it was read, or may be stale, is read again by the next request.
    if (isComplete && before === changed) {
      known.set(customerId, { customer, staleAt: staleAtOf(customer, now + options.staleAfterMs), missed, defaults });
    }
    return customer;
  }

  return {
    identify(customerId, now) {
      if (customerId === '') return null;
      const cached = known.get(customerId);
      const isFresh = cached?.missed === missed && cached.defaults === settings.customerDefaults;
      if (cached && isFresh && now < cached.staleAt) return cached.customer;
      return load(customerId, now).catch((cause: unknown) => {
        // With the database away, who is known stays as known.
        if (cached) return cached.customer;
        throw databaseAway(cause);
      });
    },
  };
}

function customerOf(record: CustomerRecord, windows: readonly WindowRecord[]): Customer {
  const { customerId } = record;
  return {
    record,
    subjects: [subjectName({ kind: 'customer', customerId })],
    rates: limitedOnly([{ scope: 'customer', subject: `end_user:${customerId}`, limits: record.rates }]),
    special: specialLimits(windows, modelRatesUnder('customer', `model_per_end_user:${customerId}`, record.modelRates)),
  };
}

/** Tells the counters what the database said. @returns false when some of it is stale already. */
function observe({ record, subjects, special }: Customer, counters: Counters, generation: number): boolean {
  let isComplete = true;
  for (const subject of subjects) isComplete = counters.observe(subject, record.budget, generation) && isComplete;
  for (const window of special?.windows ?? []) {
    isComplete = counters.observe(window.name, window, generation) && isComplete;
  }
  return isComplete;
}

/** A window that ends, and a budget that is reset, are read again at that instant. */
function staleAtOf(customer: Customer | null, latest: number): number {
  const resetAt = customer?.record.budget.budgetResetAt ?? latest;
  return Math.min(latest, resetAt, ...(customer?.special?.windows ?? []).map(({ endsAt }) => endsAt));
}

function databaseAway(cause: unknown): ApiError {
  const error = new ApiError(
    503,
    'The gateway cannot reach its database, so it cannot check the customer in `user`. Nothing was charged; try again shortly.',
    { type: 'no_db_connection', param: null, alwaysErrorShape: true },
  );
  error.cause = cause;
  return error;
}

/**
 * The customer behind the caller: whom the caller's token names, else the body's `user`, or a header. Source:
 * contract 9.4.
 */
export function endUserOf(body: ModelRequestBody, { headers }: IncomingMessage, caller: Caller): string {
  const ofToken = caller.kind === 'key' ? caller.key.endUserId : null;
  const user = ofToken ?? body.field('user');
  const named =
    typeof user === 'string' ? user : (headers['x-litellm-customer-id'] ?? headers['x-litellm-end-user-id'] ?? '');
  // The books know the customer by the same id.
  return storable(String(named).slice(0, 200));
}
