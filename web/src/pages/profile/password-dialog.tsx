import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Field, PasswordInput } from '../../components/field.tsx';
import { useSession } from '../../session/use-session.ts';

/** Asks for the password once more before something that a borrowed console must not be able to do. */
export function PasswordDialog({
  title,
  description,
  confirmLabel,
  tone = 'plain',
  onConfirm,
  onClose,
}: {
  title: string;
  description: ReactNode;
  confirmLabel: string;
  tone?: 'plain' | 'danger';
  /** What it throws is shown in the dialog, which stays open. */
  onConfirm: (password: string) => Promise<void>;
  onClose: () => void;
}) {
  const { user } = useSession();
  const formId = useId();
  const [password, setPassword] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await onConfirm(password);
    } catch (problem) {
      setError(problem instanceof Error ? problem.message : 'This did not work. Try again.');
    }
    setBusy(false);
  };
  return (
    <Dialog
      open
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
      title={title}
      description={description}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={formId} variant={tone === 'danger' ? 'danger-filled' : 'primary'} busy={busy}>
            {confirmLabel}
          </Button>
        </>
      }
    >
      <form id={formId} onSubmit={(event) => void submit(event)}>
        <input type="text" name="username" autoComplete="username" value={user.user_email ?? ''} readOnly hidden />
        <Field label="Your password" error={error ?? undefined}>
          <PasswordInput
            name="password"
            autoComplete="current-password"
            required
            autoFocus
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        </Field>
      </form>
    </Dialog>
  );
}
