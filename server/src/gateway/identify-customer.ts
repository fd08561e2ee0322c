import type { IncomingMessage } from 'node:http';
import { LRUCache } from 'lru-cache';
import type { Changes } from '../audit/change.ts';
import type { Counters } from '../counters/counters.ts';
import { ApiError } from '../http/api-error.ts';
import { subjectName } from '../ledger/spend-subjects.ts';
import { type CustomerRecord, loadCustomer } from '../management/customers/index.ts';
import type { Storage } from '../storage/open-storage.ts';
import type { ModelRequestBody } from './parse-request.ts';

/** Tells on whose behalf a call is made. */
export interface CustomerIdentifier {
  /**
   * A customer who was met a moment ago is returned at once, without a promise.
   * @returns null without a name, and for somebody of whom nothing is known.
   */
  identify(customerId: string, now: number): CustomerRecord | null | Promise<CustomerRecord | null>;
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
}): CustomerIdentifier {
  const { counters } = options;
  const known = new LRUCache<string, { record: CustomerRecord | null; readAt: number; missed: number }>({
    max: customersInMemory,
  });
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

  async function load(customerId: string, now: number): Promise<CustomerRecord | null> {
    let record = await read(customerId, now);
    const resetAt = record?.budget.budgetResetAt ?? null;
    if (resetAt !== null && resetAt <= now) {
      await options.resetDueBudgets();
      record = await read(customerId, now);
    }
    return record;
  }

  async function read(customerId: string, now: number): Promise<CustomerRecord | null> {
    const { generation } = counters;
    const before = changed;
    const record = await loadCustomer(options.storage.db, customerId);
    const isComplete =
      record === null || counters.observe(subjectName({ kind: 'customer', customerId }), record.budget, generation);
    // What changed while it was read, or may be stale, is read again by the next request.
    if (isComplete && before === changed) known.set(customerId, { record, readAt: now, missed });
    return record;
  }

  return {
    identify(customerId, now) {
      if (customerId === '') return null;
      const cached = known.get(customerId);
      const resetAt = cached?.record?.budget.budgetResetAt ?? null;
      const isFresh =
        cached &&
        cached.missed === missed &&
        now - cached.readAt < options.staleAfterMs &&
        (resetAt === null || resetAt > now);
      if (isFresh) return cached.record;
      return load(customerId, now).catch((cause: unknown) => {
        // With the database away, who is known stays as known.
        if (cached) return cached.record;
        throw databaseAway(cause);
      });
    },
  };
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

/** The customer behind the caller: the body's `user`, or a header. Source: contract 9.4. */
export function endUserOf(body: ModelRequestBody, { headers }: IncomingMessage): string {
  const user = body.field('user');
  const named =
    typeof user === 'string' ? user : (headers['x-litellm-customer-id'] ?? headers['x-litellm-end-user-id'] ?? '');
  // No engine has to store U+0000, and the books know the customer by the same id.
  return String(named).slice(0, 200).replaceAll('\0', '\ufffd');
}
