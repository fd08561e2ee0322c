import { getUiConfig, signIn } from '@latchkey/server/contract';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { ApiFailure } from '../../api/api-failure.ts';
import { apiRoot, call } from '../../api/call.ts';
import { Button } from '../../components/button.tsx';
import { Field, PasswordInput, TextInput } from '../../components/field.tsx';
import { sessionQuery } from '../../session/session-query.ts';
import { Mark } from '../../shell/mark.tsx';
import { GatewayPanel } from './gateway-panel.tsx';

const route = getRouteApi('/login');

/** `/ui/login`: e-mail address and password. */
export function LoginPage() {
  const config = useQuery({
    queryKey: ['ui-config'],
    queryFn: ({ signal }) => call(getUiConfig, undefined, { signal }),
    staleTime: 60_000,
  });
  useEffect(() => {
    document.title = 'Sign in · Latchkey';
  }, []);
  const disabled = config.data?.admin_ui_disabled === true;
  return (
    <div className="grid min-h-dvh grid-cols-1 min-[900px]:grid-cols-[420px_1fr]">
      <main className="flex flex-col px-6 py-8 min-[900px]:px-12">
        <p className="flex items-center gap-2.5">
          <Mark />
          <span className="font-strong text-control">Latchkey</span>
        </p>
        <div className="my-auto py-12">
          <h1 className="mb-6 text-page">Sign in</h1>
          {disabled ? (
            <p className="text-ink-2">The console is turned off by your administrator. The API works as usual.</p>
          ) : (
            <SignInForm firstRunHint={config.data?.hide_default_credentials_hint === false} />
          )}
        </div>
      </main>
      <GatewayPanel
        reachable={config.isSuccess ? true : config.isError ? false : undefined}
        address={config.data?.proxy_base_url ?? apiRoot}
      />
    </div>
  );
}

function SignInForm({ firstRunHint }: { firstRunHint: boolean }) {
  const { return: wanted } = route.useSearch();
  const router = useRouter();
  const queryClient = useQueryClient();
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const summary = useRef<HTMLParagraphElement>(null);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await call(signIn, { username: username.trim(), password });
      queryClient.clear();
      await queryClient.fetchQuery({ ...sessionQuery, staleTime: 0 });
      const path = wanted ?? '/';
      router.history.replace(`${router.basepath}${path === '/' ? '/' : path}`);
    } catch (problem) {
      setError(wordsFor(problem));
      setBusy(false);
      // After the paint that shows it.
      requestAnimationFrame(() => summary.current?.focus());
    }
  };

  return (
    <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
      {error !== null && (
        <p
          ref={summary}
          role="alert"
          tabIndex={-1}
          className="whitespace-pre-line border-danger border-l-2 pl-3 text-danger outline-offset-4"
        >
          {error}
        </p>
      )}
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
          value={username}
          onChange={(event) => setUsername(event.target.value)}
        />
      </Field>
      <Field label="Password" required>
        <PasswordInput
          name="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
      </Field>
      <Button type="submit" variant="primary" busy={busy} className="mt-2">
        Sign in
      </Button>
      <p className="text-ink-3 text-meta">
        {firstRunHint ? (
          <>
            First time here? Sign in as <code>admin</code> with the master key that the gateway printed when it started.
          </>
        ) : (
          'Forgot your password? Ask an admin for a new invitation link: it lets you choose a new one.'
        )}
      </p>
    </form>
  );
}

function wordsFor(problem: unknown): string {
  if (!(problem instanceof ApiFailure)) return 'Signing in failed. Try again.';
  // One sentence for a wrong password and an unknown address, so that addresses cannot be probed.
  if (problem.status === 401) return 'Email or password is wrong.';
  return problem.message;
}
