import type { Storage } from '../storage/open-storage.ts';

/** A storage whose database can be taken away and given back. */
export interface BreakableStorage extends Storage {
  /** From now on every use of the database fails, until `mend`. */
  break(): void;
  mend(): void;
}

/** Wraps an open storage, so that a test can take its database away. */
export function breakable(storage: Storage): BreakableStorage {
  let isBroken = false;
  return {
    ...storage,
    get db() {
      if (isBroken) throw new Error('connect ECONNREFUSED: the test took the database away');
      return storage.db;
    },
    break() {
      isBroken = true;
    },
    mend() {
      isBroken = false;
    },
  };
}
