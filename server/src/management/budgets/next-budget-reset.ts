import type { Settings } from '../../config/settings.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Parts } from '../parts.ts';
import { addDuration, unsupportedDuration } from './parse-duration.ts';
import { instantOfWallTime, type WallTime, wallTimeAt } from './zoned-time.ts';

/** Where days begin for budgets: the zone whose calendar counts, and the second of its day at which they start anew. */
export type BudgetCalendar = Pick<Settings, 'timezone' | 'budgetResetSecondOfDay'>;

/**
 * When a budget with this duration is reset next. Resets follow the calendar, not the day of creation, so that
 * everybody's budgets turn over together: `1d` at midnight, `7d` on Monday, `30d` and `1mo` on the first of the
 * month, `Nd` at midnight N days from today, hours, minutes and seconds at the next multiple within the day.
 * A multiple beyond midnight wraps into the next day (`30h` at 15:10 is tomorrow 06:00), and a unit that the
 * calendar does not know (`1w`, `24hr`) means the next midnight: both are LiteLLM's. Where the calendar names another
 * time of day, whatever is said of midnight holds for that time; hours, minutes and seconds are counted from midnight.
 * @param nowMs epoch milliseconds.
 * @returns epoch milliseconds, later than now (or now for a count of zero).
 * @throws ApiError 400 for more than one month.
 */
export function nextBudgetResetAt(duration: string, nowMs: number, calendar: BudgetCalendar): number {
  const { timezone: timeZone, budgetResetSecondOfDay: secondOfDay } = calendar;
  const today = wallTimeAt(nowMs, timeZone);
  const budgetDay = budgetDayOf(today, nowMs, calendar);
  const dayBeginsIn = (days: number): number =>
    instantOfWallTime({ ...budgetDay, day: budgetDay.day + days, secondOfDay }, timeZone, nowMs);
  const match = /^(\d+)([a-z]+)/i.exec(duration.trim());
  if (!match) return dayBeginsIn(1);
  const count = Number(match[1]);
  const unit = (match[2] ?? '').toLowerCase();
  if (count === 0) return nowMs;
  const nextMultipleOf = (seconds: number): number => {
    const next = (Math.floor(today.secondOfDay / seconds) + 1) * seconds;
    const wall =
      next < secondsPerDay
        ? { ...today, secondOfDay: next }
        : { ...today, day: today.day + 1, secondOfDay: next % secondsPerDay };
    return instantOfWallTime(wall, timeZone, nowMs);
  };
  switch (unit) {
    case 's':
      return nextMultipleOf(count);
    case 'm':
      return nextMultipleOf(count * 60);
    case 'h':
      return nextMultipleOf(count * 3_600);
    case 'd':
      if (count === 7) return dayBeginsIn(daysUntilMonday(budgetDay));
      if (count === 30) return firstOfNextMonth();
      return dayBeginsIn(count);
    case 'mo':
      if (count > 1) throw onlyOneMonth();
      return firstOfNextMonth();
    default:
      return dayBeginsIn(1);
  }

  function firstOfNextMonth(): number {
    return instantOfWallTime({ ...budgetDay, month: budgetDay.month + 1, day: 1, secondOfDay }, timeZone, nowMs);
  }
}

/**
 * Checks the reset period of a budget when it is written, and says when the first window ends.
 * @returns epoch milliseconds, or null without a period: such a budget is never reset.
 * @throws ApiError 400 for a period that cannot be understood, is zero, or is longer than the calendar resets allow.
 */
export function firstBudgetResetAt(
  parts: Pick<Parts, 'now' | 'settings'>,
  duration: string | null | undefined,
): number | null {
  if (duration === null || duration === undefined) return null;
  const now = parts.now();
  if (addDuration(duration, now, 'budget_duration') <= now) throw unsupportedDuration(duration, 'budget_duration');
  const next = nextBudgetResetAt(duration, now, parts.settings);
  if (!Number.isFinite(next)) throw unsupportedDuration(duration, 'budget_duration');
  return next;
}

/** As `nextBudgetResetAt`, and always later than now. Periods are checked when they are written; one that is still not possible is treated as a day. */
export function nextWindowAt(duration: string, nowMs: number, calendar: BudgetCalendar): number {
  try {
    const next = nextBudgetResetAt(duration, nowMs, calendar);
    if (next > nowMs) return next;
  } catch {
    // The next line answers.
  }
  return nextBudgetResetAt('1d', nowMs, calendar);
}

const secondsPerDay = 86_400;

/** The date of the day that runs for budgets: before their time of day it is still yesterday. */
function budgetDayOf(today: WallTime, nowMs: number, calendar: BudgetCalendar): WallTime {
  const secondOfDay = calendar.budgetResetSecondOfDay;
  const beginsAt = instantOfWallTime({ ...today, secondOfDay }, calendar.timezone, Number.NEGATIVE_INFINITY);
  if (nowMs >= beginsAt) return today;
  const yesterday = new Date(Date.UTC(today.year, today.month - 1, today.day - 1));
  return {
    year: yesterday.getUTCFullYear(),
    month: yesterday.getUTCMonth() + 1,
    day: yesterday.getUTCDate(),
    secondOfDay: today.secondOfDay,
  };
}

/** 1 on Sunday … 7 on Monday: a week that starts today ends in seven days. */
function daysUntilMonday(today: { year: number; month: number; day: number }): number {
  const weekday = new Date(Date.UTC(today.year, today.month - 1, today.day)).getUTCDay();
  return 7 - ((weekday + 6) % 7);
}

function onlyOneMonth(): ApiError {
  return new ApiError(
    400,
    'Monthly resets currently only support 1 month intervals. Write 1mo for the first of each month, or a number of days such as 60d.',
    { type: 'bad_request_error', param: 'budget_duration' },
  );
}
