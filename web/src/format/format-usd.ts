import { formatCount } from './format-count.ts';
import { minusSign } from './no-break-space.ts';

const nanoUsdPerUsd = 1_000_000_000;
const nanoUsdPerCent = 10_000_000;
const nanoUsdPerMicroUsd = 1_000;

/** Decimals that are shown at most, outside of exact amounts. */
const maxDecimals = 6;

/**
 * An amount of nano-dollars with a fixed number of decimals, rounded half away from zero, without the currency sign.
 * Integer arithmetic throughout: no amount is ever turned into a float of dollars.
 */
export function formatUsdDigits(nanoUsd: number, decimals: number): string {
  const unit = 10 ** (9 - decimals);
  const units = Math.round(Math.abs(nanoUsd) / unit);
  const perUsd = 10 ** decimals;
  const whole = Math.floor(units / perUsd);
  const fraction = decimals === 0 ? '' : `.${String(units % perUsd).padStart(decimals, '0')}`;
  return `${nanoUsd < 0 && units > 0 ? minusSign : ''}${formatCount(whole)}${fraction}`;
}

/**
 * An amount as tiles, bars and sentences show it: no decimals from $1,000, two down to a cent, then two significant
 * digits up to the sixth decimal. `$0.00` only ever means zero.
 */
export function formatUsd(nanoUsd: number): string {
  const size = Math.abs(nanoUsd);
  if (size > 0 && size < nanoUsdPerMicroUsd / 2) return nanoUsd < 0 ? `>${minusSign}$0.000001` : '<$0.000001';
  return signed(nanoUsd, formatUsdDigits(size, decimalsForTotal(size)));
}

/** The whole amount, down to the last nano-dollar, with at least two decimals: for tooltips and copying. */
export function formatUsdExact(nanoUsd: number): string {
  return signed(nanoUsd, trimZeros(formatUsdDigits(Math.abs(nanoUsd), 9), 2));
}

/** The whole amount as a plain decimal number of dollars (`-0.0043`), for exports. */
export function usdForExport(nanoUsd: number): string {
  const digits = trimZeros(formatUsdDigits(Math.abs(nanoUsd), 9), 0).replaceAll(',', '');
  return nanoUsd < 0 ? `-${digits}` : digits;
}

/** One amount of a column: the part that carries meaning and the zeros that only align the decimals. */
export interface UsdCell {
  readonly digits: string;
  readonly trailingZeros: string;
}

/** Formats the amounts of one column with one precision. */
export interface UsdColumn {
  /** 2, 4 or 6. */
  readonly decimals: number;
  format(nanoUsd: number): UsdCell;
}

/** Chooses the precision of a column from the smallest amount in it that is not zero. */
export function usdColumn(nanoUsdValues: readonly number[]): UsdColumn {
  let smallest = Number.POSITIVE_INFINITY;
  for (const nanoUsd of nanoUsdValues) {
    if (nanoUsd !== 0) smallest = Math.min(smallest, Math.abs(nanoUsd));
  }
  const decimals = smallest >= nanoUsdPerCent ? 2 : smallest >= nanoUsdPerCent / 100 ? 4 : maxDecimals;
  return { decimals, format: (nanoUsd) => columnCell(nanoUsd, decimals) };
}

function columnCell(nanoUsd: number, decimals: number): UsdCell {
  const all = formatUsdDigits(nanoUsd, decimals);
  if (nanoUsd !== 0 && !/[1-9]/.test(all)) return { digits: `<0.${'0'.repeat(decimals - 1)}1`, trailingZeros: '' };
  const digits = trimZeros(all, 2);
  return { digits, trailingZeros: all.slice(digits.length) };
}

function decimalsForTotal(size: number): number {
  if (size === 0) return 2;
  // 999.995 and more would round to 1,000.00, which is written without decimals.
  if (size >= 1_000 * nanoUsdPerUsd - nanoUsdPerCent / 2) return 0;
  if (size >= nanoUsdPerCent) return 2;
  for (let decimals = 3; decimals < maxDecimals; decimals += 1) {
    // The first decimal place at which the rounded amount has two significant digits.
    if (Math.round(size / 10 ** (9 - decimals)) >= 10) return roundsToCent(size, decimals) ? 2 : decimals;
  }
  return maxDecimals;
}

function roundsToCent(size: number, decimals: number): boolean {
  return Math.round(size / 10 ** (9 - decimals)) * 10 ** (9 - decimals) >= nanoUsdPerCent;
}

function signed(nanoUsd: number, digits: string): string {
  return `${nanoUsd < 0 ? minusSign : ''}$${digits}`;
}

/** Cuts zeros off the end of a decimal number, keeping `keep` decimals. */
function trimZeros(digits: string, keep: number): string {
  const point = digits.indexOf('.');
  if (point === -1) return digits;
  let end = digits.length;
  while (end > point + 1 + keep && digits[end - 1] === '0') end -= 1;
  return digits.slice(0, end === point + 1 ? point : end);
}
