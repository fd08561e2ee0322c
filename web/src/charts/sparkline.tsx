import { line } from 'd3-shape';
import './charts.css';

const widthPx = 72;
const heightPx = 20;
const insetPx = 2;

/** A row's or tile's trend: no axes, a dot on the newest point. `title` says in words what it shows. */
export function Sparkline({ values, title }: { values: readonly number[]; title: string }) {
  const highest = Math.max(1, ...values);
  const stepPx = (widthPx - 2 * insetPx) / Math.max(1, values.length - 1);
  const xAt = (index: number): number => insetPx + index * stepPx;
  const yAt = (value: number): number => heightPx - insetPx - (value / highest) * (heightPx - 2 * insetPx);
  const path = line<number>()
    .x((_, index) => xAt(index))
    .y(yAt)([...values]);
  const last = values.at(-1);
  return (
    <svg
      role="img"
      aria-label={title}
      width={widthPx}
      height={heightPx}
      viewBox={`0 0 ${widthPx} ${heightPx}`}
      className="shrink-0 overflow-visible"
    >
      <title>{title}</title>
      <path d={path ?? ''} fill="none" strokeWidth="1.25" strokeLinejoin="round" style={{ stroke: 'var(--ink-3)' }} />
      {last !== undefined && <circle cx={xAt(values.length - 1)} cy={yAt(last)} r="2" style={{ fill: 'var(--ink)' }} />}
    </svg>
  );
}
