import { sql } from 'kysely';
import { againAfterDeadlock } from '../../storage/again-after-deadlock.ts';
import type { Parts } from '../parts.ts';
import '../sessions/sessions.table.ts';

/** How often a subject may fail within a window. */
export interface FailureLimit {
  /** A hash that says nothing about whom it stands for. */
  readonly subject: string;
  readonly most: number;
}

/** A limit that is reached, and the instant at which its window is over. */
export interface ReachedLimit extends FailureLimit {
  readonly windowEndsAt: number;
}

/** Counts of failures that all instances share. */
export interface FailureCounts {
  /** The limits that are reached. Writes nothing, so that what is refused leaves nothing behind. */
  reached(limits: readonly FailureLimit[], nowMs: number): Promise<ReachedLimit[]>;
  /** Counts one more under each limit. @returns null; or, counting nothing, when the window of the limit that is reached is over. */
  add(limits: readonly FailureLimit[], nowMs: number): Promise<number | null>;
  /** Counts one less: nothing was checked, or it was right. */
  giveBack(limits: readonly FailureLimit[]): Promise<void>;
  /** Counts from the beginning. */
  forget(limit: FailureLimit): Promise<void>;
}

/** Rows that are kept: addresses and names are made up by whoever guesses, so there may be any number of them. */
const usualMostRows = 100_000;
/** Rows are counted after this many were added here; so many more there may be, for each instance. */
const usualCountEvery = 3_000;

/**
 * Keeps counts in `sign_in_failures`. These are not written through `changes`: a failed guess changes nothing that
 * anybody could look up. Beyond `mostRows`, the subjects that have failed the least are forgotten: whoever makes up
 * a million addresses pushes out those, and no count that is near its limit.
 */
export function createFailureCounts({
  storage: { db },
  windowMs,
  mostRows = usualMostRows,
  countEvery = Math.min(usualCountEvery, mostRows),
}: Pick<Parts, 'storage'> & {
  readonly windowMs: number;
  readonly mostRows?: number;
  readonly countEvery?: number;
}): FailureCounts {
  let lastPurgedAt = 0;
  let addedSince = 0;

  async function addOne(subject: string, nowMs: number): Promise<{ failures: number; windowEndsAt: number }> {
    const over = nowMs - windowMs;
    const row = await db
      .insertInto('sign_in_failures')
      .values({ subject, window_started_at: nowMs, failures: 1 })
      .onConflict((conflict) =>
        conflict.column('subject').doUpdateSet({
          failures: sql`case when sign_in_failures.window_started_at <= ${over} then 1 else sign_in_failures.failures + 1 end`,
          window_started_at: sql`case when sign_in_failures.window_started_at <= ${over} then ${nowMs} else sign_in_failures.window_started_at end`,
        }),
      )
      .returning(['failures', 'window_started_at'])
      .executeTakeFirstOrThrow();
    return { failures: row.failures, windowEndsAt: row.window_started_at + windowMs };
  }

  async function giveBack(limits: readonly FailureLimit[]): Promise<void> {
    for (const { subject } of limits) {
      await db
        .updateTable('sign_in_failures')
        .set(({ eb }) => ({ failures: eb('failures', '-', 1) }))
        .where('subject', '=', subject)
        .execute();
      await db.deleteFrom('sign_in_failures').where('subject', '=', subject).where('failures', '<=', 0).execute();
    }
  }

  async function purge(nowMs: number): Promise<void> {
    const isDue = nowMs - lastPurgedAt >= windowMs;
    if (!isDue && addedSince < countEvery) return;
    lastPurgedAt = nowMs;
    addedSince = 0;
    // Two instances may do this at once, each with its rows in another order.
    await againAfterDeadlock(() => removeRows(nowMs));
  }

  async function removeRows(nowMs: number): Promise<void> {
    await db
      .deleteFrom('sign_in_failures')
      .where('window_started_at', '<=', nowMs - windowMs)
      .execute();
    const { rows } = await db
      .selectFrom('sign_in_failures')
      .select(({ fn }) => fn.countAll<number>().as('rows'))
      .executeTakeFirstOrThrow();
    if (Number(rows) <= mostRows) return;
    const least = db
      .selectFrom('sign_in_failures')
      .select('subject')
      .orderBy('failures')
      .orderBy('window_started_at')
      .limit(Number(rows) - Math.floor(mostRows * 0.9));
    await db.deleteFrom('sign_in_failures').where('subject', 'in', least).execute();
  }

  return {
    giveBack,
    async reached(limits, nowMs) {
      const rows = await db
        .selectFrom('sign_in_failures')
        .selectAll()
        .where(
          'subject',
          'in',
          limits.map(({ subject }) => subject),
        )
        .where('window_started_at', '>', nowMs - windowMs)
        .execute();
      return limits.flatMap((limit) => {
        const row = rows.find(({ subject, failures }) => subject === limit.subject && failures >= limit.most);
        return row ? [{ ...limit, windowEndsAt: row.window_started_at + windowMs }] : [];
      });
    },
    async add(limits, nowMs) {
      await purge(nowMs);
      for (const [index, { subject, most }] of limits.entries()) {
        const { failures, windowEndsAt } = await addOne(subject, nowMs);
        addedSince += 1;
        if (failures <= most) continue;
        await giveBack(limits.slice(0, index + 1));
        return windowEndsAt;
      }
      return null;
    },
    async forget({ subject }) {
      await db.deleteFrom('sign_in_failures').where('subject', '=', subject).execute();
    },
  };
}
