import { useMemo } from 'react';
import { browserTimeZone } from '../format/index.ts';
import { type ChosenRange, type DayRange, dayIn, resolveRange } from './time-range.ts';

/** The days of a chosen range, today's date, and the zone both are meant in. */
export interface DayRangeNow {
  readonly days: DayRange;
  readonly today: string;
  readonly timeZone: string;
}

/** Resolves a chosen range against the calendar of the zone; the browser's zone unless one is given. */
export function useDayRange(range: ChosenRange, chosenZone: string | null): DayRangeNow {
  const timeZone = chosenZone ?? browserTimeZone();
  const today = dayIn(new Date(), timeZone);
  return useMemo(() => ({ days: resolveRange(range, today), today, timeZone }), [range, today, timeZone]);
}
