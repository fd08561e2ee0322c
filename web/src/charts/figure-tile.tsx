import { clsx } from 'clsx';
import { ArrowDown, ArrowUp } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Delta } from '../format/index.ts';

/** Props of `FigureTile`. */
export interface FigureTileProps {
  label: string;
  /** The number, as short as its kind allows. */
  value: string;
  /** The exact number, for the title. */
  exact?: string;
  /** Change against the period before; left out when there is nothing to compare with. */
  delta?: Delta | null | undefined;
  /** What the change is measured against, such as "vs 10–16 Nov". */
  deltaAgainst?: string | undefined;
  /** A line below the number. */
  detail?: ReactNode;
  /** A trend at the right of the number. */
  trend?: ReactNode;
  /** Set on tiles that choose what the page shows. */
  isSelected?: boolean;
  onSelect?: () => void;
  className?: string;
}

/** One number of a page: the number is the hero, everything else is quiet. */
export function FigureTile({
  label,
  value,
  exact,
  delta,
  deltaAgainst,
  detail,
  trend,
  isSelected,
  onSelect,
  className,
}: FigureTileProps) {
  const content = (
    <>
      <span className="flex min-h-5 items-center justify-between gap-2">
        <span className={clsx('text-meta', isSelected ? 'font-medium text-ink' : 'text-ink-2')}>{label}</span>
        {/* Where it would make the label break into lines, the label is worth more. */}
        {trend && <span className="max-sm:hidden lg:max-xl:hidden">{trend}</span>}
      </span>
      <span className="mt-1 flex flex-wrap items-baseline gap-x-2">
        <span className="text-figure" {...(exact === undefined ? {} : { title: exact })}>
          {value}
        </span>
        {delta && <DeltaNote delta={delta} against={deltaAgainst} />}
      </span>
      {detail && <span className="mt-1 block text-ink-3 text-meta">{detail}</span>}
    </>
  );
  const frame = clsx('flex min-w-0 flex-col px-4 py-3 text-left', className);
  if (onSelect === undefined) return <div className={frame}>{content}</div>;
  return (
    <button
      type="button"
      aria-pressed={isSelected}
      onClick={onSelect}
      className={clsx(
        frame,
        'transition-colors duration-120 hover:bg-sunken focus-visible:-outline-offset-2',
        isSelected && 'shadow-[inset_0_2px_0_var(--ink)]',
      )}
    >
      {content}
    </button>
  );
}

function DeltaNote({ delta, against }: { delta: Delta; against: string | undefined }) {
  const Arrow = delta.direction === 'up' ? ArrowUp : delta.direction === 'down' ? ArrowDown : null;
  return (
    <span
      className="inline-flex items-center gap-0.5 text-ink-2 text-meta"
      {...(against === undefined ? {} : { title: against })}
    >
      {Arrow && <Arrow aria-hidden className="size-3" strokeWidth={1.75} />}
      <span aria-hidden>{delta.text}</span>
      <span className="sr-only">
        {delta.words} {against}
      </span>
    </span>
  );
}

/** Tiles side by side, set apart by hairlines. */
export function FigureTiles({ label, columns, children }: { label: string; columns: 4 | 5; children: ReactNode }) {
  return (
    <section
      aria-label={label}
      className={clsx(
        'mb-8 grid grid-cols-2 border-line border-y *:border-line',
        columns === 5
          ? '*:border-l max-lg:*:first:col-span-2 max-lg:*:[&:nth-child(n+2)]:border-t lg:grid-cols-5'
          : '*:border-l max-lg:*:[&:nth-child(n+3)]:border-t lg:grid-cols-4',
        // The leftmost tile of a row stands flush with the page.
        columns === 5
          ? 'max-lg:*:[&:first-child]:border-l-0 max-lg:*:[&:nth-child(even)]:border-l-0 lg:*:first:border-l-0'
          : 'max-lg:*:[&:nth-child(odd)]:border-l-0 lg:*:first:border-l-0',
      )}
    >
      {children}
    </section>
  );
}
