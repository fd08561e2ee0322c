import { changePassword } from '@latchkey/server/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { ApiFailure } from '../../api/api-failure.ts';
import { call } from '../../api/call.ts';
import { Button } from '../../components/button.tsx';
import { Field, PasswordInput } from '../../components/field.tsx';
import { checkPassword, PasswordRules, passesKnownRules } from '../../components/password-rules.tsx';
import { showToast } from '../../components/show-toast.ts';
import { sessionQuery } from '../../session/session-query.ts';
import { useSession } from '../../session/use-session.ts';

/** Current and new password. */
export function ChangePassword() {
  const { user, password_policy: policy } = useSession();
  const queryClient = useQueryClient();
  const rulesId = useId();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const rules = checkPassword(policy, next);
  const change = useMutation({
    mutationFn: () => call(changePassword, { current_password: current, new_password: next }),
    onSuccess: async () => {
      setCurrent('');
      setNext('');
      await queryClient.invalidateQueries(sessionQuery);
      showToast('Password changed');
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate();
  };
  const aboutCurrent = change.error instanceof ApiFailure && /current password/i.test(change.error.message);
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <input
        type="text"
        name="username"
        autoComplete="username"
        value={user.user_email ?? user.user_id}
        readOnly
        hidden
      />
      <Field label="Current password" error={aboutCurrent ? change.error?.message : undefined}>
        <PasswordInput
          autoComplete="current-password"
          required
          value={current}
          onChange={(event) => setCurrent(event.target.value)}
        />
      </Field>
      <div>
        <Field label="New password" describedBy={rulesId} error={aboutCurrent ? undefined : change.error?.message}>
          <PasswordInput
            autoComplete="new-password"
            required
            value={next}
            onChange={(event) => setNext(event.target.value)}
          />
        </Field>
        <PasswordRules id={rulesId} rules={rules} />
      </div>
      <Button
        type="submit"
        className="self-start"
        busy={change.isPending}
        disabled={current === '' || !passesKnownRules(rules)}
      >
        Change password
      </Button>
    </form>
  );
}
