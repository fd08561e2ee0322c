import { clsx } from 'clsx';
import { ChevronDown, Eye, EyeOff } from 'lucide-react';
import { type ComponentProps, createContext, type KeyboardEvent, type ReactNode, use, useId, useState } from 'react';

interface FieldContext {
  controlId: string;
  describedBy: string | undefined;
  invalid: boolean;
  required: boolean;
}

const FieldOfControl = createContext<FieldContext | null>(null);

/** Props of `Field`. */
export interface FieldProps {
  label: ReactNode;
  /** One line below the control that helps to fill it in. */
  hint?: ReactNode;
  /** What is wrong and how to mend it; replaces nothing, stands below the hint. */
  error?: string | undefined;
  required?: boolean;
  /** A quiet note right of the label, such as "optional". */
  note?: ReactNode;
  /** More text that describes the control, such as a checklist: its element id. */
  describedBy?: string;
  className?: string;
  children: ReactNode;
}

/** A label, one control, a hint and an error, tied together for screen readers. */
export function Field({ label, hint, error, required = false, note, describedBy, className, children }: FieldProps) {
  const controlId = useId();
  const hintId = `${controlId}-hint`;
  const errorId = `${controlId}-error`;
  const ids = [describedBy, hint ? hintId : undefined, error ? errorId : undefined].filter((id) => id !== undefined);
  return (
    <div className={clsx('flex flex-col gap-1', className)}>
      <div className="flex items-baseline justify-between gap-4">
        <label htmlFor={controlId} className="text-body font-medium">
          {label}
        </label>
        {note && <span className="text-meta text-ink-3">{note}</span>}
      </div>
      <FieldOfControl
        value={{
          controlId,
          describedBy: ids.length > 0 ? ids.join(' ') : undefined,
          invalid: Boolean(error),
          required,
        }}
      >
        {children}
      </FieldOfControl>
      {hint && (
        <p id={hintId} className="text-meta text-ink-3">
          {hint}
        </p>
      )}
      {error && (
        <p id={errorId} className="whitespace-pre-line text-meta text-danger">
          {error}
        </p>
      )}
    </div>
  );
}

/** What a control inside a `Field` must carry; for controls that are not in this file. */
export function useFieldControl(): {
  id?: string;
  'aria-describedby'?: string;
  'aria-invalid'?: true;
  'aria-required'?: true;
} {
  const field = use(FieldOfControl);
  if (field === null) return {};
  return {
    id: field.controlId,
    ...(field.describedBy === undefined ? {} : { 'aria-describedby': field.describedBy }),
    ...(field.invalid ? { 'aria-invalid': true } : {}),
    ...(field.required ? { 'aria-required': true } : {}),
  };
}

const controlClass =
  'w-full min-w-0 rounded-control border border-line-strong bg-surface px-2.5 text-body text-ink hover:border-ink-3 aria-invalid:border-danger disabled:cursor-not-allowed disabled:bg-sunken disabled:text-ink-3 [&[readonly]]:bg-sunken pointer-coarse:text-[1rem]';
const lineClass = 'h-8 pointer-coarse:h-11';

/** One line of text. */
export function TextInput({ className, ...rest }: ComponentProps<'input'>) {
  return <input type="text" {...useFieldControl()} {...rest} className={clsx(controlClass, lineClass, className)} />;
}

/** A password with a show toggle and a hint when caps lock is on. */
export function PasswordInput({ className, onKeyUp, onBlur, ...rest }: Omit<ComponentProps<'input'>, 'type'>) {
  const [shown, setShown] = useState(false);
  const [capsLock, setCapsLock] = useState(false);
  const Icon = shown ? EyeOff : Eye;
  return (
    <>
      <div className="relative">
        <input
          autoCapitalize="none"
          autoCorrect="off"
          spellCheck={false}
          {...useFieldControl()}
          {...rest}
          type={shown ? 'text' : 'password'}
          onKeyUp={(event: KeyboardEvent<HTMLInputElement>) => {
            setCapsLock(event.getModifierState('CapsLock'));
            onKeyUp?.(event);
          }}
          onBlur={(event) => {
            setCapsLock(false);
            onBlur?.(event);
          }}
          className={clsx(controlClass, lineClass, 'pr-9 pointer-coarse:pr-12', className)}
        />
        <button
          type="button"
          aria-pressed={shown}
          aria-label="Show characters"
          onClick={() => setShown(!shown)}
          className="absolute inset-y-0 right-0 flex w-8 items-center justify-center rounded-control text-ink-3 hover:text-ink pointer-coarse:w-11"
        >
          <Icon aria-hidden className="size-4" strokeWidth={1.5} />
        </button>
      </div>
      {capsLock && (
        <p role="status" className="text-meta text-warning">
          Caps lock is on.
        </p>
      )}
    </>
  );
}

