import { describe, expect, it } from 'vitest';
import { type BudgetCalendar, nextBudgetResetAt } from './next-budget-reset.ts';

const calendarOf = (timezone: string, time = '00:00'): BudgetCalendar => {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return { timezone, budgetResetSecondOfDay: (hours * 60 + minutes) * 60 };
};

const iso = (instantMs: number): string => new Date(instantMs).toISOString();

/** Wednesday. */
const now = Date.parse('2026-11-25T15:10:30.250Z');

describe('The next budget reset', () => {
  it.each([
    ['30s', '2026-11-25T15:11:00.000Z'],
    ['30m', '2026-11-25T15:30:00.000Z'],
    ['1h', '2026-11-25T16:00:00.000Z'],
    ['6h', '2026-11-25T18:00:00.000Z'],
    ['24h', '2026-11-26T00:00:00.000Z'],
    ['30h', '2026-11-26T06:00:00.000Z'],
    ['1d', '2026-11-26T00:00:00.000Z'],
    ['2d', '2026-11-27T00:00:00.000Z'],
    ['7d', '2026-11-30T00:00:00.000Z'],
    ['30d', '2026-12-01T00:00:00.000Z'],
    ['31d', '2026-12-26T00:00:00.000Z'],
    ['60d', '2027-01-24T00:00:00.000Z'],
    ['1mo', '2026-12-01T00:00:00.000Z'],
    ['1w', '2026-11-26T00:00:00.000Z'],
    ['24hr', '2026-11-26T00:00:00.000Z'],
    ['junk', '2026-11-26T00:00:00.000Z'],
    ['0d', '2026-11-25T15:10:30.250Z'],
  ])('of %s in UTC is %s', (duration, expected) => {
    expect(iso(nextBudgetResetAt(duration, now, calendarOf('UTC')))).toBe(expected);
  });

  it('of a week that starts on a Monday is the Monday after', () => {
    const monday = Date.parse('2026-11-30T00:00:00Z');
    expect(iso(nextBudgetResetAt('7d', monday, calendarOf('UTC')))).toBe('2026-12-07T00:00:00.000Z');
  });

  it('is the first of January in December', () => {
    expect(iso(nextBudgetResetAt('1mo', Date.parse('2026-12-31T23:59:59Z'), calendarOf('UTC')))).toBe(
      '2027-01-01T00:00:00.000Z',
    );
  });

  it('lies after an instant that is itself a boundary', () => {
    const fullHour = Date.parse('2026-11-25T15:00:00Z');
    expect(iso(nextBudgetResetAt('1h', fullHour, calendarOf('UTC')))).toBe('2026-11-25T16:00:00.000Z');
  });

  it('refuses more than one month', () => {
    expect(() => nextBudgetResetAt('2mo', now, calendarOf('UTC'))).toThrow('only support 1 month');
  });

  it.each([
    ['America/New_York', '1d', '2026-11-26T05:00:00.000Z'],
    ['Asia/Kolkata', '1d', '2026-11-25T18:30:00.000Z'],
    ['Asia/Kolkata', '1h', '2026-11-25T15:30:00.000Z'],
    ['Pacific/Auckland', '1mo', '2026-11-30T11:00:00.000Z'],
    ['Pacific/Auckland', '7d', '2026-11-29T11:00:00.000Z'],
  ])('in %s of %s is %s: the calendar of the zone counts', (zone, duration, expected) => {
    expect(iso(nextBudgetResetAt(duration, now, calendarOf(zone)))).toBe(expected);
  });

  it.each([
    // The day on which the clocks go forward has 23 hours, the one on which they go back 25.
    ['Europe/Berlin', '1d', '2026-03-28T23:00:00Z', '2026-03-29T22:00:00.000Z'],
    ['Europe/Berlin', '1d', '2026-10-24T22:00:00Z', '2026-10-25T23:00:00.000Z'],
    ['Europe/Berlin', '1mo', '2026-03-15T12:00:00Z', '2026-03-31T22:00:00.000Z'],
    ['Europe/Berlin', '1mo', '2026-10-15T12:00:00Z', '2026-10-31T23:00:00.000Z'],
    // 02:00 does not exist on the day on which the clocks go forward: it is 03:00 then.
    ['Europe/Berlin', '1h', '2026-03-29T00:30:00Z', '2026-03-29T01:00:00.000Z'],
    // 02:30 comes twice on the day on which they go back: first the one, then the other.
    ['Europe/Berlin', '30m', '2026-10-25T00:10:00Z', '2026-10-25T00:30:00.000Z'],
    ['Europe/Berlin', '30m', '2026-10-25T01:10:00Z', '2026-10-25T01:30:00.000Z'],
    // Midnight itself does not exist where the clocks go forward at midnight.
    ['Africa/Cairo', '1d', '2026-04-23T12:00:00Z', '2026-04-23T22:00:00.000Z'],
    ['America/New_York', '30d', '2026-03-01T12:00:00Z', '2026-04-01T04:00:00.000Z'],
  ])('in %s of %s follows the change of the clocks at %s', (zone, duration, from, expected) => {
    expect(iso(nextBudgetResetAt(duration, Date.parse(from), calendarOf(zone)))).toBe(expected);
  });

  it.each([
    // It is Wednesday, 15:10:30.
    ['1d', '06:00', '2026-11-26T06:00:00.000Z'],
    ['1d', '18:30', '2026-11-25T18:30:00.000Z'],
    ['2d', '18:30', '2026-11-26T18:30:00.000Z'],
    ['7d', '18:30', '2026-11-30T18:30:00.000Z'],
    ['30d', '06:00', '2026-12-01T06:00:00.000Z'],
    ['1mo', '18:30', '2026-12-01T18:30:00.000Z'],
    ['1w', '06:00', '2026-11-26T06:00:00.000Z'],
    ['1h', '06:30', '2026-11-25T16:00:00.000Z'],
    ['24h', '06:30', '2026-11-26T00:00:00.000Z'],
  ])('of %s is at %s where budgets are reset at that time: %s', (duration, time, expected) => {
    expect(iso(nextBudgetResetAt(duration, now, calendarOf('UTC', time)))).toBe(expected);
  });

  it.each([
    // On the first and on a Monday, before the time: the month and the week that run are still the ones before.
    ['UTC', '1mo', '06:00', '2026-12-01T05:59:59Z', '2026-12-01T06:00:00.000Z'],
    ['UTC', '1mo', '06:00', '2026-12-01T06:00:00Z', '2027-01-01T06:00:00.000Z'],
    ['UTC', '30d', '06:00', '2027-01-01T00:00:00Z', '2027-01-01T06:00:00.000Z'],
    ['UTC', '7d', '06:00', '2026-11-30T05:59:59Z', '2026-11-30T06:00:00.000Z'],
    ['UTC', '7d', '06:00', '2026-11-30T06:00:00Z', '2026-12-07T06:00:00.000Z'],
    ['America/New_York', '1d', '06:00', '2026-11-25T10:00:00Z', '2026-11-25T11:00:00.000Z'],
    // 02:30 is left out on the day on which the clocks go forward, and comes twice on the day on which they go back.
    ['Europe/Berlin', '1d', '02:30', '2026-03-28T12:00:00Z', '2026-03-29T01:30:00.000Z'],
    ['Europe/Berlin', '1d', '02:30', '2026-03-29T01:30:00Z', '2026-03-30T00:30:00.000Z'],
    ['Europe/Berlin', '1d', '02:30', '2026-10-24T12:00:00Z', '2026-10-25T00:30:00.000Z'],
    ['Europe/Berlin', '1d', '02:30', '2026-10-25T00:30:00Z', '2026-10-26T01:30:00.000Z'],
    ['Europe/Berlin', '1d', '02:30', '2026-10-25T01:10:00Z', '2026-10-26T01:30:00.000Z'],
  ])('in %s of %s at %s, seen from %s, is %s', (zone, duration, time, from, expected) => {
    expect(iso(nextBudgetResetAt(duration, Date.parse(from), calendarOf(zone, time)))).toBe(expected);
  });

  it('always lies in the future, whatever the hour, the zone and the period', () => {
    for (const zone of ['UTC', 'Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Africa/Cairo']) {
      for (let hour = 0; hour < 366 * 24; hour += 29) {
        const at = Date.parse('2026-01-01T00:13:07Z') + hour * 3_600_000;
        const calendar = calendarOf(zone, hour % 2 === 0 ? '00:00' : '02:30');
        for (const duration of ['45s', '20m', '1h', '5h', '1d', '7d', '1mo']) {
          expect(nextBudgetResetAt(duration, at, calendar), `${duration} from ${iso(at)} in ${zone}`).toBeGreaterThan(
            at,
          );
        }
      }
    }
  });
});
