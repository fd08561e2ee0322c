import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useRouter } from '@tanstack/react-router';
import { type FormEvent, useEffect, useRef } from 'react';
import { Button } from '../../components/button.tsx';
import { Field, PasswordInput, TextInput } from '../../components/field.tsx';
import { linkClass } from '../../components/link-class.ts';
import { sessionQuery } from '../../session/session-query.ts';
import { canUsePasskeys, type SignInForm as Form, useSignIn } from '../../session/use-sign-in.ts';

const route = getRouteApi('/login');

/** E-mail address and password, then the second factor where there is one; or a passkey. */
export function SignInForm({ firstRunHint, hasProviders }: { firstRunHint: boolean; hasProviders: boolean }) {
  const { return: wanted } = route.useSearch();
  const router = useRouter();
  const queryClient = useQueryClient();
  const summary = useRef<HTMLParagraphElement>(null);
  const form = useSignIn(async () => {
    queryClient.clear();
    await queryClient.fetchQuery({ ...sessionQuery, staleTime: 0 });
    router.history.replace(`${router.basepath}${wanted ?? '/'}`);
  });
  useEffect(() => {
    if (form.error !== null) summary.current?.focus();
  }, [form.error]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!form.busy) void form.submit();
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      {form.error !== null && (
        <p
          ref={summary}
          role="alert"
          tabIndex={-1}
          className="whitespace-pre-line border-danger border-l-2 pl-3 text-danger outline-offset-4"
        >
          {form.error}
        </p>
      )}
      {form.step === 'password' ? <PasswordStep form={form} firstRunHint={firstRunHint} /> : <CodeStep form={form} />}
      {hasProviders && form.step === 'password' && (
        <p className="text-meta">
          <Link to="/login" search={wanted === undefined ? {} : { return: wanted }} className={linkClass}>
            Use single sign-on instead
          </Link>
        </p>
      )}
    </form>
  );
}

function PasswordStep({ form, firstRunHint }: { form: Form; firstRunHint: boolean }) {
  return (
    <>
      <Field label="Email" required>
        <TextInput
          name="username"
          // Not `type=email`: the gateway’s own administrator signs in with a user name.
          inputMode="email"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          autoFocus
          value={form.username}
          onChange={(event) => form.setUsername(event.target.value)}
        />
      </Field>
      <Field
        label="Password"
        required
        note={
          <Link to="/forgot-password" className={linkClass}>
            Forgot password?
          </Link>
        }
      >
        <PasswordInput
          name="password"
          autoComplete="current-password"
          required
          value={form.password}
          onChange={(event) => form.setPassword(event.target.value)}
        />
      </Field>
      <Button type="submit" variant="primary" busy={form.busy} className="mt-2">
        Sign in
      </Button>
      {canUsePasskeys && (
        <Button disabled={form.busy} onClick={() => void form.submitPasskey()}>
          Use a passkey
        </Button>
      )}
      {firstRunHint && (
        <p className="text-ink-3 text-meta">
          First time here? Sign in as <code>admin</code> with the master key that the gateway printed when it started.
        </p>
      )}
    </>
  );
}

function CodeStep({ form }: { form: Form }) {
  return (
    <>
      <Field label="Code" required hint="From your authenticator app. A recovery code works too.">
        <TextInput
          name="one-time-code"
          autoComplete="one-time-code"
          autoCapitalize="none"
          spellCheck={false}
          required
          autoFocus
          value={form.code}
          onChange={(event) => form.setCode(event.target.value)}
        />
      </Field>
      <Button type="submit" variant="primary" busy={form.busy} className="mt-2">
        Continue
      </Button>
      <Button variant="ghost" onClick={form.goBack}>
        Back
      </Button>
    </>
  );
}
