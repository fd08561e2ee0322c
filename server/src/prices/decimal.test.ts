import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { attoUsdToNanoUsd, decimalToAtto } from './decimal.ts';

describe('A decimal text', () => {
  test.each([
    ['3', 3_000_000_000_000_000_000n],
    ['0.0000025', 2_500_000_000_000n],
    ['2.5e-06', 2_500_000_000_000n],
    ['3.75e-08', 37_500_000_000n],
    ['3.75E-8', 37_500_000_000n],
    ['+.5', 500_000_000_000_000_000n],
    ['1.', 1_000_000_000_000_000_000n],
    ['1e-18', 1n],
    ['0', 0n],
    ['0e5', 0n],
    ['10.000000000000000000000', 10_000_000_000_000_000_000n],
    [' 1e2 ', 100_000_000_000_000_000_000n],
  ])('%j is read exactly', (text, atto) => {
    expect(decimalToAtto(text)).toBe(atto);
  });

  test.each(['', '.', 'e5', '-1', '1,5', '0x10', '1e', 'NaN', 'Infinity', '1_000', '1e-19', '0.0000000000000000001'])(
    '%j is refused: it is no price, or finer than prices are kept',
    (text) => {
      expect(() => decimalToAtto(text)).toThrow();
    },
  );

  test('means the same in every spelling', () => {
    const digits = fc.bigInt({ min: 0n, max: 10n ** 20n });
    fc.assert(
      fc.property(digits, fc.integer({ min: 0, max: 18 }), fc.integer({ min: 0, max: 18 }), (count, places, shift) => {
        const padded = count.toString().padStart(places + 1, '0');
        const point = padded.length - places;
        const plain = `${padded.slice(0, point)}.${padded.slice(point)}`;
        const expected = count * 10n ** BigInt(18 - places);
        expect(decimalToAtto(plain)).toBe(expected);
        expect(decimalToAtto(`${count}e-${places}`)).toBe(expected);
        expect(decimalToAtto(`${count}${'0'.repeat(shift)}e${-places - shift}`)).toBe(expected);
      }),
    );
  });

  test('of a number is the decimal that was written, not its nearest double', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999_999 }), fc.integer({ min: 0, max: 17 }), (digits, places) => {
        expect(decimalToAtto(String(Number(`${digits}e-${places}`)))).toBe(BigInt(digits) * 10n ** BigInt(18 - places));
      }),
    );
  });
});

describe('A cost in atto-dollars', () => {
  test('is rounded half up, once', () => {
    expect(attoUsdToNanoUsd(499_999_999n)).toBe(0);
    expect(attoUsdToNanoUsd(500_000_000n)).toBe(1);
    expect(attoUsdToNanoUsd(1_499_999_999n)).toBe(1);
    expect(attoUsdToNanoUsd(1_500_000_000n)).toBe(2);
  });

  test('is never more than the books can hold, and never inexact', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 40n }), (atto) => {
        const nano = attoUsdToNanoUsd(atto);
        expect(Number.isSafeInteger(nano)).toBe(true);
        if (atto < 9n * 10n ** 24n) expect(BigInt(nano)).toBe((atto * 2n + 10n ** 9n) / (2n * 10n ** 9n));
      }),
    );
  });
});
