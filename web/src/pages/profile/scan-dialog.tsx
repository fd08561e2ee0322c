import { type beginTotp, confirmTotp } from '@latchkey/server/contract';
import { type FormEvent, useId, useState } from 'react';
import { renderSVG } from 'uqr';
import { call, type ResultOf } from '../../api/call.ts';
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Field, TextInput } from '../../components/field.tsx';

/** Shows a new secret as a picture to scan and as text to type, and takes the first code. */
export function ScanDialog({
  secret,
  onConfirmed,
  onClose,
}: {
  secret: ResultOf<typeof beginTotp>;
  onConfirmed: (recoveryCodes: readonly string[]) => void;
  onClose: () => void;
}) {
  const formId = useId();
  const [code, setCode] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const { recovery_codes: codes } = await call(confirmTotp, { code: code.trim() });
      onConfirmed(codes);
    } catch (problem) {
      setError(problem instanceof Error ? problem.message : 'This did not work. Try again.');
      setBusy(false);
    }
  };
  const picture = `data:image/svg+xml;utf8,${encodeURIComponent(renderSVG(secret.otpauth_url, { border: 3 }))}`;
  return (
    <Dialog
      open
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
      title="Set up an authenticator app"
      description="Scan the picture with the app, then type the code that it shows."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={formId} variant="primary" busy={busy}>
            Turn on
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {/* Black on white in both themes: that is what cameras read. */}
        <img
          src={picture}
          alt="QR code with the secret that is written below it"
          width={176}
          height={176}
          className="self-center rounded-control border border-line bg-white"
        />
        <div>
          <p className="text-ink-3 text-meta">Cannot scan? Type this into the app:</p>
          <p className="flex items-center gap-1">
            <code translate="no" className="min-w-0 [overflow-wrap:anywhere]">
              {secret.secret.replace(/(.{4})(?=.)/g, '$1 ')}
            </code>
            <CopyButton value={secret.secret} label="Copy secret" size="icon" />
          </p>
        </div>
        <form id={formId} onSubmit={(event) => void submit(event)}>
          <Field label="Code" error={error ?? undefined}>
            <TextInput
              name="one-time-code"
              inputMode="numeric"
              autoComplete="one-time-code"
              required
              value={code}
              onChange={(event) => setCode(event.target.value)}
            />
          </Field>
        </form>
      </div>
    </Dialog>
  );
}
