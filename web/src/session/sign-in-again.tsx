import { signIn } from '@latchkey/server/contract';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { apiRoot, call, onSessionEnded } from '../api/call.ts';
import { Button } from '../components/button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { Field, PasswordInput, TextInput } from '../components/field.tsx';
import { sessionQuery } from './session-query.ts';
import { useSession } from './use-session.ts';

/** Asks for the password over the page when the session has ended, so that nothing typed below is lost. */
export function SignInAgain() {
  const session = useSession();
  const queryClient = useQueryClient();
  const [open, setOpen] = useState(false);
  const [username, setUsername] = useState(session.user.user_email ?? session.user.user_id);
  const [password, setPassword] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const waiting = useRef<{ promise: Promise<void>; done: () => void } | null>(null);

  useEffect(() => {
    onSessionEnded(() => {
      if (waiting.current === null) {
        const { promise, resolve } = Promise.withResolvers<void>();
        waiting.current = { promise, done: resolve };
        setOpen(true);
      }
      return waiting.current.promise;
    });
    return () => onSessionEnded(null);
  }, []);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await call(signIn, { username, password });
      const renewed = await queryClient.fetchQuery({ ...sessionQuery, staleTime: 0 });
      if (renewed.user.user_id !== session.user.user_id) {
        // Somebody else: nothing on this page is theirs to see.
        location.assign(`${apiRoot}/ui/`);
        return;
      }
      setPassword('');
      setOpen(false);
      waiting.current?.done();
      waiting.current = null;
    } catch (problem) {
      setError(problem instanceof Error ? problem.message : 'Signing in failed. Try again.');
    } finally {
      setBusy(false);
    }
  };

  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        if (!next) location.assign(`${apiRoot}/ui/login`);
      }}
      kind="alert"
      title="Your session has ended"
      description="Sign in again to go on. What you entered on this page is kept."
      footer={
        <Button type="submit" form="sign-in-again" variant="primary" busy={busy}>
          Sign in
        </Button>
      }
    >
      <form id="sign-in-again" onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        <Field label="Email">
          <TextInput
            name="username"
            autoComplete="username"
            value={username}
            onChange={(event) => setUsername(event.target.value)}
          />
        </Field>
        <Field label="Password" error={error ?? undefined}>
          <PasswordInput
            name="password"
            autoComplete="current-password"
            value={password}
            onChange={(event) => setPassword(event.target.value)}
            autoFocus
          />
        </Field>
      </form>
    </Dialog>
  );
}
