import { clsx } from 'clsx';
import { formatPercent, formatUsd, formatUsdExact } from '../format/index.ts';

/** Props of `BudgetBar`. */
export interface BudgetBarProps {
  /** What the budget is for, such as "Budget of ci". */
  label: string;
  spendNanoUsd: number;
  limitNanoUsd: number;
  /** How much of the window has gone by, 0 to 1: where an even pace would stand today. */
  elapsed?: number | undefined;
  /** `line`: the scale alone, for rows. */
  size?: 'line' | 'full';
}

/** A budget as a thin ruled scale, with a tick where an even pace would stand today. */
export function BudgetBar({ label, spendNanoUsd, limitNanoUsd, elapsed, size = 'full' }: BudgetBarProps) {
  const share = limitNanoUsd > 0 ? spendNanoUsd / limitNanoUsd : 1;
  const words = `${formatUsd(spendNanoUsd)} of ${formatUsd(limitNanoUsd)}`;
  const tone = share >= 1 ? 'bg-danger' : share >= 0.8 ? 'bg-warning' : 'bg-ink';
  return (
    <div className="flex min-w-24 flex-col gap-1.5">
      {size === 'full' && (
        <div className="flex items-baseline justify-between gap-3 tabular-nums">
          <span title={`${formatUsdExact(spendNanoUsd)} of ${formatUsdExact(limitNanoUsd)}`}>{words}</span>
          <span
            className={clsx('text-meta', share >= 1 ? 'text-danger' : share >= 0.8 ? 'text-warning' : 'text-ink-3')}
          >
            {share >= 1 ? 'Used up' : formatPercent(spendNanoUsd, limitNanoUsd)}
          </span>
        </div>
      )}
      <div
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(Math.min(1, Math.max(0, share)) * 100)}
        aria-valuetext={words}
        title={words}
        className={clsx('relative', size === 'full' ? 'h-3' : 'h-2')}
      >
        <div data-meter className="absolute inset-x-0 bottom-0 h-px bg-line-strong" />
        <div
          data-meter
          className={clsx('absolute bottom-0 left-0 h-[3px]', tone)}
          style={{ width: `${Math.min(1, Math.max(0, share)) * 100}%` }}
        />
        {size === 'full' &&
          [0, 0.25, 0.5, 0.75, 1].map((mark) => (
            <div
              key={mark}
              data-meter
              className={clsx('absolute bottom-0 w-px bg-line-strong', mark === 0 || mark === 1 ? 'h-2' : 'h-1.5')}
              style={{ left: mark === 1 ? 'calc(100% - 1px)' : `${mark * 100}%` }}
            />
          ))}
        {elapsed !== undefined && (
          <div
            data-meter
            title="Where an even pace would stand today"
            className={clsx('absolute bottom-0 w-px bg-accent', size === 'full' ? 'h-3' : 'h-2')}
            style={{ left: `${Math.min(1, Math.max(0, elapsed)) * 100}%` }}
          />
        )}
      </div>
    </div>
  );
}