/** Props of `NumberInput`. */
export interface NumberInputProps extends Omit<ComponentProps<'input'>, 'type' | 'prefix'> {
  /** Printed inside the control, such as `$`. */
  prefix?: string;
  /** Printed inside the control at its end, such as `per minute`. */
  suffix?: string;
}

/** A number as text with a numeric keypad: no spinners, nothing changes on scroll. */
export function NumberInput({ prefix, suffix, className, ...rest }: NumberInputProps) {
  return (
    <div className="relative">
      {prefix && (
        <span className="pointer-events-none absolute inset-y-0 left-2.5 flex items-center text-ink-3">{prefix}</span>
      )}
      <input
        inputMode="decimal"
        autoComplete="off"
        {...useFieldControl()}
        {...rest}
        type="text"
        className={clsx(controlClass, lineClass, 'tabular-nums', prefix && 'pl-6', className)}
      />
      {suffix && (
        <span className="pointer-events-none absolute inset-y-0 right-2.5 flex items-center text-meta text-ink-3">
          {suffix}
        </span>
      )}
    </div>
  );
}

/** Several lines of text. */
export function TextArea({ className, rows = 3, ...rest }: ComponentProps<'textarea'>) {
  return <textarea rows={rows} {...useFieldControl()} {...rest} className={clsx(controlClass, 'py-1.5', className)} />;
}

/** One choice of a `Select`. */
export interface SelectOption {
  value: string;
  label: string;
  disabled?: boolean;
}

/** Props of `Select`. */
export interface SelectProps extends Omit<ComponentProps<'select'>, 'children'> {
  options: readonly SelectOption[];
}

/** The system's own select: works with every keyboard, phone and screen reader. */
export function Select({ options, className, ...rest }: SelectProps) {
  return (
    <div className={clsx('relative', className)}>
      <select {...useFieldControl()} {...rest} className={clsx(controlClass, lineClass, 'appearance-none pr-8')}>
        {options.map((option) => (
          <option key={option.value} value={option.value} disabled={option.disabled}>
            {option.label}
          </option>
        ))}
      </select>
      <ChevronDown
        aria-hidden
        className="pointer-events-none absolute top-1/2 right-2.5 size-4 -translate-y-1/2 text-ink-3"
        strokeWidth={1.5}
      />
    </div>
  );
}

/** Props of `Checkbox`. */
export interface CheckboxProps extends Omit<ComponentProps<'input'>, 'type'> {
  label: ReactNode;
  hint?: ReactNode;
}

/** A box to tick, with its label right of it. */
export function Checkbox({ label, hint, className, ...rest }: CheckboxProps) {
  const hintId = useId();
  return (
    <label
      className={clsx(
        'flex cursor-pointer items-start gap-2 text-body has-disabled:cursor-not-allowed has-disabled:text-ink-3 pointer-coarse:min-h-11 pointer-coarse:items-center',
        className,
      )}
    >
      <input
        type="checkbox"
        {...(hint ? { 'aria-describedby': hintId } : {})}
        {...rest}
        className="mt-0.5 size-4 shrink-0 accent-primary pointer-coarse:mt-0 pointer-coarse:size-5"
      />
      <span>
        {label}
        {hint && (
          <span id={hintId} className="block text-meta text-ink-3">
            {hint}
          </span>
        )}
      </span>
    </label>
  );
}
