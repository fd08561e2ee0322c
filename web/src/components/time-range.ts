/** The ranges that can be chosen; `custom` has its two days beside it. */
export const rangeNames = ['today', '7d', '30d', 'month', 'last-month', 'custom'] as const;

/** The name of a range, as it stands in the address. */
export type RangeName = (typeof rangeNames)[number];

/** What the choices are called. */
export const rangeLabels: Readonly<Record<RangeName, string>> = {
  today: 'Today',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
  month: 'This month',
  'last-month': 'Last month',
  custom: 'Custom',
};

/** A range as it was chosen: by name, so that it moves with the calendar, or by its two days. */
export type ChosenRange =
  | { readonly name: Exclude<RangeName, 'custom'> }
  | { readonly name: 'custom'; readonly from: string; readonly to: string };

/** A range as it is asked for. */
export interface DayRange {
  /** First and last day, both included, `YYYY-MM-DD` in the zone of the page. */
  readonly startDate: string;
  readonly endDate: string;
  readonly dayCount: number;
  /** Up to two days are shown by the hour. */
  readonly granularity: 'hour' | 'day';
}

/** The range when the address names none. */
export const defaultRange: ChosenRange = { name: '7d' };

/** The longest custom range, in days: what one answer can hold by the day. */
const maxDays = 366;

/** Reads a range out of the address. Anything that makes no sense is the default. */
export function rangeFromSearch(search: Readonly<Record<string, unknown>>): ChosenRange {
  const { range, from, to } = search;
  if (isDay(from) && isDay(to) && isSensible(from, to)) return { name: 'custom', from, to };
  const name = rangeNames.find((known) => known === range);
  return name === undefined || name === 'custom' ? defaultRange : { name };
}

/** The part of the address for a range. The default is never written down. */
export function searchFromRange(range: ChosenRange): Record<string, string> {
  if (range.name === 'custom') return { from: range.from, to: range.to };
  return range.name === defaultRange.name ? {} : { range: range.name };
}

/** The days of a range, seen from `today` (`YYYY-MM-DD`). Ranges that reach into the present end today. */
export function resolveRange(range: ChosenRange, today: string): DayRange {
  const { startDate, endDate } = daysOf(range, today);
  const dayCount = countDays(startDate, endDate);
  return { startDate, endDate, dayCount, granularity: dayCount <= 2 ? 'hour' : 'day' };
}

/** The calendar day of an instant in a zone. */
export function dayIn(instant: Date, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).format(instant);
  return parts.slice(0, 10);
}

/** The instants that days begin and end at in a zone; the end is the first instant after them. */
export function instantsOf({ startDate, endDate }: Pick<DayRange, 'startDate' | 'endDate'>, timeZone: string) {
  return { startsAt: startOfDay(startDate, timeZone), endsAt: startOfDay(addDays(endDate, 1), timeZone) };
}

/** The first instant of a calendar day. Where the clock skips midnight, the day begins with what comes after. */
function startOfDay(day: string, timeZone: string): Date {
  const midnightMs = Date.parse(`${day}T00:00:00Z`);
  const guess = new Date(midnightMs - offsetMs(new Date(midnightMs), timeZone));
  // The offset may be another one at the guess than at the midnight of UTC.
  const better = new Date(midnightMs - offsetMs(guess, timeZone));
  return dayIn(better, timeZone) === day ? better : guess;
}

/** How far the zone is ahead of UTC at an instant. */
function offsetMs(instant: Date, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(instant);
  const of = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((part) => part.type === type)?.value);
  const wallClockMs = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
  return wallClockMs - Math.floor(instant.getTime() / 1_000) * 1_000;
}

/** A range in words: `17–23 Nov 2026`. */
export function rangeWords({ startDate, endDate }: Pick<DayRange, 'startDate' | 'endDate'>, locale: string): string {
  const format = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });
  return format.formatRange(new Date(`${startDate}T00:00:00Z`), new Date(`${endDate}T00:00:00Z`));
}

/** The days right before a range, as many as it has. */
export function previousDays({ startDate, dayCount }: DayRange): Pick<DayRange, 'startDate' | 'endDate'> {
  return { startDate: addDays(startDate, -dayCount), endDate: addDays(startDate, -1) };
}

/** A custom range around a day that had traffic: the week that ends with it. */
export function weekEnding(day: string): ChosenRange {
  return { name: 'custom', from: addDays(day, -6), to: day };
}

/** Why two days make no range; undefined when they do. */
export function problemOfDays(from: string, to: string): string | undefined {
  if (!isDay(from) || !isDay(to)) return 'Choose a first and a last day.';
  if (from > to) return 'The first day is after the last day.';
  if (countDays(from, to) > maxDays) return `Choose at most ${maxDays} days.`;
  return undefined;
}

function daysOf(range: ChosenRange, today: string): Pick<DayRange, 'startDate' | 'endDate'> {
  switch (range.name) {
    case 'today':
      return { startDate: today, endDate: today };
    case '7d':
      return { startDate: addDays(today, -6), endDate: today };
    case '30d':
      return { startDate: addDays(today, -29), endDate: today };
    case 'month':
      return { startDate: `${today.slice(0, 7)}-01`, endDate: today };
    case 'last-month': {
      const endDate = addDays(`${today.slice(0, 7)}-01`, -1);
      return { startDate: `${endDate.slice(0, 7)}-01`, endDate };
    }
    case 'custom':
      return { startDate: range.from, endDate: range.to };
  }
}

/** Calendar arithmetic in UTC, where every day has 24 hours. */
function addDays(day: string, count: number): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + count);
  return date.toISOString().slice(0, 10);
}

function countDays(startDate: string, endDate: string): number {
  return Math.round((Date.parse(`${endDate}T00:00:00Z`) - Date.parse(`${startDate}T00:00:00Z`)) / 86_400_000) + 1;
}

function isDay(value: unknown): value is string {
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const date = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value);
}

function isSensible(from: string, to: string): boolean {
  return problemOfDays(from, to) === undefined;
}
