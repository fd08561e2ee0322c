import { acceptInvitation, type openInvitation, updateUser } from '@latchkey/server/contract';
import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { type FormEvent, type ReactNode, useId, useRef, useState } from 'react';
import { call, type ResultOf } from '../../api/call.ts';
import { nanoUsdFrom } from '../../api/nano-usd.ts';
import { Button } from '../../components/button.tsx';
import { describeWindow } from '../../components/describe-window.ts';
import { Field, PasswordInput, TextInput } from '../../components/field.tsx';
import { checkPassword, PasswordRules, passesKnownRules } from '../../components/password-rules.tsx';
import { showFailure } from '../../components/show-toast.ts';
import { AbsoluteTime } from '../../components/time.tsx';
import { formatUsd } from '../../format/index.ts';
import { roleLabel, roleSentence } from '../../session/role-words.ts';
import { sessionQuery } from '../../session/session-query.ts';

/** The facts of an open invitation and the form that accepts it. */
export function AcceptInvitation({ id, invitation }: { id: string; invitation: ResultOf<typeof openInvitation> }) {
  const router = useRouter();
  const queryClient = useQueryClient();
  const rulesId = useId();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const rules = checkPassword(invitation.password_policy, password);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!passesKnownRules(rules)) {
      setError('The password does not meet the rules below yet.');
      field.current?.focus();
      return;
    }
    setBusy(true);
    setError(null);
    try {
      await call(
        acceptInvitation,
        { invitation_link: id, user_id: invitation.user_id, password },
        { bearer: invitation.onboarding_token },
      );
    } catch (problem) {
      setBusy(false);
      setError(problem instanceof Error ? problem.message : 'The account could not be created. Try again.');
      field.current?.focus();
      return;
    }
    queryClient.clear();
    await queryClient.fetchQuery({ ...sessionQuery, staleTime: 0 });
    if (name.trim() !== '') {
      // The account exists by now; a name can be given later as well.
      await call(updateUser, { user_id: invitation.user_id, user_alias: name.trim() }).then(
        () => queryClient.invalidateQueries(sessionQuery),
        (problem: unknown) => showFailure('Your name was not saved. You can set it in your profile.', problem),
      );
    }
    router.history.replace(`${router.basepath}/`);
  };

  return (
    <>
      <h1 className="text-page">{titleOf(invitation.invited_by)}</h1>
      <dl className="mt-5 mb-8 border-line border-t">
        <Fact name="Your email">{invitation.user_email ?? invitation.user_id}</Fact>
        <Fact name="Role">
          {roleLabel(invitation.user_role)}
          <span className="block text-ink-3 text-meta">{roleSentence(invitation.user_role)}</span>
        </Fact>
        {invitation.teams.length > 0 && (
          <Fact name={invitation.teams.length === 1 ? 'Team' : 'Teams'}>{invitation.teams.join(', ')}</Fact>
        )}
        {invitation.max_budget !== null && (
          <Fact name="Budget">
            {formatUsd(nanoUsdFrom(invitation.max_budget))} {describeWindow(invitation.budget_duration)}
            <span className="block text-ink-3 text-meta">For keys of your own, outside teams</span>
          </Fact>
        )}
        <Fact name="Valid until">
          <AbsoluteTime at={invitation.expires_at} />
        </Fact>
      </dl>
      <form onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
        {/* For password managers: which account the new password belongs to. */}
        <input
          type="text"
          name="username"
          autoComplete="username"
          value={invitation.user_email ?? invitation.user_id}
          readOnly
          hidden
        />
        <Field label="Name" note="Optional" hint="What your colleagues see.">
          <TextInput name="name" autoComplete="name" value={name} onChange={(event) => setName(event.target.value)} />
        </Field>
        <div>
          <Field label="Password" required describedBy={rulesId} error={error ?? undefined}>
            <PasswordInput
              ref={field}
              name="new-password"
              autoComplete="new-password"
              required
              value={password}
              onChange={(event) => {
                setPassword(event.target.value);
                setError(null);
              }}
            />
          </Field>
          <PasswordRules id={rulesId} rules={rules} />
        </div>
        <Button type="submit" variant="primary" busy={busy} className="mt-2">
          Create account
        </Button>
      </form>
    </>
  );
}

function titleOf(invitedBy: string): string {
  // The holder of the master key has no name.
  return invitedBy === '' || invitedBy === 'default_user_id'
    ? 'You are invited to Latchkey'
    : `${invitedBy} invited you to Latchkey`;
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex gap-4 border-line border-b py-2.5">
      <dt className="w-24 shrink-0 text-ink-3">{name}</dt>
      <dd className="min-w-0 [overflow-wrap:anywhere]">{children}</dd>
    </div>
  );
}
