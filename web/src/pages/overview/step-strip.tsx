import { clsx } from 'clsx';
import { Check } from 'lucide-react';
import type { ReactNode } from 'react';

/** One step. */
export interface Step {
  title: string;
  done: boolean;
  /** What to do, or what happened. */
  children: ReactNode;
}

/** Numbered steps side by side, ruled apart; a done step has a tick and its number steps back. */
export function StepStrip({ label, steps }: { label: string; steps: readonly Step[] }) {
  const next = steps.findIndex((step) => !step.done);
  return (
    <ol
      aria-label={label}
      className="mb-8 grid grid-cols-1 border-line-strong border-y md:auto-cols-fr md:grid-flow-col"
    >
      {steps.map((step, index) => (
        <li
          key={step.title}
          {...(index === next ? { 'aria-current': 'step' } : {})}
          className="flex gap-3 border-line py-4 not-first:border-t md:px-5 md:first:pl-0 md:not-first:border-t-0 md:not-first:border-l"
        >
          <span
            aria-hidden
            className={clsx(
              'flex size-5 shrink-0 items-center justify-center rounded-full border font-medium text-head',
              step.done
                ? 'border-success text-success'
                : index === next
                  ? 'border-ink'
                  : 'border-line-strong text-ink-3',
            )}
          >
            {step.done ? <Check className="size-3" strokeWidth={2.5} /> : index + 1}
          </span>
          <div className="min-w-0">
            <p className={clsx('text-control', !step.done && index !== next && 'text-ink-2')}>
              {step.title}
              {step.done && <span className="sr-only">, done</span>}
            </p>
            <div className="mt-0.5 text-ink-2">{step.children}</div>
          </div>
        </li>
      ))}
    </ol>
  );
}
