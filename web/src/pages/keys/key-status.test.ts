import { describe, expect, it } from 'vitest';
import { describeKeyStatus, type KeyHealth } from './key-status.ts';

const now = new Date('2026-11-23T12:00:00Z');
const healthy: KeyHealth = {
  status: 'active',
  blocked: null,
  spend: 0,
  max_budget: 10,
  budget_reset_at: null,
  expires: null,
};
const wordsOf = (part: Partial<KeyHealth>) => describeKeyStatus({ ...healthy, ...part }, now).words;

describe('the status of a key', () => {
  it('names the worst thing first', () => {
    const everything: Partial<KeyHealth> = { spend: 12, expires: '2026-11-24T12:00:00Z' };
    expect(wordsOf({ ...everything, status: 'deleted', blocked: true })).toBe('Deleted');
    expect(wordsOf({ ...everything, status: 'expired', blocked: true })).toBe('Expired');
    expect(wordsOf({ ...everything, status: 'revoked', blocked: true })).toBe('Blocked');
    expect(wordsOf(everything)).toBe('Budget used up');
    expect(wordsOf({ ...everything, spend: 9 })).toMatch(/^Expires in/);
    expect(wordsOf({ spend: 9 })).toMatch(/^90.% used$/);
    expect(wordsOf({ spend: 7.9 })).toBe('Active');
  });

  it('counts a budget as used up when it is reached, a budget of nothing at once', () => {
    expect(wordsOf({ spend: 10 })).toBe('Budget used up');
    expect(wordsOf({ max_budget: 0 })).toBe('Budget used up');
    expect(wordsOf({ max_budget: null, spend: 999 })).toBe('Active');
  });
});
