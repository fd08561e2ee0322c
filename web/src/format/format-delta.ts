import { percentDigits } from './format-percent.ts';
import { minusSign, noBreakSpace } from './no-break-space.ts';

/** A change against an earlier period, ready to be shown. */
export interface Delta {
  /** `+18 %`, `−4.2 %`, `±0 %`. */
  readonly text: string;
  readonly direction: 'up' | 'down' | 'level';
  /** The same for screen readers: `up 18 per cent`. */
  readonly words: string;
}

/** The change from `previous` to `current`; null when there is nothing to compare with. */
export function formatDelta(current: number, previous: number | null): Delta | null {
  if (previous === null || previous === 0) return null;
  const percent = ((current - previous) / Math.abs(previous)) * 100;
  if (current === previous) return { text: `±0${noBreakSpace}%`, direction: 'level', words: 'unchanged' };
  const up = percent > 0;
  const direction = up ? 'up' : 'down';
  if (Math.abs(percent) < 0.05)
    return { text: `<0.1${noBreakSpace}%`, direction, words: `${direction} by less than 0.1 per cent` };
  const digits = percentDigits(Math.abs(percent));
  return {
    text: `${up ? '+' : minusSign}${digits}${noBreakSpace}%`,
    direction,
    words: `${direction} ${digits} per cent`,
  };
}
