import { noBreakSpace } from './no-break-space.ts';

/** What is written where a share cannot be computed. */
export const notAvailable = 'n/a';

/**
 * A share in per cent: one decimal under 10, none above, `<0.1 %` for traces, `n/a` when there is no whole.
 * Never `0 %` for something that is there.
 */
export function formatPercent(part: number, whole: number): string {
  if (whole === 0) return notAvailable;
  const percent = (part / whole) * 100;
  if (percent > 0 && percent < 0.05) return `<0.1${noBreakSpace}%`;
  return `${percentDigits(percent)}${noBreakSpace}%`;
}

/** The digits of a percentage, without the sign: `4.2`, `61`, `0`. */
export function percentDigits(percent: number): string {
  const tenths = Math.round(percent * 10) / 10;
  if (tenths === 0) return '0';
  return Math.abs(tenths) < 10 ? tenths.toFixed(1) : Math.round(percent).toLocaleString('en-US');
}
