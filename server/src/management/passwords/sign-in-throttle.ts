import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Settings } from '../../config/settings.ts';
import { ApiError } from '../../http/api-error.ts';
import { networkOf } from '../../http/network-of.ts';
import type { Parts } from '../parts.ts';
import '../sessions/sessions.table.ts';

/** Slows down the guessing of passwords. */
export interface SignInThrottle {
  /**
   * Runs one check of a password for an account from an address.
   * @param check resolves to null when the password is wrong.
   * @throws ApiError 429 with `Retry-After`, without checking, after too many failures.
   */
  attempt<Result>(account: string, ip: string, check: () => Promise<Result | null>): Promise<Result | null>;
}

/** An account may fail this many times as often as one address may, before other addresses feel it. */
const accountShare = 10;
/** An address may fail this many times as often over all accounts: an office behind one address has typing errors too. */
const addressShare = 20;

/**
 * Counts failures in the database, so that all instances count together. An attempt is counted before the password
 * is checked and given back when it was right: any number of attempts at once gets no more checks than one after
 * the other. Three counts, each in a window that starts with its first failure:
 * - an account from one address (for IPv6 the /64): more than `maxFailures` and the address has to wait;
 * - an account from all addresses together: above ten times that, every address that has itself failed in the window
 *   has to wait. An address that has not failed always gets its check, so nobody can lock the owner out;
 * - an address over all accounts: above twenty times that, it has to wait, whatever account it tries next.
 */
export function createSignInThrottle(
  parts: Pick<Parts, 'storage' | 'now'> & { readonly settings: Pick<Settings, 'signInThrottle'> },
): SignInThrottle {
  const { maxFailures, windowMs, enabled } = parts.settings.signInThrottle;
  const { db } = parts.storage;
  let lastPurgedAt = 0;

  // These counters are not written through `changes`: a failed guess changes nothing that anybody could look up.
  async function count(subject: string, nowMs: number): Promise<{ failures: number; windowEndsAt: number }> {
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

  async function giveBack(subject: string): Promise<void> {
    await db
      .updateTable('sign_in_failures')
      .set(({ eb }) => ({ failures: eb('failures', '-', 1) }))
      .where('subject', '=', subject)
      .where('failures', '>', 0)
      .execute();
  }

  async function forget(subject: string): Promise<void> {
    await db.deleteFrom('sign_in_failures').where('subject', '=', subject).execute();
  }

  /** Names are made up by whoever guesses, so counters that are over must not pile up. */
  async function purge(nowMs: number): Promise<void> {
    if (nowMs - lastPurgedAt < windowMs) return;
    lastPurgedAt = nowMs;
    await db
      .deleteFrom('sign_in_failures')
      .where('window_started_at', '<=', nowMs - windowMs)
      .execute();
  }

  async function checkAccount(subject: string, nowMs: number): Promise<void> {
    const row = await db
      .selectFrom('sign_in_failures')
      .select(['failures', 'window_started_at'])
      .where('subject', '=', subject)
      .where('window_started_at', '>', nowMs - windowMs)
      .executeTakeFirst();
    if (row && row.failures >= maxFailures * accountShare)
      throw tooManyFailures(row.window_started_at + windowMs, nowMs);
  }

  return {
    async attempt(account, ip, check) {
      if (!enabled) return check();
      const nowMs = parts.now();
      const pair = subjectOf('pair', account.toLowerCase(), networkOf(ip));
      const whole = subjectOf('account', account.toLowerCase());
      const address = subjectOf('address', networkOf(ip));
      await purge(nowMs);
      const { failures, windowEndsAt } = await count(pair, nowMs);
      if (failures > maxFailures) throw tooManyFailures(windowEndsAt, nowMs);
      const ofAddress = await count(address, nowMs);
      if (ofAddress.failures > maxFailures * addressShare) throw tooManyFailures(ofAddress.windowEndsAt, nowMs);
      if (failures > 1) await checkAccount(whole, nowMs);
      let result: Awaited<ReturnType<typeof check>>;
      try {
        result = await check();
      } catch (error) {
        await giveBack(pair);
        await giveBack(address);
        throw error;
      }
      if (result === null) {
        await count(whole, nowMs);
      } else {
        await forget(pair);
        await giveBack(address);
      }
      return result;
    },
  };
}

/** Hashed, since people type passwords into the field of the name. */
function subjectOf(...parts: string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex');
}

function tooManyFailures(windowEndsAt: number, nowMs: number): ApiError {
  return new ApiError(429, 'Too many failed sign-in attempts. Try again later.', {
    type: 'auth_error',
    param: 'None',
    alwaysErrorShape: true,
    headers: { 'retry-after': String(Math.max(1, Math.ceil((windowEndsAt - nowMs) / 1_000))) },
  });
}
