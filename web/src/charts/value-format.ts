import { formatCount, formatTokens, formatUsd, formatUsdDigits, formatUsdExact, usdColumn } from '../format/index.ts';

/** How the values of a chart are written. Values are integers in the unit of the chart. */
export interface ValueFormat {
  /** For read-outs: short, rounded by the rules for the kind. */
  readonly short: (value: number) => string;
  /** For titles: nothing rounded. */
  readonly exact: (value: number) => string;
  /** For the table view: one precision for all of these values, so that decimals align. */
  readonly column: (values: readonly number[]) => (value: number) => string;
  /** For the labels of one axis, which share a precision. */
  readonly ticks: (values: readonly number[]) => readonly string[];
}

/** Nano-dollars. */
export const usdValues: ValueFormat = {
  short: formatUsd,
  exact: formatUsdExact,
  column: (values) => {
    const { decimals } = usdColumn(values);
    return (value) => `$${formatUsdDigits(value, decimals)}`;
  },
  ticks: (values) => {
    const decimals =
      [0, 2, 3, 4, 5, 6].find((places) => values.every((value) => value % 10 ** (9 - places) === 0)) ?? 9;
    return values.map((value) => `$${formatUsdDigits(value, decimals)}`);
  },
};

/** Requests and other whole numbers. */
export const countValues: ValueFormat = {
  short: formatCount,
  exact: formatCount,
  column: () => formatCount,
  ticks: (values) => values.map(shortTick),
};

/** Tokens. */
export const tokenValues: ValueFormat = {
  short: formatTokens,
  exact: formatCount,
  column: () => formatCount,
  ticks: (values) => values.map(shortTick),
};

function shortTick(value: number): string {
  return value < 10_000 ? formatCount(value) : formatTokens(value).replace('.0', '');
}
