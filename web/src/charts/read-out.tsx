import { formatPercent } from '../format/index.ts';
import { type ChartBucket, type ChartSeries, sumOf } from './series.ts';
import { SeriesSwatch } from './series-swatch.tsx';
import type { ValueFormat } from './value-format.ts';

/** A rate that is drawn as a line over the bars. `values` are 0..1, null where there was nothing to measure. */
export interface RateLine {
  readonly label: string;
  readonly values: readonly (number | null)[];
}

/** Props of `ReadOut`. */
export interface ReadOutProps {
  bucket: ChartBucket;
  index: number;
  series: readonly ChartSeries[];
  format: ValueFormat;
  rate: RateLine | undefined;
}

/** One bucket as a small table: series, value, share, total. */
export function ReadOut({ bucket, index, series, format, rate }: ReadOutProps) {
  const total = sumOf(series.map(({ values }) => values[index] ?? 0));
  const present = series.filter(({ values }) => (values[index] ?? 0) > 0);
  const rateHere = rate?.values[index];
  return (
    <table className="w-full text-meta">
      <caption className="pb-1 text-left font-medium text-ink">
        {bucket.label}
        {bucket.isPartial && <span className="font-normal text-ink-3">, so far</span>}
      </caption>
      <tbody>
        {present.map((one) => {
          const value = one.values[index] ?? 0;
          return (
            <tr key={one.id}>
              <th scope="row" className="max-w-44 py-0.5 pr-4 text-left font-normal text-ink-2">
                <span className="flex items-center gap-1.5">
                  <SeriesSwatch series={one} />
                  <span className="truncate">{one.label}</span>
                </span>
              </th>
              <td className="py-0.5 text-right text-ink">{format.short(value)}</td>
              <td className="py-0.5 pl-3 text-right text-ink-3">{formatPercent(value, total)}</td>
            </tr>
          );
        })}
        <tr className={present.length > 0 ? 'border-line border-t' : undefined}>
          <th scope="row" className="pt-1 pr-4 text-left font-medium">
            Total
          </th>
          <td className="pt-1 text-right font-medium">{format.short(total)}</td>
          <td />
        </tr>
        {rate && (
          <tr>
            <th scope="row" className="pt-0.5 pr-4 text-left font-normal text-ink-2">
              {rate.label}
            </th>
            <td className="pt-0.5 text-right">{rateWords(rateHere)}</td>
            <td />
          </tr>
        )}
      </tbody>
    </table>
  );
}

/** The same bucket as one sentence, for screen readers. */
export function readOutWords({ bucket, index, series, format, rate }: ReadOutProps): string {
  const total = sumOf(series.map(({ values }) => values[index] ?? 0));
  const parts = series
    .filter(({ values }) => (values[index] ?? 0) > 0)
    .map((one) => `${one.label} ${format.short(one.values[index] ?? 0)}`);
  const rated = rate ? `, ${rate.label} ${rateWords(rate.values[index])}` : '';
  return `${bucket.label}${bucket.isPartial ? ', so far' : ''}: total ${format.short(total)}${rated}${parts.length > 1 ? `; ${parts.join(', ')}` : ''}`;
}

/** A rate in per cent; `n/a` where nothing was measured. */
export function rateWords(rate: number | null | undefined): string {
  return rate === null || rate === undefined ? formatPercent(0, 0) : formatPercent(rate, 1);
}
