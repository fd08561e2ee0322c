import { sendTestEmail } from '@latchkey/server/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { call } from '../../api/call.ts';
import { Button } from '../../components/button.tsx';
import { Field, TextInput } from '../../components/field.tsx';
import { useSession } from '../../session/use-session.ts';

/** Sends a mail and says what became of it. */
export function SendTest({ canSend }: { canSend: boolean }) {
  const { user } = useSession();
  const queryClient = useQueryClient();
  const [to, setTo] = useState(user.user_email ?? '');
  const test = useMutation({
    mutationFn: () => call(sendTestEmail, { to: to.trim() }),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['outbox'] }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    test.mutate();
  };
  const outcome = test.data;
  return (
    <form onSubmit={submit} className="flex flex-col gap-2">
      <Field
        label="Send a test mail to"
        hint={canSend ? 'With what is saved.' : 'Save how mail is sent first.'}
        error={test.error?.message ?? (outcome?.status === 'failed' ? outcome.message : undefined)}
      >
        <div className="flex gap-2">
          <TextInput type="email" required value={to} onChange={(event) => setTo(event.target.value)} />
          <Button type="submit" busy={test.isPending} disabled={!canSend}>
            Send
          </Button>
        </div>
      </Field>
      {outcome && outcome.status !== 'failed' && (
        <p role="status" className={outcome.status === 'sent' ? 'text-success' : 'text-ink-2'}>
          {outcome.message}
        </p>
      )}
    </form>
  );
}
