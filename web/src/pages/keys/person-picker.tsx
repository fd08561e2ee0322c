import { listUsers } from '@latchkey/server/contract';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { call } from '../../api/call.ts';
import { Button } from '../../components/button.tsx';
import { Field, TextInput } from '../../components/field.tsx';
import type { KeyDraft } from './key-draft.ts';

/** Props of `PersonPicker`. */
export interface PersonPickerProps {
  person: KeyDraft['person'];
  onChange: (person: KeyDraft['person']) => void;
  error: string | undefined;
}

/** Finds one person by name or e-mail address. */
export function PersonPicker({ person, onChange, error }: PersonPickerProps) {
  const [text, setText] = useState('');
  const search = useDeferredValue(text.trim());
  const found = useQuery({
    queryKey: ['users', 'search', search],
    queryFn: ({ signal }) => call(listUsers, { search, page: 1, page_size: 5 }, { signal }),
    enabled: search !== '' && person === null,
    placeholderData: keepPreviousData,
  });
  if (person !== null) {
    return (
      <p className="flex items-center justify-between gap-3">
        <span>
          For <strong className="font-strong">{person.label}</strong>
        </span>
        <Button variant="ghost" size="small" onClick={() => onChange(null)}>
          Change person
        </Button>
      </p>
    );
  }
  return (
    <div>
      <Field label="Person" error={error}>
        <TextInput
          type="search"
          placeholder="Name or email"
          autoComplete="off"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </Field>
      {search !== '' && (
        <ul aria-label="People found" className="mt-1 border-line border-t">
          {(found.data?.users ?? []).map((user) => {
            const label = user.user_alias ?? user.user_email ?? user.user_id;
            return (
              <li key={user.user_id} className="border-line border-b">
                <button
                  type="button"
                  className="flex min-h-8 w-full items-center justify-between gap-3 text-left hover:bg-sunken pointer-coarse:min-h-11"
                  onClick={() => onChange({ userId: user.user_id, label })}
                >
                  <span>{label}</span>
                  <span className="text-ink-3 text-meta">{user.user_email}</span>
                </button>
              </li>
            );
          })}
          {found.data?.users.length === 0 && <li className="py-1.5 text-ink-3">Nobody matches “{search}”.</li>}
        </ul>
      )}
    </div>
  );
}
