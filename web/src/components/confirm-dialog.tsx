import { type ReactNode, useState } from 'react';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Field, TextInput } from './field.tsx';

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
