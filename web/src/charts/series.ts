import { hueCount, hues, type SeriesHue } from './series-colour.ts';

/** One span of the x axis. */
export interface ChartBucket {
  /** When the bucket starts, ISO 8601. */
  readonly startsAt: string;
  /** What the read-out and the table call it, in the zone of the chart: `Mon, 17 Nov`. */
  readonly label: string;
  /** True while the bucket is still filling up. */
  readonly isPartial: boolean;
}

/** One colour of a stack. Values are integers (nano-dollars, requests, tokens), one for each bucket. */
export interface ChartSeries {
  readonly id: string;
  readonly label: string;
  readonly values: readonly number[];
  readonly hue: SeriesHue;
  /** `dotted` is for what came from a cache, `hatched` for errors and for the sum of small series. */
  readonly texture: 'solid' | 'dotted' | 'hatched';
}

/** A series before it has a colour. */
export interface RankedSeries {
  readonly id: string;
  readonly label: string;
  readonly values: readonly number[];
}

/** The id of the series that sums up all but the largest. */
export const otherSeriesId = 'other';

/**
 * The six largest series with the hues of their entities, and "Other": whatever of the bucket totals they leave.
 * So the stack always adds up to the totals, even when the answer does not list every group.
 * `entityKind` keeps a key and a model of the same name apart.
 */
export function topSeries(
  ranked: readonly RankedSeries[],
  bucketTotals: readonly number[],
  entityKind: string,
): readonly ChartSeries[] {
  const withSums = ranked.map((series) => ({ series, sum: sumOf(series.values) })).filter(({ sum }) => sum > 0);
  const top = withSums
    .toSorted((left, right) => right.sum - left.sum)
    .slice(0, hueCount)
    .map(({ series }) => series);
  const chosen = hues.huesFor(top.map((series) => `${entityKind}:${series.id}`));
  const shown = top.map(
    (series): ChartSeries => ({
      ...series,
      hue: chosen.get(`${entityKind}:${series.id}`) ?? 'other',
      texture: 'solid',
    }),
  );
  const rest = bucketTotals.map((total, index) =>
    Math.max(0, total - sumOf(top.map((series) => series.values[index] ?? 0))),
  );
  if (sumOf(rest) === 0) return shown;
  return [...shown, { id: otherSeriesId, label: 'Other', values: rest, hue: 'other', texture: 'hatched' }];
}

/** The sum of each bucket over all series. */
export function totalsOf(series: readonly ChartSeries[], bucketCount: number): readonly number[] {
  return Array.from({ length: bucketCount }, (_, index) => sumOf(series.map(({ values }) => values[index] ?? 0)));
}

/** Sums integers. */
export function sumOf(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
