import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nanoUsdToUsd, optionalNanoUsdToUsd, optionalUsdToNanoUsd, usdToNanoUsd } from './money.ts';

describe('Money at the edge of the API', () => {
  test('comes back as what was sent, to the nano-dollar, up to a million dollars', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000_000_000_000 }), (nanoUsd) => {
        expect(usdToNanoUsd(nanoUsdToUsd(nanoUsd))).toBe(nanoUsd);
      }),
    );
  });

  test('rounds half away from zero, below and above it', () => {
    expect(usdToNanoUsd(0.000_000_000_5)).toBe(1);
    expect(usdToNanoUsd(-0.000_000_000_5)).toBe(-1);
    expect(usdToNanoUsd(0.000_000_000_4)).toBe(0);
    expect(usdToNanoUsd(0.1)).toBe(100_000_000);
    expect(usdToNanoUsd(1e-5)).toBe(10_000);
  });

  test('tells no limit from a limit of zero', () => {
    expect(optionalUsdToNanoUsd(null)).toBe(null);
    expect(optionalUsdToNanoUsd(undefined)).toBe(null);
    expect(optionalUsdToNanoUsd(0)).toBe(0);
    expect(optionalNanoUsdToUsd(null)).toBe(null);
    expect(optionalNanoUsdToUsd(0)).toBe(0);
  });
});
