import { clsx } from 'clsx';
import type { ReactNode } from 'react';

/** `plain` is the normal state: a hollow dot, no colour. Colour is spent on what needs eyes. */
export type StatusTone = 'plain' | 'quiet' | 'success' | 'warning' | 'danger';

const dots: Readonly<Record<StatusTone, string>> = {
  plain: 'border border-ink-2',
  quiet: 'border border-dashed border-ink-3',
  success: 'bg-success',
  warning: 'bg-warning',
  danger: 'bg-danger',
};

const words: Readonly<Record<StatusTone, string>> = {
  plain: 'text-ink',
  quiet: 'text-ink-3',
  success: 'text-success',
  warning: 'text-warning',
  danger: 'text-danger',
};

/** A dot and a word. The word carries the meaning; the dot is for the eye. */
export function Status({
  tone = 'plain',
  children,
  title,
  live = false,
}: {
  tone?: StatusTone;
  children: ReactNode;
  title?: string;
  live?: boolean;
}) {
  return (
    <span
      className={clsx('inline-flex items-center gap-1.5 whitespace-nowrap', words[tone])}
      {...(title === undefined ? {} : { title })}
    >
      <span aria-hidden className={clsx('size-1.5 shrink-0 rounded-full', dots[tone], live && 'live-dot')} />
      {children}
    </span>
  );
}
