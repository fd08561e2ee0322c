import { createKey } from '@latchkey/server/contract';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useRef, useState } from 'react';
import { ApiFailure } from '../../api/api-failure.ts';
import { call } from '../../api/call.ts';
import { Button } from '../../components/button.tsx';
import { Checkbox } from '../../components/field.tsx';
import { Sheet, type SheetGuard } from '../../components/sheet.tsx';
import { useSession } from '../../session/use-session.ts';
import { useChargeOptions } from './charge-options.ts';
import { CreateKeyForm, KeySummary } from './create-key-form.tsx';
import { type CreatedKey, CreatedKeyView } from './created-key-view.tsx';
import { createInputOf, type DraftProblems, emptyDraft, type KeyDraft, problemsOf } from './key-draft.ts';

const lastLook: SheetGuard = {
  title: 'You won’t see this key again',
  description:
    'The gateway keeps only a fingerprint of it. If you have not copied it, you will have to create another one.',
  leaveLabel: 'Close anyway',
  stayLabel: 'Go back',
};

/** Creates a key and shows its secret once, in the same sheet. */
export function CreateKeySheet({ open, onClose }: { open: boolean; onClose: () => void }) {
  // A fresh body for every opening: nothing of the last key, its secret least of all, is left in state.
  return open ? <OpenSheet onClose={onClose} /> : null;
}

function OpenSheet({ onClose }: { onClose: () => void }) {
  const session = useSession();
  const queryClient = useQueryClient();
  const charges = useChargeOptions();
  const formId = useId();
  const nameField = useRef<HTMLInputElement>(null);
  const summary = useRef<HTMLParagraphElement>(null);
  const [draft, setDraft] = useState(emptyDraft);
  const [touched, setTouched] = useState(false);
  const [problems, setProblems] = useState<DraftProblems>({});
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  // The secret lives here and nowhere else. Not a mutation: those keep their answers in a cache.
  const [created, setCreated] = useState<CreatedKey | null>(null);
  const [saved, setSaved] = useState(false);

  const change = (part: Partial<KeyDraft>) => {
    setDraft((current) => ({ ...current, ...part }));
    setTouched(true);
    setProblems((current) => Object.fromEntries(Object.entries(current).filter(([field]) => !(field in part))));
  };

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    const found = problemsOf(draft);
    setProblems(found);
    setFailure(null);
    if (Object.keys(found).length > 0) {
      setFailure(null);
      if (found.name !== undefined) nameField.current?.focus();
      return;
    }
    setBusy(true);
    try {
      const answer = await call(createKey, createInputOf(draft, session.user.user_id));
      setCreated({ secret: answer.key, name: draft.name.trim(), models: answer.models });
    } catch (problem) {
      if (problem instanceof ApiFailure && problem.param === 'key_alias') {
        setProblems({ name: problem.message });
        nameField.current?.focus();
      } else {
        setFailure(problem instanceof Error ? problem.message : 'The key could not be created. Try again.');
        requestAnimationFrame(() => summary.current?.focus());
      }
    } finally {
      setBusy(false);
    }
  };

  const close = () => {
    onClose();
    // Only now: a list that refreshes under the open sheet could take it away.
    if (created !== null) void queryClient.invalidateQueries({ queryKey: ['keys'] });
  };

  if (created !== null) {
    return (
      <Sheet
        open
        onOpenChange={close}
        title="Key created"
        guarded={saved ? false : lastLook}
        footer={
          <div className="flex flex-wrap items-center justify-between gap-3">
            <Checkbox label="I saved it" checked={saved} onChange={(event) => setSaved(event.target.checked)} />
            <Button variant={saved ? 'primary' : 'secondary'} disabled={!saved} onClick={close}>
              Done
            </Button>
          </div>
        }
      >
        <CreatedKeyView created={created} saved={saved} onCopied={() => setSaved(true)} />
      </Sheet>
    );
  }
  return (
    <Sheet
      open
      onOpenChange={close}
      title="Create key"
      guarded={touched}
      footer={
        <div className="flex flex-col gap-3">
          <KeySummary draft={draft} charges={charges} />
          <div className="flex justify-end gap-2">
            <Button type="submit" form={formId} variant="primary" busy={busy}>
              Create key
            </Button>
          </div>
        </div>
      }
    >
      <form
        id={formId}
        noValidate
        onSubmit={(event) => void submit(event)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) void submit(event);
        }}
      >
        {failure !== null && (
          <p
            ref={summary}
            role="alert"
            tabIndex={-1}
            className="mb-6 whitespace-pre-line border-danger border-l-2 pl-3 text-danger outline-offset-4"
          >
            {failure}
          </p>
        )}
        <CreateKeyForm draft={draft} problems={problems} onChange={change} charges={charges} nameField={nameField} />
      </form>
    </Sheet>
  );
}
