import { createHash } from 'node:crypto';
import type { Settings } from '../../config/settings.ts';
import { ApiError } from '../../http/api-error.ts';
import { networkOf } from '../../http/network-of.ts';
import type { Parts } from '../parts.ts';
import { createFailureCounts, type FailureLimit } from './failure-counts.ts';

/** Slows down the guessing of passwords. */
export interface SignInThrottle {
  /**
   * Runs one check of a password, a code or a key.
   * @param check resolves to null when it is wrong.
   * @throws ApiError 429 with `Retry-After`, without checking, after too many failures.
   */
  attempt<Result>(guess: Guess, check: () => Promise<Result | null>): Promise<Result | null>;
}

/** Who tries what, from where. */
export interface Guess {
  /** What is guessed at: a name as it was typed, or a thing with a name, such as `second factor ann`. */
  readonly account: string;
  readonly ip: string;
  /** The browser's name when the account has signed in with it before; null or absent when not. */
  readonly browser?: string | null;
  /** Whether the account's last sign-ins came from this address; asked only while the account is under attack. */
  readonly isKnownAddress?: () => Promise<boolean>;
  /** How often the account may fail over all addresses; ten times `maxFailures` unless given. */
  readonly mostOfAccount?: number;
}

/** An account may fail this many times as often as one address may, before strangers feel it wherever they are. */
const accountShare = 10;
/** An address may fail this many times as often over all accounts: an office behind one address has typing errors too. */
const addressShare = 20;

/**
 * Counts failures in the database, so that all instances count together, each subject in a window that starts with its
 * first failure. An attempt is counted before the password is checked and given back when it was right: any number of
 * attempts at once gets no more checks than one after the other.
 *
 * A browser that the account has signed in with before has a count of its own, of `maxFailures`, and feels no other:
 * nobody who guesses from elsewhere can keep the owner out. Everybody else has to wait
 * - after `maxFailures` for an account from one address (for IPv6 the /64);
 * - after twenty times that from one address over all accounts;
 * - after ten times that for an account over all addresses, so that a thousand addresses guess no more than ten. Only the
 *   addresses from which the account has signed in last are let through then.
 */
export function createSignInThrottle(
  parts: Pick<Parts, 'storage' | 'now'> & { readonly settings: Pick<Settings, 'signInThrottle'> },
): SignInThrottle {
  const { maxFailures, windowMs, enabled } = parts.settings.signInThrottle;
  const counts = createFailureCounts({ storage: parts.storage, windowMs });

  function limitsOf({ account, ip, browser = null, mostOfAccount = maxFailures * accountShare }: Guess) {
    const name = account.toLowerCase();
    if (browser !== null) return { own: limit(maxFailures, 'browser', name, browser), address: null, account: null };
    const network = networkOf(ip);
    return {
      own: limit(maxFailures, 'pair', name, network),
      address: limit(maxFailures * addressShare, 'address', network),
      account: limit(mostOfAccount, 'account', name),
    };
  }

  /** The limits that hold for a guess. @throws ApiError 429 when one of them is reached. */
  async function limitsBelow(guess: Guess, nowMs: number): Promise<FailureLimit[]> {
    const { own, address, account } = limitsOf(guess);
    const held = [own, address, account].filter((one) => one !== null);
    const reached = await counts.reached(held, nowMs);
    const isAccountAlone = reached.length === 1 && reached[0]?.subject === account?.subject;
    // The owner, where they usually are, with a browser that has forgotten them.
    if (isAccountAlone && (await guess.isKnownAddress?.())) return held.filter((one) => one !== account);
    if (reached.length > 0) throw tooManyFailures(Math.max(...reached.map((one) => one.windowEndsAt)), nowMs);
    return held;
  }

  return {
    async attempt(guess, check) {
      if (!enabled) return check();
      const nowMs = parts.now();
      const limits = await limitsBelow(guess, nowMs);
      const windowEndsAt = await counts.add(limits, nowMs);
      if (windowEndsAt !== null) throw tooManyFailures(windowEndsAt, nowMs);
      let result: Awaited<ReturnType<typeof check>>;
      try {
        result = await check();
      } catch (error) {
        await counts.giveBack(limits);
        throw error;
      }
      if (result !== null) {
        const [own, ...others] = limits;
        if (own) await counts.forget(own);
        await counts.giveBack(others);
      }
      return result;
    },
  };
}

/** Hashed, since people type passwords into the field of the name. */
function limit(most: number, ...subject: string[]): FailureLimit {
  return { subject: createHash('sha256').update(subject.join('\0')).digest('hex'), most };
}

function tooManyFailures(windowEndsAt: number, nowMs: number): ApiError {
  return new ApiError(429, 'Too many failed sign-in attempts. Try again later.', {
    type: 'auth_error',
    param: 'None',
    alwaysErrorShape: true,
    headers: { 'retry-after': String(Math.max(1, Math.ceil((windowEndsAt - nowMs) / 1_000))) },
  });
}
