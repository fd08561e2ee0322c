import { updateUser } from '@latchkey/server/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { call } from '../../api/call.ts';
import { Button } from '../../components/button.tsx';
import { Field, TextInput } from '../../components/field.tsx';
import { showToast } from '../../components/show-toast.ts';
import { sessionQuery } from '../../session/session-query.ts';
import { useCan, useSession } from '../../session/use-session.ts';

/** Name and e-mail address. The address is who a person is here, so only an admin changes it. */
export function PersonalDetails() {
  const { user } = useSession();
  const mayChange = useCan('user:update') !== undefined;
  const queryClient = useQueryClient();
  const [name, setName] = useState(user.user_alias ?? '');
  const save = useMutation({
    mutationFn: () => call(updateUser, { user_id: user.user_id, user_alias: name.trim() === '' ? null : name.trim() }),
    onSuccess: async () => {
      await queryClient.invalidateQueries(sessionQuery);
      showToast('Name saved');
    },
  });
  const changed = name.trim() !== (user.user_alias ?? '');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (changed) save.mutate();
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <Field label="Email" hint="You sign in with it. An admin can change it.">
        <TextInput readOnly value={user.user_email ?? user.user_id} />
      </Field>
      <Field label="Name" error={save.error?.message}>
        <TextInput
          autoComplete="name"
          readOnly={!mayChange}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </Field>
      {mayChange && (
        <Button type="submit" className="self-start" disabled={!changed} busy={save.isPending}>
          Save name
        </Button>
      )}
    </form>
  );
}
