import { clsx } from 'clsx';
import { LoaderCircle } from 'lucide-react';
import type { ComponentProps } from 'react';

/** How loud a button is. One `primary` per view; `danger` is an outline, `danger-filled` the last word of a confirmation. */
export type ButtonVariant = 'primary' | 'secondary' | 'danger' | 'danger-filled' | 'ghost';

/** `regular` is 32 px high (44 px on touch screens), `small` 24 px. */
export type ButtonSize = 'regular' | 'small' | 'icon';

const variants: Readonly<Record<ButtonVariant, string>> = {
  primary: 'bg-primary text-on-primary border-primary hover:opacity-88',
  secondary: 'bg-surface text-ink border-line-strong hover:bg-sunken',
  danger: 'bg-transparent text-danger border-danger hover:bg-danger-paper',
  'danger-filled': 'bg-danger text-canvas border-danger hover:opacity-88',
  ghost: 'bg-transparent text-ink-2 border-transparent hover:bg-sunken hover:text-ink',
};

const sizes: Readonly<Record<ButtonSize, string>> = {
  regular: 'h-8 px-3 text-control pointer-coarse:h-11 pointer-coarse:px-4',
  small: 'h-6 px-2 text-meta font-medium pointer-coarse:h-11 pointer-coarse:px-3',
  icon: 'size-8 text-control pointer-coarse:size-11',
};

/** The classes of a button, for links that look like one. */
export function buttonClass(variant: ButtonVariant = 'secondary', size: ButtonSize = 'regular'): string {
  return clsx(
    'inline-flex shrink-0 select-none items-center justify-center gap-2 whitespace-nowrap rounded-control border transition-[background-color,opacity,color] duration-120 ease-out',
    'disabled:cursor-not-allowed disabled:opacity-50 aria-disabled:cursor-not-allowed aria-disabled:opacity-50',
    variants[variant],
    sizes[size],
  );
}

/** Props of `Button`. */
export interface ButtonProps extends ComponentProps<'button'> {
  variant?: ButtonVariant;
  size?: ButtonSize;
  /** Work is under way: shows a spinner, takes no clicks, stays focusable. */
  busy?: boolean;
}

/** A button. `type` is `button` unless said otherwise. */
export function Button({
  variant = 'secondary',
  size = 'regular',
  busy = false,
  className,
  children,
  onClick,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      onClick={busy ? (event) => event.preventDefault() : onClick}
      aria-disabled={busy || undefined}
      aria-busy={busy || undefined}
      className={clsx(buttonClass(variant, size), className)}
    >
      {busy && <LoaderCircle aria-hidden className="size-4 animate-spin" strokeWidth={1.5} />}
      {children}
    </button>
  );
}
