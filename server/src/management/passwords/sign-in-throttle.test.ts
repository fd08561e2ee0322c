import { beforeAll, expect, it } from 'vitest';
import type { Storage } from '../../storage/open-storage.ts';
import { describeOnEachEngine } from '../../testing/each-engine.ts';
import { createSignInThrottle, type SignInThrottle } from './sign-in-throttle.ts';

const wrong = async () => null;
const right = async () => 'in';

describeOnEachEngine('The throttle of sign-ins', (openStorage) => {
  let storage: Storage;
  let throttle: SignInThrottle;
  let clock = Date.parse('2026-11-23T09:00:00Z');
  let accounts = 0;

  beforeAll(async () => {
    storage = await openStorage();
    throttle = createSignInThrottle({
      storage,
      now: () => clock,
      settings: { signInThrottle: { maxFailures: 10, windowMs: 900_000, enabled: true } },
    });
  });

  const newAccount = (): string => {
    accounts += 1;
    return `account-${accounts}`;
  };

  /** What became of each attempt: `in`, `wrong`, or the status of the refusal. */
  const attempt = async (
    account: string,
    ip: string,
    check: () => Promise<string | null>,
    more: Partial<Parameters<SignInThrottle['attempt']>[0]> = {},
  ) => {
    try {
      return (await throttle.attempt({ account, ip, ...more }, check)) ?? 'wrong';
    } catch (error) {
      return (error as { status: number }).status;
    }
  };

  it('counts from the beginning after a success', async () => {
    const account = newAccount();
    for (let round = 0; round < 3; round += 1) {
      for (let failure = 0; failure < 9; failure += 1) expect(await attempt(account, '192.0.2.1', wrong)).toBe('wrong');
      expect(await attempt(account, '192.0.2.1', right)).toBe('in');
    }
  });

  it('counts an account whatever the case of its name', async () => {
    const account = newAccount();
    for (let failure = 0; failure < 10; failure += 1) await attempt(account.toUpperCase(), '192.0.2.1', wrong);
    expect(await attempt(account, '192.0.2.1', right)).toBe(429);
  });

  /** A thousand addresses guess once each. @returns how many were checked. */
  const attack = async (account: string) => {
    let checked = 0;
    for (let n = 0; n < 1_000; n += 1) {
      if ((await attempt(account, `10.0.${n >> 8}.${n % 256}`, wrong)) === 'wrong') checked += 1;
    }
    return checked;
  };

  it('lets a thousand addresses that share the guessing have a hundred guesses, until the window is over', async () => {
    const account = newAccount();
    expect(await attack(account)).toBe(100);
    expect(await attempt(account, '198.51.100.7', right)).toBe(429);
    expect(await attempt(newAccount(), '10.0.0.1', right)).toBe('in');
    clock += 900_000;
    expect(await attempt(account, '198.51.100.7', right)).toBe('in');
  });

  it('lets the owner in meanwhile, with their browser or from where they usually are', async () => {
    const account = newAccount();
    await attack(account);
    for (let time = 0; time < 3; time += 1) {
      expect(await attempt(account, '198.51.100.7', right, { browser: 'of the owner' })).toBe('in');
      expect(await attempt(account, '198.51.100.8', right, { isKnownAddress: async () => true })).toBe('in');
    }
    expect(await attempt(account, '198.51.100.8', right, { isKnownAddress: async () => false })).toBe(429);
  });

  it('gives the owner’s browser ten guesses of its own, and its address no way around the others', async () => {
    const account = newAccount();
    const guessHere = () => attempt(account, '198.51.100.7', wrong, { browser: 'of the owner' });
    for (let failure = 0; failure < 10; failure += 1) expect(await guessHere()).toBe('wrong');
    expect(await guessHere()).toBe(429);
    expect(await attempt(account, '198.51.100.7', wrong)).toBe('wrong');
    const guessThere = () => attempt(account, '198.51.100.8', wrong, { isKnownAddress: async () => true });
    for (let failure = 0; failure < 10; failure += 1) expect(await guessThere()).toBe('wrong');
    expect(await guessThere()).toBe(429);
  });

  it('keeps nobody out of their browser who shares an address with whoever guesses', async () => {
    const account = newAccount();
    for (let guess = 0; guess < 250; guess += 1) await attempt(newAccount(), '203.0.113.77', wrong);
    expect(await attempt(account, '203.0.113.77', right)).toBe(429);
    expect(await attempt(account, '203.0.113.77', right, { browser: 'of the owner' })).toBe('in');
  });

  it('slows an address that tries one account after the other, and nobody elsewhere', async () => {
    const results = [];
    for (let guess = 0; guess < 1_000; guess += 1) results.push(await attempt(newAccount(), '203.0.113.9', wrong));
    expect(results.filter((result) => result === 'wrong')).toHaveLength(200);
    expect(results.slice(200).every((result) => result === 429)).toBe(true);
    expect(await attempt(newAccount(), '203.0.113.9', right)).toBe(429);
    expect(await attempt(newAccount(), '203.0.113.10', right)).toBe('in');
    clock += 900_000;
    expect(await attempt(newAccount(), '203.0.113.9', right)).toBe('in');
  });

  it('lets an office behind one address sign in all day', async () => {
    for (let person = 0; person < 300; person += 1) {
      expect(await attempt(newAccount(), '203.0.113.20', right)).toBe('in');
    }
  });

  it('takes all addresses of an IPv6 network for one', async () => {
    const account = newAccount();
    for (let failure = 0; failure < 10; failure += 1) await attempt(account, `2001:db8:1:2::${failure}`, wrong);
    expect(await attempt(account, '2001:0db8:1:2:ffff::1', right)).toBe(429);
    expect(await attempt(account, '2001:db8:1:3::1', right)).toBe('in');
  });

  it('lets no more than ten of a hundred guesses at once be checked', async () => {
    const account = newAccount();
    const results = await Promise.all(Array.from({ length: 100 }, () => attempt(account, '192.0.2.1', wrong)));
    expect(results.filter((result) => result === 'wrong')).toHaveLength(10);
  });

  it('does not count an attempt that could not be checked', async () => {
    const account = newAccount();
    const broken = () => Promise.reject(Object.assign(new Error('busy'), { status: 503 }));
    for (let failure = 0; failure < 30; failure += 1) expect(await attempt(account, '192.0.2.1', broken)).toBe(503);
    expect(await attempt(account, '192.0.2.1', right)).toBe('in');
  });

  it('leaves nothing behind of what it refuses, whoever asks', async () => {
    const countRows = async () => (await storage.db.selectFrom('sign_in_failures').select('subject').execute()).length;
    const account = newAccount();
    await attack(account);
    for (let guess = 0; guess < 200; guess += 1) await attempt(newAccount(), '203.0.113.99', wrong);
    const before = await countRows();
    for (let n = 0; n < 300; n += 1) {
      expect(await attempt(account, `2001:db8:${n.toString(16)}:1::1`, wrong)).toBe(429);
      expect(await attempt(newAccount(), '203.0.113.99', wrong)).toBe(429);
    }
    expect(await countRows()).toBe(before);
  });

  it('keeps no names and no counters that are over', async () => {
    await attempt('my-password-typed-as-a-name', '192.0.2.1', wrong);
    const rows = await storage.db.selectFrom('sign_in_failures').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain('my-password');
    clock += 900_000;
    await attempt(newAccount(), '192.0.2.1', wrong);
    expect(await storage.db.selectFrom('sign_in_failures').selectAll().execute()).toHaveLength(3);
  });
});
