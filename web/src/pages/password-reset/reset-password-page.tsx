import { openPasswordReset, resetPassword } from '@latchkey/server/contract';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type FormEvent, useId, useState } from 'react';
import { ApiFailure } from '../../api/api-failure.ts';
import { call, type ResultOf } from '../../api/call.ts';
import { Button, buttonClass } from '../../components/button.tsx';
import { Field, PasswordInput } from '../../components/field.tsx';
import { checkPassword, PasswordRules, passesKnownRules } from '../../components/password-rules.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { QuietPage } from './quiet-page.tsx';

/** `/ui/reset-password#t=…`: chooses a new password. Opening it changes nothing. */
export function ResetPasswordPage() {
  // It stands behind the `#`, which browsers send to nobody.
  const [token] = useState(() => new URLSearchParams(location.hash.slice(1)).get('t') ?? '');
  const link = useQuery({
    queryKey: ['password-reset'],
    queryFn: ({ signal }) => call(openPasswordReset, undefined, { signal, bearer: token }),
    retry: false,
    refetchOnWindowFocus: false,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  if (link.isPending) {
    return (
      <QuietPage title="Choose a new password">
        <Skeleton className="w-full" />
        <Skeleton className="w-2/3" />
      </QuietPage>
    );
  }
  if (link.isError) {
    if (!(link.error instanceof ApiFailure) || link.error.status !== 401) {
      return (
        <QuietPage title="Choose a new password">
          <ErrorState what="This link" error={link.error} onRetry={() => void link.refetch()} />
        </QuietPage>
      );
    }
    return <Ended reason={link.error.param} />;
  }
  return <NewPassword token={token} link={link.data} />;
}

function NewPassword({ token, link }: { token: string; link: ResultOf<typeof openPasswordReset> }) {
  const rulesId = useId();
  const [password, setPassword] = useState('');
  const rules = checkPassword(link.password_policy, password);
  const change = useMutation({ mutationFn: () => call(resetPassword, { token, new_password: password }) });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (passesKnownRules(rules)) change.mutate();
  };
  if (change.isSuccess) {
    return (
      <QuietPage title="Your password is changed">
        <p role="status" className="text-ink-2">
          You were signed out everywhere. Sign in with the new password.
        </p>
        <Link to="/login" className={buttonClass('primary')}>
          Sign in
        </Link>
      </QuietPage>
    );
  }
  if (change.error instanceof ApiFailure && change.error.status === 401) return <Ended reason={change.error.param} />;
  return (
    <QuietPage title="Choose a new password">
      {link.user_email !== null && (
        <p className="text-ink-2 [overflow-wrap:anywhere]">
          For <strong className="font-medium text-ink">{link.user_email}</strong>. It signs you out everywhere.
        </p>
      )}
      <form onSubmit={submit} className="flex flex-col gap-4">
        <input type="text" name="username" autoComplete="username" value={link.user_email ?? ''} readOnly hidden />
        <div>
          <Field label="New password" required describedBy={rulesId} error={change.error?.message}>
            <PasswordInput
              name="new-password"
              autoComplete="new-password"
              required
              autoFocus
              value={password}
              onChange={(event) => setPassword(event.target.value)}
            />
          </Field>
          <PasswordRules id={rulesId} rules={rules} />
        </div>
        <Button type="submit" variant="primary" busy={change.isPending} disabled={!passesKnownRules(rules)}>
          Change password
        </Button>
      </form>
    </QuietPage>
  );
}

const endings: Readonly<Record<string, { title: string; text: string }>> = {
  used: { title: 'This link has been used', text: 'If it wasn’t you who used it, ask for a new one now.' },
  expired: { title: 'This link has expired', text: 'Links to a new password work for 30 minutes.' },
  replaced: {
    title: 'This link no longer works',
    text: 'A newer link, or a new password, has replaced it. Use the newest mail.',
  },
};

function Ended({ reason }: { reason: string | null }) {
  const { title, text } = endings[reason ?? ''] ?? {
    title: 'This link doesn’t work',
    text: 'It may have been cut off when it was copied. Open it from the mail once more.',
  };
  return (
    <QuietPage title={title}>
      <p className="text-ink-2">{text}</p>
      <Link to="/forgot-password" className={buttonClass('primary')}>
        Ask for a new link
      </Link>
      <Link to="/login" className={buttonClass('ghost')}>
        Back to sign in
      </Link>
    </QuietPage>
  );
}
