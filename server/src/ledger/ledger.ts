import type { Counters, SpendTotal } from '../counters/counters.ts';
import { isRefusedContent, type Storage } from '../storage/open-storage.ts';
import { type ChargeSpend, foldEntries, type TellSpend } from './fold-entries.ts';
import type { Journal, JournalEntry } from './journal.ts';
import { subjectNamesOf } from './spend-subjects.ts';

/** The books: what was settled, and when it reaches the database. */
export interface Ledger {
  /** Settles one answer: counted against its budgets at once, safe in the journal when this resolves; not counted when it rejects. */
  settle(entry: JournalEntry): Promise<void>;
  /** Folds everything that is in the journal into the database. */
  flush(): Promise<void>;
  /** Stops the timer and folds what is left. */
  close(): Promise<void>;
}

const foldEveryMs = 250;
/** Few enough for SQLite to be done in some fifteen milliseconds, enough to share what a transaction and its file cost. */
const entriesPerTransaction = 1_000;
/** While the database is away it is asked this often. */
const retryAfterMs = 1_000;

/** Starts keeping the books. Entries of an earlier process are folded first. */
export function openLedger(options: {
  storage: Storage;
  journal: Journal;
  counters: Counters;
  chargeSpend: ChargeSpend;
  tellSpend?: TellSpend;
  /** Told of what was charged, once it is committed. Must not throw. */
  onFolded?: (totals: readonly SpendTotal[]) => void;
  onFoldFailure: (error: unknown) => void;
}): Ledger {
  const { storage, journal, counters } = options;
  let folding: Promise<void> | null = null;
  let dirty = true;
  let retryAt = 0;
  /** Settled since the last fold began. */
  let unfolded = 0;
  /** Entries of a segment whose fold failed halfway: the second time they are no longer pending. */
  const counted = new Set<string>();

  async function fold(entries: readonly JournalEntry[]): Promise<void> {
    for (let start = 0; start < entries.length; start += entriesPerTransaction) {
      await foldPart(entries.slice(start, start + entriesPerTransaction));
      // SQLite works on this thread: let requests pass between the transactions.
      await new Promise((resolve) => setImmediate(resolve));
    }
    counted.clear();
  }

  /** One transaction; where the database refuses what an answer says, that answer alone is set aside. */
  async function foldPart(part: readonly JournalEntry[]): Promise<void> {
    counters.foldBegins();
    try {
      const totals = await foldEntries(storage, part, options.chargeSpend, options.tellSpend);
      counters.folded(
        part.filter((entry) => !counted.has(entry.request_id)),
        totals,
      );
      options.onFolded?.(totals);
      for (const entry of part) counted.add(entry.request_id);
      return;
    } catch (error) {
      if (!isRefusedContent(error)) throw error;
      const [entry] = part;
      if (part.length === 1 && entry) {
        journal.setAside(entry, error);
        options.onFoldFailure(error);
        return;
      }
    } finally {
      counters.foldEnds();
    }
    const half = Math.ceil(part.length / 2);
    await foldPart(part.slice(0, half));
    await foldPart(part.slice(half));
  }

  async function run(): Promise<void> {
    dirty = false;
    unfolded = 0;
    try {
      await journal.drain(fold);
    } catch (error) {
      dirty = true;
      retryAt = Date.now() + retryAfterMs;
      options.onFoldFailure(error);
      throw error;
    }
  }

  /** One fold at a time; whoever comes while one runs waits for it and then starts the next. */
  async function flush(): Promise<void> {
    while (folding) await folding.catch(() => undefined);
    folding = run().finally(() => {
      folding = null;
      if (unfolded >= entriesPerTransaction) setImmediate(foldIfDue);
    });
    await folding;
  }

  function foldIfDue(): void {
    if (dirty && !folding && Date.now() >= retryAt) flush().catch(() => undefined);
  }

  const timer = setInterval(foldIfDue, foldEveryMs);

  return {
    async settle(entry) {
      dirty = true;
      const subjects = subjectNamesOf(entry);
      counters.charge(subjects, entry.spend_nano_usd);
      try {
        await journal.append(entry);
        unfolded += 1;
        // Under load not only by the clock: a little at a time, while the entries are still young in memory.
        if (unfolded === entriesPerTransaction) setImmediate(foldIfDue);
      } catch (error) {
        counters.charge(subjects, -entry.spend_nano_usd);
        throw error;
      }
    },
    flush,
    async close() {
      clearInterval(timer);
      await flush().catch(() => undefined);
      journal.close();
    },
  };
}
