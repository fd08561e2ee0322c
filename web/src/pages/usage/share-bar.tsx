import { formatPercent } from '../../format/index.ts';

/** A share as a thin bar with its number. The largest part of the column fills the bar. */
export function ShareBar({ part, whole, largest }: { part: number; whole: number; largest: number }) {
  const width = largest > 0 ? Math.max(part > 0 ? 1 : 0, (part / largest) * 100) : 0;
  return (
    <span className="flex w-full min-w-28 items-center gap-2">
      <span aria-hidden className="relative h-[3px] grow bg-line">
        <span data-meter className="absolute inset-y-0 left-0 bg-ink" style={{ width: `${width}%` }} />
      </span>
      <span className="w-12 shrink-0 text-right tabular-nums">{formatPercent(part, whole)}</span>
    </span>
  );
}
