import { describe, expect, it } from 'vitest';
import { hashPassword, verifyPassword } from './hash-password.ts';

describe('A hashed password', () => {
  it('is argon2id with the cost in the text and a salt of its own', async () => {
    const [one, other] = await Promise.all([hashPassword('Correct-Horse-42!'), hashPassword('Correct-Horse-42!')]);
    expect(one).toMatch(/^argon2id\$v=19\$m=19456,t=2,p=1\$[\w-]{22}\$[\w-]{43}$/);
    expect(one).not.toBe(other);
  });

  it('is matched by the password and by nothing else, the hash itself included', async () => {
    const hash = await hashPassword('Correct-Horse-42!');
    expect(await verifyPassword('Correct-Horse-42!', hash)).toBe(true);
    expect(await verifyPassword('correct-horse-42!', hash)).toBe(false);
    expect(await verifyPassword(hash, hash)).toBe(false);
    expect(await verifyPassword('', hash)).toBe(false);
  });

  it('is matched however the keyboard composes its letters', async () => {
    expect(await verifyPassword('Mu\u0308nchen-2026!', await hashPassword('M\u00fcnchen-2026!'))).toBe(true);
  });

  it('is verified with the cost it was made with', async () => {
    const weaker = 'argon2id$v=19$m=256,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$';
    expect(await verifyPassword('x', `${weaker}${'A'.repeat(43)}`)).toBe(false);
  });

  it('matches nothing when there is none, or when it is a plain text', async () => {
    expect(await verifyPassword('', null)).toBe(false);
    expect(await verifyPassword('plain', 'plain')).toBe(false);
  });

  it('costs the same work for an account that does not exist', async () => {
    const hash = await hashPassword('Correct-Horse-42!');
    // Processor time, not the clock: other work on the machine must not decide this.
    const workOf = async (encoded: string | null): Promise<number> => {
      const before = process.cpuUsage();
      for (let round = 0; round < 8; round += 1) await verifyPassword('wrong', encoded);
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    await workOf(hash);
    const known = Math.min(await workOf(hash), await workOf(hash));
    const unknown = Math.min(await workOf(null), await workOf(null));
    expect(unknown / known).toBeGreaterThan(0.6);
    expect(unknown / known).toBeLessThan(1.7);
  }, 30_000);

  it('of somebody who is known is checked before all that wait', async () => {
    const order: string[] = [];
    const strangers = Array.from({ length: 100 }, () => verifyPassword('x', null).then(() => order.push('stranger')));
    const known = verifyPassword('x', null, 'first').then(() => order.push('known'));
    await Promise.all([...strangers, known]);
    // Two were being checked already, and two finish at about the same time.
    expect(order.indexOf('known')).toBeLessThanOrEqual(3);
  }, 30_000);

  it('is refused, not queued for ever, when too many wait', async () => {
    const results = await Promise.allSettled(Array.from({ length: 120 }, () => verifyPassword('x', null)));
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused).toHaveLength(18);
    expect(refused[0]?.reason).toMatchObject({ status: 503, headers: { 'retry-after': '3' } });
    expect(await verifyPassword('x', null)).toBe(false);
  }, 30_000);
});
