import { type RateLine, rateWords } from './read-out.tsx';
import { type ChartBucket, type ChartSeries, totalsOf } from './series.ts';
import type { ValueFormat } from './value-format.ts';

/** Props of `ChartTable`. */
export interface ChartTableProps {
  title: string;
  /** Head of the first column: `Day` or `Hour`. */
  bucketHead: string;
  buckets: readonly ChartBucket[];
  series: readonly ChartSeries[];
  format: ValueFormat;
  rate: RateLine | undefined;
}

/** The chart as a table: every bucket, every series. Exact values are in the titles. */
export function ChartTable({ title, bucketHead, buckets, series, format, rate }: ChartTableProps) {
  const totals = totalsOf(series, buckets.length);
  const write = format.column(series.flatMap(({ values }) => values));
  return (
    // Focusable, so that the keyboard can scroll it.
    <section aria-label={`${title}, as a table`} tabIndex={0} className="max-h-80 overflow-auto border-line border-y">
      <table className="w-full text-body">
        <caption className="sr-only">{title}</caption>
        <thead>
          <tr>
            <Head align="left">{bucketHead}</Head>
            {series.map((one) => (
              <Head key={one.id}>{one.label}</Head>
            ))}
            <Head>Total</Head>
            {rate && <Head>{rate.label}</Head>}
          </tr>
        </thead>
        <tbody>
          {buckets.map((bucket, index) => (
            <tr key={bucket.startsAt} className="border-line border-t">
              <th scope="row" className="sticky left-0 whitespace-nowrap bg-canvas py-1.5 pr-4 text-left font-normal">
                {bucket.label}
                {bucket.isPartial && <span className="text-ink-3">, so far</span>}
              </th>
              {series.map((one) => (
                <td
                  key={one.id}
                  title={format.exact(one.values[index] ?? 0)}
                  className="whitespace-nowrap py-1.5 pl-4 text-right text-ink-2"
                >
                  {write(one.values[index] ?? 0)}
                </td>
              ))}
              <td
                title={format.exact(totals[index] ?? 0)}
                className="whitespace-nowrap py-1.5 pl-4 text-right font-medium"
              >
                {write(totals[index] ?? 0)}
              </td>
              {rate && <td className="whitespace-nowrap py-1.5 pl-4 text-right">{rateWords(rate.values[index])}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Head({ align = 'right', children }: { align?: 'left' | 'right'; children: string }) {
  return (
    <th
      scope="col"
      className={`sticky top-0 whitespace-nowrap bg-canvas py-1.5 text-head text-ink-3 ${align === 'left' ? 'pr-4 text-left' : 'pl-4 text-right'}`}
    >
      {children}
    </th>
  );
}
