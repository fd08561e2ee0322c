import { getSignOnPreview, startSignOnPreview } from '@latchkey/server/contract';
import { useMutation, useQuery } from '@tanstack/react-query';
import { call, type ResultOf } from '../../api/call.ts';
import { Button } from '../../components/button.tsx';
import { CodeBlock } from '../../components/code-block.tsx';
import { roleLabel } from '../../session/role-words.ts';

type Outcome = NonNullable<ResultOf<typeof getSignOnPreview>['outcome']>;

/** A dry run: signs in at the provider in another window, and shows what came of it. Changes nothing. */
export function TestSignIn({ provider, isOffered }: { provider: string; isOffered: boolean }) {
  const start = useMutation({
    mutationFn: async () => {
      // Opened before the call: browsers allow windows only while a press is being handled.
      const opened = window.open('about:blank', '_blank');
      try {
        const run = await call(startSignOnPreview, { provider });
        if (opened) opened.location.href = run.authorization_url;
        return { ...run, isOpen: opened !== null };
      } catch (problem) {
        opened?.close();
        throw problem;
      }
    },
  });
  const id = start.data?.preview_id ?? '';
  const preview = useQuery({
    queryKey: ['sign-on-preview', id],
    queryFn: ({ signal }) => call(getSignOnPreview, { preview_id: id }, { signal }),
    enabled: id !== '',
    refetchInterval: ({ state }) => (state.data?.status === 'ready' || state.status === 'error' ? false : 2_000),
    retry: false,
    gcTime: 0,
  });
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-3">
        <Button busy={start.isPending} onClick={() => start.mutate()}>
          Test sign-in in a new window
        </Button>
        <span className="text-ink-3 text-meta">
          {isOffered ? 'With what is saved. Nobody is signed in, nothing changes.' : 'Before you offer it to people.'}
        </span>
      </div>
      {start.error && (
        <p role="alert" className="text-danger">
          {start.error.message}
        </p>
      )}
      {start.data && !start.data.isOpen && (
        <p role="alert">
          Your browser opened no window.{' '}
          <a href={start.data.authorization_url} target="_blank" rel="noreferrer">
            Open it yourself
          </a>
        </p>
      )}
      {id !== '' && preview.data?.status !== 'ready' && !preview.isError && (
        <p role="status" className="text-ink-2">
          Waiting for the sign-in in the other window …
        </p>
      )}
      {preview.isError && (
        <p role="alert" className="text-danger">
          {preview.error.message}
        </p>
      )}
      {preview.data?.outcome && <TestOutcome outcome={preview.data.outcome} />}
    </div>
  );
}

function TestOutcome({ outcome: { claims, refusal, user } }: { outcome: Outcome }) {
  return (
    <div className="flex flex-col gap-3" role="status">
      {refusal !== null && (
        <p className="border-danger border-l-2 pl-3 text-danger">
          This person would not be signed in. {refusal.message}
        </p>
      )}
      {user !== null && (
        <dl className="grid grid-cols-[6rem_1fr] gap-y-1">
          <dt className="text-ink-3">Account</dt>
          <dd>
            {user.user_email ?? user.user_id}
            {user.is_new && <span className="text-ink-3"> (would be added)</span>}
          </dd>
          <dt className="text-ink-3">Role</dt>
          <dd>{roleLabel(user.user_role)}</dd>
          <dt className="text-ink-3">Teams</dt>
          <dd>{user.teams.map((team) => team.team_alias ?? team.team_id).join(', ') || 'None'}</dd>
        </dl>
      )}
      <CodeBlock label="claims" code={JSON.stringify(claims, null, 2)} />
    </div>
  );
}
