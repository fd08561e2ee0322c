import { clsx } from 'clsx';
import { type ReactNode, useId } from 'react';

/** One choice of `RadioCards`. */
export interface RadioCard {
  value: string;
  label: ReactNode;
  /** What choosing this means. */
  hint?: ReactNode;
  disabled?: boolean;
}

/** Props of `RadioCards`. */
export interface RadioCardsProps {
  legend: string;
  /** For screen readers only, where a heading says the same. */
  legendHidden?: boolean;
  name: string;
  options: readonly RadioCard[];
  value: string;
  onValueChange: (value: string) => void;
  hint?: ReactNode;
  error?: string | undefined;
  /** `row`: short choices side by side, such as presets. */
  layout?: 'list' | 'row';
}

/** One of several choices, each with a sentence; ruled like a ledger, not boxed. */
export function RadioCards({
  legend,
  legendHidden = false,
  name,
  options,
  value,
  onValueChange,
  hint,
  error,
  layout = 'list',
}: RadioCardsProps) {
  const id = useId();
  return (
    <fieldset aria-describedby={hint || error ? id : undefined} className="min-w-0">
      <legend className={legendHidden ? 'sr-only' : 'mb-1 text-body font-medium'}>{legend}</legend>
      <div
        className={clsx(
          'overflow-hidden rounded-control border border-line-strong bg-line',
          layout === 'row' ? 'grid grid-cols-3 gap-px sm:flex' : 'flex flex-col gap-px',
        )}
      >
        {options.map((option) => (
          <label
            key={option.value}
            className={clsx(
              'flex cursor-pointer gap-2.5 text-body has-focus-visible:outline-2 has-focus-visible:outline-accent has-focus-visible:-outline-offset-2',
              'bg-surface has-checked:bg-sunken hover:bg-sunken has-disabled:cursor-not-allowed has-disabled:text-ink-3',
              layout === 'row'
                ? 'h-[30px] grow items-center justify-center px-3 has-checked:font-medium has-checked:shadow-[inset_0_-2px_0_var(--ink)] pointer-coarse:h-[42px]'
                : 'items-start px-3 py-2.5',
            )}
          >
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={option.value === value}
              disabled={option.disabled}
              onChange={() => onValueChange(option.value)}
              className={layout === 'row' ? 'sr-only' : 'mt-0.5 size-4 shrink-0 accent-primary outline-none'}
            />
            <span className="min-w-0">
              <span className={layout === 'list' ? 'font-medium' : undefined}>{option.label}</span>
              {option.hint && <span className="block text-meta font-normal text-ink-3">{option.hint}</span>}
            </span>
          </label>
        ))}
      </div>
      {(hint || error) && (
        <div id={id} className="mt-1 text-meta text-ink-3">
          {hint && <p>{hint}</p>}
          {error && <p className="text-danger">{error}</p>}
        </div>
      )}
    </fieldset>
  );
}
