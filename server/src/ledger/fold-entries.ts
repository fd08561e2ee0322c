import type { Transaction } from 'kysely';
import type { SpendTotal } from '../counters/counters.ts';
import { againAfterDeadlock } from '../storage/again-after-deadlock.ts';
import type { Database } from '../storage/database.ts';
import type { Storage } from '../storage/open-storage.ts';
import { addRollups, addSparseRollups, quarterHourOf, rollupOf } from './add-rollups.ts';
import { reopenQuarters } from './close-quarters.ts';
import type { JournalEntry } from './journal.ts';
import type { RequestLogTable } from './ledger.table.ts';
import { lockBooks } from './lock-books.ts';
import { type SpendSubject, subjectNamesOf, subjectsOf } from './spend-subjects.ts';

/**
 * Adds to the spend of a subject and returns the new total; null when the subject no longer exists.
 * The features that own the tables provide it.
 */
export type ChargeSpend = (
  tx: Transaction<Database>,
  subject: SpendSubject,
  nanoUsd: number,
  usedAt: number,
) => Promise<number | null>;

/** Tells other instances of new totals; called within the transaction, and what it returns after the commit. */
export type TellSpend = (tx: Transaction<Database>, totals: readonly SpendTotal[]) => Promise<() => void>;

/**
 * Writes answers into the books in one transaction: request log, rollups, spend of everything that was charged.
 * Idempotent by request id: an entry that is already in the log changes nothing.
 * @returns the new totals of every subject that was charged.
 */
export async function foldEntries(
  storage: Storage,
  entries: readonly JournalEntry[],
  chargeSpend: ChargeSpend,
  tellSpend: TellSpend = async () => () => undefined,
): Promise<SpendTotal[]> {
  if (entries.length === 0) return [];
  const folded = await againAfterDeadlock(() =>
    storage.db.transaction().execute(async (tx) => {
      await lockBooks(tx, 'shared');
      const isNew = await storage.insertNewRows(tx, 'request_logs', 'request_id', rowsOf(entries));
      const fresh = entries.filter((entry) => isNew.delete(entry.request_id));
      if (fresh.length === 0) return null;
      await addRollups(tx, fresh.map(rollupOf));
      await addSparseRollups(tx, fresh);
      const totals = await addToSpend(tx, fresh, chargeSpend);
      await reopenQuarters(tx, fresh.map(quarterHourOf));
      return { totals, tellCommitted: await tellSpend(tx, totals) };
    }),
  );
  folded?.tellCommitted();
  return folded?.totals ?? [];
}

/** The entries as the log keeps them; most have nothing else. */
function rowsOf(entries: readonly JournalEntry[]): readonly RequestLogTable[] {
  if (entries.every((entry) => entry.windows === undefined)) return entries;
  return entries.map(({ windows: _windows, ...row }) => row);
}

async function addToSpend(
  tx: Transaction<Database>,
  entries: readonly JournalEntry[],
  chargeSpend: ChargeSpend,
): Promise<SpendTotal[]> {
  const charges = new Map<string, { subject: SpendSubject; nanoUsd: number; usedAt: number }>();
  for (const entry of entries) {
    const names = subjectNamesOf(entry);
    for (const [index, subject] of subjectsOf(entry).entries()) {
      const name = names[index] ?? '';
      const charge = charges.get(name);
      if (!charge) charges.set(name, { subject, nanoUsd: entry.spend_nano_usd, usedAt: entry.started_at });
      else {
        charge.nanoUsd += entry.spend_nano_usd;
        charge.usedAt = Math.max(charge.usedAt, entry.started_at);
      }
    }
  }
  const totals: SpendTotal[] = [];
  for (const [name, { subject, nanoUsd, usedAt }] of [...charges].sort(byName)) {
    const spendNanoUsd = await chargeSpend(tx, subject, nanoUsd, usedAt);
    if (spendNanoUsd !== null) totals.push({ subject: name, spendNanoUsd });
  }
  return totals;
}

/** One order for all instances, so that two of them folding at once cannot wait for each other. */
function byName([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1;
}
