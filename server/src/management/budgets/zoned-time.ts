/** A date and time of day as a clock on the wall shows it; `month` counts from 1. */
export interface WallTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  /** Seconds since midnight on the wall's clock; a day longer or shorter than 24 hours does not change the scale. */
  readonly secondOfDay: number;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(timeZone: string): Intl.DateTimeFormat {
  let clock = clocks.get(timeZone);
  if (!clock) {
    clock = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    clocks.set(timeZone, clock);
  }
  return clock;
}

/**
 * What the clocks of a zone show at an instant, to the second.
 * @param instantMs epoch milliseconds.
 * @param timeZone IANA name.
 * @throws RangeError for a zone that does not exist.
 */
export function wallTimeAt(instantMs: number, timeZone: string): WallTime {
  const parts = new Map(
    clockOf(timeZone)
      .formatToParts(instantMs)
      .map((part) => [part.type, Number(part.value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  return {
    year: part('year'),
    month: part('month'),
    day: part('day'),
    secondOfDay: part('hour') * 3_600 + part('minute') * 60 + part('second'),
  };
}

/**
 * The first instant after another at which the clocks of a zone show the given time. Days and seconds may
 * overflow (day 32, second 90,000). A time that the clocks skip when they go forward is the instant at which they
 * would have shown it; of a time that they show twice the first one that is still to come counts.
 * @param afterMs epoch milliseconds.
 * @returns epoch milliseconds.
 */
export function instantOfWallTime(wall: WallTime, timeZone: string, afterMs: number): number {
  const asUtc = Date.UTC(wall.year, wall.month - 1, wall.day, 0, 0, wall.secondOfDay);
  const before = offsetAt(asUtc - 86_400_000, timeZone);
  const after = offsetAt(asUtc + 86_400_000, timeZone);
  const candidates = [asUtc - before, asUtc - after].sort((a, b) => a - b);
  const shown = candidates.filter((candidate) => candidate + offsetAt(candidate, timeZone) === asUtc);
  return shown.find((candidate) => candidate > afterMs) ?? shown[0] ?? asUtc - before;
}

/** How far a zone's clocks are ahead of UTC at an instant, in milliseconds. */
function offsetAt(instantMs: number, timeZone: string): number {
  const wall = wallTimeAt(instantMs, timeZone);
  const asUtc = Date.UTC(wall.year, wall.month - 1, wall.day, 0, 0, wall.secondOfDay);
  return asUtc - Math.floor(instantMs / 1_000) * 1_000;
}
