import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { subjectNamesOf } from '../ledger/spend-subjects.ts';
import { type BudgetCounters, createMemoryBudgetCounters } from './budget-counters.ts';

let counters: BudgetCounters;
beforeEach(() => {
  counters = createMemoryBudgetCounters(subjectNamesOf);
});

const subject = 'key:a';
const entry = (spend_nano_usd: number) => ({
  key_hash: 'a',
  user_id: '',
  team_id: '',
  organization_id: '',
  end_user: '',
  spend_nano_usd,
});
const read = (maxBudgetNanoUsd: number | null, spendNanoUsd: number, generation = counters.generation) =>
  counters.observe(subject, { maxBudgetNanoUsd, spendNanoUsd }, generation);

describe('Budget counters', () => {
  test('refuse from the moment when nothing is left, with what is spent, set aside and allowed', () => {
    read(100, 40);
    counters.charge([subject], 30);
    expect(counters.findExhausted([subject])).toBe(null);
    counters.reserve([subject], 30);
    expect(counters.findExhausted(['key:other', subject])).toEqual({
      subject,
      spentNanoUsd: 70,
      reservedNanoUsd: 30,
      maxNanoUsd: 100,
    });
    counters.release([subject], 30);
    expect(counters.findExhausted([subject])).toBe(null);
  });

  test('refuse at zero and never without a limit', () => {
    read(0, 0);
    expect(counters.findExhausted([subject])).not.toBe(null);
    read(null, 1e15);
    expect(counters.findExhausted([subject])).toBe(null);
  });

  test('keep a limit however many other subjects callers make up', () => {
    read(100, 100);
    for (let index = 0; index < 450_000; index += 1) counters.charge([`customer:${index}`], 0);
    expect(counters.findExhausted([subject])).not.toBe(null);
    expect(counters.spendOf(subject)).toBe(100);
  });

  test('forget budgets whose time is over when there are very many, and no other', () => {
    const over = { maxBudgetNanoUsd: 1, spendNanoUsd: 1, endsAt: Date.now() - 1 };
    read(100, 100);
    counters.observe('window:over', over, counters.generation);
    counters.observe('window:spent', over, counters.generation);
    counters.charge(['window:spent'], 1);
    counters.observe('window:runs', { ...over, endsAt: Date.now() + 60_000 }, counters.generation);
    for (let index = 0; index < 450_000; index += 1) counters.charge([`customer:${index}`], 0);
    const left = ['window:over', 'window:spent', 'window:runs', subject].map((name) => counters.spendOf(name));
    expect(left).toEqual([0, 2, 1, 100]);
  });

  test('count what the database does not know yet beside what it says', () => {
    read(null, 100);
    counters.charge([subject], 5);
    read(null, 100);
    expect(counters.spendOf(subject)).toBe(105);
    counters.foldBegins();
    counters.folded([entry(5)], [{ subject, spendNanoUsd: 105 }]);
    counters.foldEnds();
    expect(counters.spendOf(subject)).toBe(105);
  });

  test('take no spend that was read before or during a fold, but always the limit', () => {
    read(null, 100);
    counters.charge([subject], 5);
    const before = counters.generation;
    counters.foldBegins();
    expect(read(7, 100, before)).toBe(false);
    expect(read(7, 105)).toBe(false);
    counters.folded([entry(5)], [{ subject, spendNanoUsd: 105 }]);
    counters.foldEnds();
    expect(read(8, 100, before)).toBe(false);
    expect(counters.spendOf(subject)).toBe(105);
    expect(counters.findExhausted([subject])).toMatchObject({ maxNanoUsd: 8 });
    expect(read(8, 0)).toBe(true);
    expect(counters.spendOf(subject)).toBe(0);
  });

  test('are right in any order of calls, charges, reads and folds', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('charge' as const), amount: fc.nat(1_000) }),
      fc.record({
        kind: fc.constantFrom('read' as const, 'begin' as const, 'commit' as const, 'end' as const),
        amount: fc.constant(0),
      }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        counters = createMemoryBudgetCounters(subjectNamesOf);
        let charged = 0;
        let recorded = 0;
        let pending: number[] = [];
        let folding: number[] | null = null;
        let committed = false;
        read(null, 0);
        for (const { kind, amount } of steps) {
          if (kind === 'charge') {
            counters.charge([subject], amount);
            charged += amount;
            pending.push(amount);
          } else if (kind === 'read') read(null, recorded);
          else if (kind === 'begin' && folding === null) {
            counters.foldBegins();
            folding = pending;
            pending = [];
            committed = false;
          } else if (kind === 'commit' && folding && !committed) {
            // The database has it from here on; the counters hear of it later.
            recorded += folding.reduce((sum, one) => sum + one, 0);
            committed = true;
          } else if (kind === 'end' && folding && committed) {
            counters.folded(folding.map(entry), [{ subject, spendNanoUsd: recorded }]);
            counters.foldEnds();
            folding = null;
          }
          expect(counters.spendOf(subject)).toBe(charged);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('learn what other instances have folded, also when that is heard of before, within or after a fold of one’s own', () => {
    read(100, 10);
    counters.charge([subject], 5);
    counters.learn([
      { subject, spendNanoUsd: 30 },
      { subject: 'key:unknown', spendNanoUsd: 7 },
    ]);
    expect(counters.spendOf(subject)).toBe(35);
    const before = counters.generation;
    counters.foldBegins();
    // The other one's fold was committed after this one's, and is heard of first.
    counters.learn([{ subject, spendNanoUsd: 45 }]);
    counters.folded([entry(5)], [{ subject, spendNanoUsd: 35 }]);
    counters.foldEnds();
    expect(counters.spendOf(subject)).toBe(45);
    counters.learn([{ subject, spendNanoUsd: 35 }]);
    expect(counters.spendOf(subject)).toBe(45);
    expect(read(100, 30, before)).toBe(false);
    expect(counters.spendOf(subject)).toBe(45);
    counters.learn([{ subject, spendNanoUsd: 100 }]);
    expect(counters.findExhausted([subject])).toMatchObject({ spentNanoUsd: 100 });
    // A reset is read from the database, and what is folded after it counts from there.
    expect(read(100, 0)).toBe(true);
    counters.charge([subject], 2);
    counters.foldBegins();
    counters.folded([entry(2)], [{ subject, spendNanoUsd: 2 }]);
    counters.foldEnds();
    expect(counters.spendOf(subject)).toBe(2);
  });

  test('forget the idle when there are very many, and never money that is in flight', () => {
    read(1_000, 900);
    counters.reserve([subject], 100);
    for (let n = 0; n < 250_000; n += 1)
      counters.observe(`key:${n}`, { maxBudgetNanoUsd: 1, spendNanoUsd: 0 }, counters.generation);
    expect(counters.findExhausted([subject])).toMatchObject({ spentNanoUsd: 900, reservedNanoUsd: 100 });
  });
});
