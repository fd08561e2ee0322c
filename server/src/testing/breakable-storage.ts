import type { Kysely } from 'kysely';
import type { Database } from '../storage/database.ts';
import type { Storage } from '../storage/open-storage.ts';

/** A storage whose database can be taken away, given back, and made to answer late. */
export interface BreakableStorage extends Storage {
  /** From now on every use of the database fails, until `mend`. */
  break(): void;
  mend(): void;
  /** The next query is answered by the database at once, but its answer comes only when the returned function is called. */
  holdNextAnswer(): () => void;
}

/** Wraps an open storage, so that a test can take its database away. */
export function breakable(storage: Storage): BreakableStorage {
  let isBroken = false;
  let held: Promise<void> | null = null;
  return {
    ...storage,
    get db() {
      if (isBroken) throw new Error('connect ECONNREFUSED: the test took the database away');
      if (held === null) return storage.db;
      const late = answeringLate(storage.db, held);
      held = null;
      return late;
    },
    break() {
      isBroken = true;
    },
    mend() {
      isBroken = false;
    },
    holdNextAnswer() {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return resolve;
    },
  };
}

function answeringLate(db: Kysely<Database>, until: Promise<void>): Kysely<Database> {
  return db.withPlugin({
    transformQuery: ({ node }) => node,
    async transformResult({ result }) {
      await until;
      return result;
    },
  });
}

/** A storage in which something can be made to happen between two queries. */
export interface InterruptedStorage {
  readonly storage: Storage;
  /** Runs the action when the next query that fits has been answered, before whoever asked learns of it. */
  run(action: () => Promise<unknown>): void;
}

/**
 * Wraps an open storage, so that a test can do something between what a write reads and what it then writes.
 * @param fits the text of the query after which to do it.
 */
export function betweenQueries(storage: Storage, fits: RegExp): InterruptedStorage {
  let next: (() => Promise<unknown>) | null = null;
  const fitting = new Set<string>();
  const db = storage.db.withPlugin({
    transformQuery({ node, queryId }) {
      if (fits.test(storage.db.getExecutor().compileQuery(node, queryId).sql)) fitting.add(queryId.queryId);
      return node;
    },
    async transformResult({ result, queryId }) {
      const action = fitting.has(queryId.queryId) ? next : null;
      if (action !== null) {
        next = null;
        await action();
      }
      return result;
    },
  });
  return {
    storage: { ...storage, db },
    run(action) {
      next = action;
    },
  };
}
