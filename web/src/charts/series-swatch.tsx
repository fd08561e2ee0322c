import type { ChartSeries } from './series.ts';
import { cssColour } from './series-colour.ts';

/** The mark that ties a name to its colour and texture. Decorative: the name stands beside it. */
export function SeriesSwatch({ series }: { series: Pick<ChartSeries, 'hue' | 'texture'> }) {
  const colour = cssColour(series.hue);
  return (
    <svg aria-hidden width="10" height="10" viewBox="0 0 10 10" className="chart-bar shrink-0">
      {series.texture === 'dotted' ? (
        <g style={{ fill: colour }}>
          <rect width="10" height="10" opacity="0.22" />
          {[2, 5, 8].flatMap((y) => [2, 5, 8].map((x) => <circle key={`${x}-${y}`} cx={x} cy={y} r="1" />))}
        </g>
      ) : (
        <rect width="10" height="10" style={{ fill: colour }} />
      )}
      {series.texture === 'hatched' && (
        <path d="M-1 5L5 -1M-1 11L11 -1M5 11L11 5" strokeWidth="1.4" style={{ stroke: 'var(--canvas)' }} />
      )}
    </svg>
  );
}

/** Names the colours of a chart that has no ranking table below it: one quiet line, no box. */
export function SeriesKey({
  series,
  line,
}: {
  series: readonly ChartSeries[] /** Name of the rate that is drawn as a line. */;
  line?: string | undefined;
}) {
  return (
    <ul className="flex flex-wrap gap-x-4 gap-y-1 text-ink-2 text-meta">
      {series.map((one) => (
        <li key={one.id} className="flex items-center gap-1.5">
          <SeriesSwatch series={one} />
          {one.label}
        </li>
      ))}
      {line !== undefined && (
        <li className="flex items-center gap-1.5">
          <svg aria-hidden width="14" height="10" viewBox="0 0 14 10" className="shrink-0">
            <path d="M0 7L5 3L9 6L14 2" fill="none" strokeWidth="1.5" style={{ stroke: 'var(--chart-overlay-line)' }} />
          </svg>
          {line}
        </li>
      )}
    </ul>
  );
}
