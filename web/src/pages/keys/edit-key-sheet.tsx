import { updateKey } from '@latchkey/server/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { call } from '../../api/call.ts';
import { Button } from '../../components/button.tsx';
import { Field, TextInput } from '../../components/field.tsx';
import { Sheet } from '../../components/sheet.tsx';
import { showToast } from '../../components/show-toast.ts';
import { formatDateTime } from '../../format/index.ts';
import { useSession } from '../../session/use-session.ts';
import { describeBudget, describeChanges } from './describe-draft.ts';
import { type DraftProblems, draftOf, type KeyDraft, problemsOf, updateInputOf } from './key-draft.ts';
import { BudgetField, ExpiryField, MoreLimits } from './key-fields.tsx';
import type { KeyInfo } from './key-queries.ts';
import { ModelsField } from './models-field.tsx';
import { useKeyRights } from './use-key-rights.ts';

/** Changes a key's name, access and limits; says what changes before it is saved. */
export function EditKeySheet({ hash, info, onClose }: { hash: string; info: KeyInfo; onClose: () => void }) {
  const { mayChangeBudget } = useKeyRights()(info);
  const { user, capabilities } = useSession();
  const isGiven = capabilities['key:update'] !== 'all' && info.team_id === null && info.created_by !== user.user_id;
  const queryClient = useQueryClient();
  const formId = useId();
  const [before] = useState(() => draftOf(info));
  const [draft, setDraft] = useState(before);
  const [problems, setProblems] = useState<DraftProblems>({});
  const changes = describeChanges(before, draft);
  const save = useMutation({
    mutationFn: () => call(updateKey, updateInputOf(hash, before, draft)),
    onSuccess: async () => {
      onClose();
      showToast('Key saved');
      await queryClient.invalidateQueries({ queryKey: ['keys'] });
    },
  });
  const change = (part: Partial<KeyDraft>) => {
    setDraft((current) => ({ ...current, ...part }));
    setProblems({});
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found = problemsOf(draft);
    setProblems(found);
    if (Object.keys(found).length === 0 && changes.length > 0) save.mutate();
  };
  const fields = { draft, problems, onChange: change };
  return (
    <Sheet
      open
      onOpenChange={onClose}
      title="Edit key"
      guarded={changes.length > 0 && !save.isPending && !save.isSuccess}
      footer={
        <div className="flex flex-wrap items-end justify-between gap-3">
          <ul aria-label="Changes" className="flex min-w-0 flex-col text-ink-2 text-meta">
            {changes.length === 0 ? <li>Nothing changed yet.</li> : changes.map((line) => <li key={line}>{line}</li>)}
          </ul>
          <Button type="submit" form={formId} variant="primary" busy={save.isPending} disabled={changes.length === 0}>
            Save changes
          </Button>
        </div>
      }
    >
      <form id={formId} noValidate onSubmit={submit} className="flex flex-col gap-6">
        {save.isError && (
          <p role="alert" className="whitespace-pre-line border-danger border-l-2 pl-3 text-danger">
            {save.error.message}
          </p>
        )}
        {isGiven && (
          <p className="text-ink-2">Somebody else made this key for you: you can rename it and narrow its limits.</p>
        )}
        <Field label="Name" required error={problems.name}>
          <TextInput
            autoComplete="off"
            spellCheck={false}
            maxLength={255}
            value={draft.name}
            onChange={(event) => change({ name: event.target.value })}
          />
        </Field>
        <ModelsField {...fields} />
        <ExpiryField
          {...fields}
          keepLabel={info.expires === null ? 'Never expires.' : `Stops working ${formatDateTime(info.expires)}.`}
        />
        {mayChangeBudget ? (
          <BudgetField {...fields} hint={undefined} />
        ) : (
          <div className="flex flex-col gap-1">
            <span className="font-medium">Budget for this key</span>
            <p className="text-ink-2">
              {capitalize(describeBudget(before))}. Only an admin can change the budget of an existing key.
            </p>
          </div>
        )}
        <MoreLimits {...fields} />
      </form>
    </Sheet>
  );
}

function capitalize(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
