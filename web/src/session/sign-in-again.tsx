import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { apiRoot, onSessionEnded } from '../api/call.ts';
import { Button } from '../components/button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { Field, PasswordInput, TextInput } from '../components/field.tsx';
import { sessionQuery } from './session-query.ts';
import { useSession } from './use-session.ts';
import { useSignIn } from './use-sign-in.ts';

/** Asks for the password over the page when the session has ended, so that nothing typed below is lost. */
export function SignInAgain() {
  const session = useSession();
  const queryClient = useQueryClient();
  const [open, setOpen] = useState(false);
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

  const form = useSignIn(async () => {
    const renewed = await queryClient.fetchQuery({ ...sessionQuery, staleTime: 0 });
    if (renewed.user.user_id !== session.user.user_id) {
      // Somebody else: nothing on this page is theirs to see.
      location.assign(`${apiRoot}/ui/`);
      return;
    }
    setOpen(false);
    waiting.current?.done();
    waiting.current = null;
  }, session.user.user_email ?? session.user.user_id);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void form.submit();
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
        <Button type="submit" form="sign-in-again" variant="primary" busy={form.busy}>
          Sign in
        </Button>
      }
    >
      <form id="sign-in-again" onSubmit={submit} className="flex flex-col gap-4">
        {form.step === 'password' ? (
          <>
            <Field label="Email">
              <TextInput
                name="username"
                autoComplete="username"
                value={form.username}
                onChange={(event) => form.setUsername(event.target.value)}
              />
            </Field>
            <Field label="Password" error={form.error ?? undefined}>
              <PasswordInput
                name="password"
                autoComplete="current-password"
                value={form.password}
                onChange={(event) => form.setPassword(event.target.value)}
                autoFocus
              />
            </Field>
          </>
        ) : (
          <Field
            label="Code"
            hint="From your authenticator app. A recovery code works too."
            error={form.error ?? undefined}
          >
            <TextInput
              name="one-time-code"
              autoComplete="one-time-code"
              value={form.code}
              onChange={(event) => form.setCode(event.target.value)}
              autoFocus
            />
          </Field>
        )}
      </form>
    </Dialog>
  );
}
