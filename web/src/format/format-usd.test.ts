import { expect, test } from 'vitest';
import { formatUsd, formatUsdDigits, formatUsdExact, usdColumn, usdForExport } from './format-usd.ts';

const usd = 1_000_000_000;

test.each([
  [0, '$0.00'],
  [1_284 * usd, '$1,284'],
  [1_284_567_000_000_000, '$1,284,567'],
  [12_840_000_000, '$12.84'],
  [usd, '$1.00'],
  [128_000_000, '$0.13'],
  [10_000_000, '$0.01'],
  [4_300_000, '$0.0043'],
  [32_000, '$0.000032'],
  [1_000, '$0.000001'],
  [120_000, '$0.00012'],
  [-130_000_000, '−$0.13'],
  [-1_284 * usd, '−$1,284'],
])('writes %i nano-dollars as %s', (nanoUsd, text) => {
  expect(formatUsd(nanoUsd)).toBe(text);
});

test('chooses the decimals after rounding', () => {
  expect(formatUsd(999_994_999_999)).toBe('$999.99');
  expect(formatUsd(999_995_000_000)).toBe('$1,000');
  expect(formatUsd(9_990_000)).toBe('$0.01');
  expect(formatUsd(995_000)).toBe('$0.0010');
});

test('never writes zero for something that is there', () => {
  expect(formatUsd(1)).toBe('<$0.000001');
  expect(formatUsd(499)).toBe('<$0.000001');
  expect(formatUsd(500)).toBe('$0.000001');
});

test('writes exact amounts whole', () => {
  expect(formatUsdExact(0)).toBe('$0.00');
  expect(formatUsdExact(12_840_000_001)).toBe('$12.840000001');
  expect(formatUsdExact(1_284_500_000_000)).toBe('$1,284.50');
  expect(formatUsdExact(-1)).toBe('−$0.000000001');
});

test('writes plain numbers for exports', () => {
  expect(usdForExport(0)).toBe('0');
  expect(usdForExport(1_284_500_000_000)).toBe('1284.5');
  expect(usdForExport(-4_300_000)).toBe('-0.0043');
});

test('rounds digits half away from zero and leaves no minus on zero', () => {
  expect(formatUsdDigits(5_000_000, 2)).toBe('0.01');
  expect(formatUsdDigits(-5_000_000, 2)).toBe('−0.01');
  expect(formatUsdDigits(-1, 2)).toBe('0.00');
});

test('gives a column one precision, from its smallest amount', () => {
  const column = usdColumn([4_300_000, 128_000_000, 12_840_000_000, 0]);
  expect(column.decimals).toBe(4);
  expect(column.format(4_300_000)).toEqual({ digits: '0.0043', trailingZeros: '' });
  expect(column.format(128_000_000)).toEqual({ digits: '0.128', trailingZeros: '0' });
  expect(column.format(12_840_000_000)).toEqual({ digits: '12.84', trailingZeros: '00' });
  expect(column.format(0)).toEqual({ digits: '0.00', trailingZeros: '00' });
});

test('chooses two, four or six decimals', () => {
  expect(usdColumn([]).decimals).toBe(2);
  expect(usdColumn([0, 5 * usd]).decimals).toBe(2);
  expect(usdColumn([10_000_000]).decimals).toBe(2);
  expect(usdColumn([9_999_999]).decimals).toBe(4);
  expect(usdColumn([99_999]).decimals).toBe(6);
  expect(usdColumn([10]).format(10)).toEqual({ digits: '<0.000001', trailingZeros: '' });
});
