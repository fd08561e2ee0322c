/** A label under the x axis; `index` is the bucket at whose start it stands. */
export interface AxisLabel {
  readonly index: number;
  readonly text: string;
}

interface BucketStart {
  readonly startsAt: string;
}

interface Candidate extends AxisLabel {
  readonly rank: number;
}

/**
 * Labels at real boundaries of the zone: midnights (and every sixth hour) for hours, days, Mondays or months for days.
 * As many as fit, `minGapPx` apart; coarser boundaries are placed first, and a finer kind only if all of it fits.
 */
export function axisLabels(
  buckets: readonly BucketStart[],
  options: { granularity: 'hour' | 'day'; timeZone: string; widthPx: number; minGapPx?: number; locale?: string },
): readonly AxisLabel[] {
  const { granularity, timeZone, widthPx, minGapPx = 52, locale = 'en-GB' } = options;
  if (buckets.length === 0 || widthPx <= 0) return [];
  const parts = buckets.map(({ startsAt }) => calendarParts(new Date(startsAt), timeZone, locale));
  const candidates = parts.map((part, index): Candidate => {
    const previous = parts[index - 1];
    if (granularity === 'hour') return hourCandidate(part, previous, index);
    return dayCandidate(part, index, buckets.length);
  });
  const minSteps = minGapPx / (widthPx / buckets.length);
  const ranks = [...new Set(candidates.map(({ rank }) => rank))].toSorted((left, right) => right - left);
  let placed: readonly AxisLabel[] = [];
  for (const rank of ranks) {
    const ofRank = candidates.filter((candidate) => candidate.rank === rank);
    if (keepDistance(ofRank, minSteps)) placed = addFree(placed, ofRank, minSteps);
    else if (placed.length === 0) placed = thin(ofRank, minSteps);
    else break;
  }
  return placed.map(({ index, text }) => ({ index, text }));
}

interface CalendarParts {
  readonly hour: number;
  readonly minute: number;
  readonly day: number;
  readonly weekday: string;
  readonly month: string;
}

function calendarParts(instant: Date, timeZone: string, locale: string): CalendarParts {
  const format = new Intl.DateTimeFormat(locale, {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    day: 'numeric',
    weekday: 'short',
    month: 'short',
  });
  const parts = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, value]));
  return {
    hour: Number(parts['hour']),
    minute: Number(parts['minute']),
    day: Number(parts['day']),
    weekday: parts['weekday'] ?? '',
    month: parts['month'] ?? '',
  };
}

function hourCandidate(part: CalendarParts, previous: CalendarParts | undefined, index: number): Candidate {
  const isNewDay = previous === undefined ? part.hour === 0 : previous.day !== part.day;
  if (isNewDay) return { index, text: `${part.day} ${part.month}`, rank: 4 };
  const text = `${String(part.hour).padStart(2, '0')}:${String(part.minute).padStart(2, '0')}`;
  if (part.hour % 12 === 0) return { index, text, rank: 3 };
  if (part.hour % 6 === 0) return { index, text, rank: 2 };
  return { index, text, rank: part.hour % 3 === 0 ? 1 : 0 };
}

function dayCandidate(part: CalendarParts, index: number, count: number): Candidate {
  const dated = `${part.day} ${part.month}`;
  if (part.day === 1) return { index, text: count > 92 ? part.month : dated, rank: 3 };
  const isMonday = part.weekday.startsWith('Mon');
  const text = count <= 10 ? `${part.weekday} ${part.day}` : dated;
  return { index, text, rank: isMonday && count > 10 ? 2 : 1 };
}

/** Adds the labels that do not come too close to a coarser boundary. */
function addFree(placed: readonly AxisLabel[], labels: readonly AxisLabel[], minSteps: number): readonly AxisLabel[] {
  const free = labels.filter((label) => placed.every(({ index }) => Math.abs(index - label.index) >= minSteps));
  return [...placed, ...free].toSorted((left, right) => left.index - right.index);
}

function keepDistance(labels: readonly AxisLabel[], minSteps: number): boolean {
  return labels.every((label, position) => {
    const next = labels[position + 1];
    return next === undefined || next.index - label.index >= minSteps;
  });
}

/** Every second label, every third, … until they keep their distance. */
function thin(labels: readonly AxisLabel[], minSteps: number): readonly AxisLabel[] {
  for (let every = 2; every < labels.length; every += 1) {
    const shown = labels.filter((_, position) => position % every === 0);
    if (keepDistance(shown, minSteps)) return shown;
  }
  return labels.slice(0, 1);
}
