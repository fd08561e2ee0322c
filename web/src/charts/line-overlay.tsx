import { line } from 'd3-shape';

/** Props of `LineOverlay`. */
export interface LineOverlayProps {
  /** 0..1, null where there is nothing to measure: the line breaks there. */
  values: readonly (number | null)[];
  /** Centre of the bucket. */
  xAt: (index: number) => number;
  /** Height of a rate of 0..1. */
  yAt: (rate: number) => number;
  activeIndex: number | null;
}

interface Point {
  readonly index: number;
  readonly rate: number | null;
}

/** A rate over the bars, on its own axis from 0 to 100 %. Single measurements between gaps are drawn as dots. */
export function LineOverlay({ values, xAt, yAt, activeIndex }: LineOverlayProps) {
  const points = values.map((rate, index): Point => ({ index, rate }));
  const path = line<Point>()
    .defined(({ rate }) => rate !== null)
    .x(({ index }) => xAt(index))
    .y(({ rate }) => yAt(rate ?? 0))(points);
  const isAlone = (index: number): boolean =>
    (values[index - 1] ?? null) === null && (values[index + 1] ?? null) === null;
  return (
    <g>
      <path d={path ?? ''} fill="none" strokeWidth="4" strokeLinejoin="round" style={{ stroke: 'var(--canvas)' }} />
      <path
        d={path ?? ''}
        fill="none"
        strokeWidth="1.5"
        strokeLinejoin="round"
        style={{ stroke: 'var(--chart-overlay-line)' }}
      />
      {points.map(({ index, rate }) =>
        rate !== null && (index === activeIndex || isAlone(index)) ? (
          <circle
            key={index}
            cx={xAt(index)}
            cy={yAt(rate)}
            r="3"
            strokeWidth="1.5"
            style={{ fill: 'var(--chart-overlay-line)', stroke: 'var(--canvas)' }}
          />
        ) : null,
      )}
    </g>
  );
}
