import { Dialog as Radix } from 'radix-ui';
import { type ReactNode, useState } from 'react';
import { Button } from './button.tsx';
import { Field, TextInput } from './field.tsx';

/** Props of `Dialog`. */
export interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  description?: ReactNode;
  children?: ReactNode;
  /** Buttons, the safe one first. */
  footer?: ReactNode;
  /** `alert`: not closed by a click outside. */
  kind?: 'dialog' | 'alert';
}

/** A small window over the page. Traps the focus and gives it back. */
export function Dialog({ open, onOpenChange, title, description, children, footer, kind = 'dialog' }: DialogProps) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 animate-appear bg-scrim" />
        <Radix.Content
          role={kind === 'alert' ? 'alertdialog' : 'dialog'}
          {...(description ? {} : { 'aria-describedby': undefined })}
          onPointerDownOutside={(event) => {
            if (kind === 'alert') event.preventDefault();
          }}
          className="fixed top-[12dvh] left-1/2 z-50 flex max-h-[76dvh] w-[calc(100vw-2rem)] max-w-[440px] -translate-x-1/2 animate-appear flex-col rounded-sheet border border-overlay-line bg-surface shadow-overlay outline-none"
        >
          <div className="overflow-y-auto p-6">
            <Radix.Title className="text-section">{title}</Radix.Title>
            {description && (
              <Radix.Description className="mt-2 whitespace-pre-line text-body text-ink-2">
                {description}
              </Radix.Description>
            )}
            {children && <div className="mt-4">{children}</div>}
          </div>
          {footer && <div className="flex flex-wrap justify-end gap-2 border-line border-t px-6 py-4">{footer}</div>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** Props of `ConfirmDialog`. */
export interface ConfirmDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  description?: ReactNode;
  /** What will happen, one line each. */
  consequences?: readonly ReactNode[];
  /** The verb on the button that does it. */
  confirmLabel: string;
  cancelLabel?: string;
  tone?: 'danger' | 'plain';
  /** For destructive steps with live traffic: the name that must be typed. */
  typeToConfirm?: string;
  busy?: boolean;
  /** Why the last attempt failed. */
  error?: string | undefined;
  onConfirm: () => void;
  children?: ReactNode;
}

/** Asks before something that is hard to undo. The safe answer has the focus. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const {
    open,
    onOpenChange,
    confirmLabel,
    cancelLabel = 'Cancel',
    tone = 'danger',
    typeToConfirm,
    busy = false,
    error,
    onConfirm,
  } = props;
  const [typed, setTyped] = useState('');
  const ready = typeToConfirm === undefined || typed.trim() === typeToConfirm;
  const change = (next: boolean) => {
    if (!next) setTyped('');
    onOpenChange(next);
  };
  return (
    <Dialog
      open={open}
      onOpenChange={change}
      kind="alert"
      title={props.title}
      description={props.description}
      footer={
        <>
          <Button onClick={() => change(false)}>{cancelLabel}</Button>
          <Button
            variant={tone === 'danger' ? 'danger-filled' : 'primary'}
            busy={busy}
            disabled={!ready}
            onClick={onConfirm}
          >
            {confirmLabel}
          </Button>
        </>
      }
    >
      {props.consequences && props.consequences.length > 0 && (
        <ul className="flex list-disc flex-col gap-1 pl-4 text-body text-ink-2 marker:text-ink-3">
          {props.consequences.map((consequence, index) => (
            // The list is fixed while the dialog is open.
            <li key={index}>{consequence}</li>
          ))}
        </ul>
      )}
      {props.children}
      {typeToConfirm !== undefined && (
        <Field
          className="mt-4"
          label={
            <>
              Type <strong className="font-strong">{typeToConfirm}</strong> to confirm
            </>
          }
        >
          <TextInput
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            autoComplete="off"
            spellCheck={false}
          />
        </Field>
      )}
      {error && (
        <p role="alert" className="mt-4 whitespace-pre-line text-body text-danger">
          {error}
        </p>
      )}
    </Dialog>
  );
}
