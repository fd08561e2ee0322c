import { useState } from 'react';
import { formatCount, formatDate, formatUsd } from '../format/index.ts';

/** One day of spend, as the usage endpoint has it. */
export interface SpendBucket {
  /** ISO 8601. */
  starts_at: string;
  totals: { spend_nano_usd: number; requests: number };
}

const heightPx = 96;

/** Spend by day as plain bars on a baseline; the last one, today, is hatched because it is not over. */
export function SpendByDay({
  title,
  buckets,
  timeZone,
}: {
  title: string;
  buckets: readonly SpendBucket[];
  timeZone: string;
}) {
  const [pointed, setPointed] = useState<number | null>(null);
  const highest = Math.max(...buckets.map((bucket) => bucket.totals.spend_nano_usd), 0);
  const total = buckets.reduce((sum, bucket) => sum + bucket.totals.spend_nano_usd, 0);
  const read = buckets[pointed ?? -1];
  const first = buckets[0];
  const dayOf = (bucket: SpendBucket) => formatDate(bucket.starts_at, { timeZone });
  return (
    <figure>
      <figcaption className="mb-1 flex h-4 justify-between text-ink-3 text-meta tabular-nums">
        {read === undefined ? (
          <span>{highest === 0 ? 'Nothing spent yet' : `Highest day ${formatUsd(highest)}`}</span>
        ) : (
          <span className="text-ink">
            {dayOf(read)}: {formatUsd(read.totals.spend_nano_usd)}, {formatCount(read.totals.requests)}{' '}
            {read.totals.requests === 1 ? 'request' : 'requests'}
          </span>
        )}
      </figcaption>
      <div
        aria-hidden
        onPointerLeave={() => setPointed(null)}
        className="flex items-end gap-px border-line-strong border-b bg-[linear-gradient(to_bottom,var(--line)_1px,transparent_1px)] bg-[size:100%_32px]"
        style={{ height: heightPx }}
      >
        {buckets.map((bucket, index) => {
          const spend = bucket.totals.spend_nano_usd;
          const isToday = index === buckets.length - 1;
          return (
            <div
              key={bucket.starts_at}
              onPointerEnter={() => setPointed(index)}
              className="flex h-full min-w-0 grow basis-0 items-end"
            >
              <div
                data-meter
                className={
                  spend === 0
                    ? 'hidden'
                    : isToday
                      ? 'w-full border-accent border-t bg-[repeating-linear-gradient(135deg,var(--accent)_0_1px,transparent_1px_4px)]'
                      : pointed === index
                        ? 'w-full bg-ink'
                        : 'w-full bg-accent'
                }
                // A day with traffic is never invisible.
                style={{
                  height:
                    spend === 0 || highest === 0 ? 0 : Math.max(2, Math.round((spend / highest) * (heightPx - 8))),
                }}
              />
            </div>
          );
        })}
      </div>
      <div aria-hidden className="mt-1 flex justify-between text-head text-ink-3">
        <span>{first && dayOf(first)}</span>
        <span>Today</span>
      </div>
      <table className="sr-only">
        <caption>
          {title}: {formatUsd(total)} in {buckets.length} days
        </caption>
        <thead>
          <tr>
            <th scope="col">Day</th>
            <th scope="col">Spend</th>
            <th scope="col">Requests</th>
          </tr>
        </thead>
        <tbody>
          {buckets.map((bucket) => (
            <tr key={bucket.starts_at}>
              <th scope="row">{dayOf(bucket)}</th>
              <td>{formatUsd(bucket.totals.spend_nano_usd)}</td>
              <td>{formatCount(bucket.totals.requests)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}
