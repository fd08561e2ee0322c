import { endAllSessions, endSession, listSessions } from '@latchkey/server/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { call, type ResultOf } from '../../api/call.ts';
import { Button } from '../../components/button.tsx';
import { showFailure, showToast } from '../../components/show-toast.ts';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { Status } from '../../components/status.tsx';
import { RelativeTime } from '../../components/time.tsx';
import { describeBrowser } from './describe-browser.ts';

type Listed = ResultOf<typeof listSessions>['sessions'][number];

/** Where the person is signed in, with a way to end each session and all others. */
export function Sessions() {
  const queryClient = useQueryClient();
  const list = useQuery({ queryKey: ['sessions'], queryFn: ({ signal }) => call(listSessions, {}, { signal }) });
  const settle = {
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['sessions'] }),
    onError: (problem: unknown) => showFailure('The session could not be ended', problem),
  };
  const end = useMutation({ mutationFn: (id: string) => call(endSession, { session_id: id }), ...settle });
  const endOthers = useMutation({
    mutationFn: () => call(endAllSessions, { keep_current: true }),
    ...settle,
    onSuccess: () => showToast('Signed out everywhere else'),
  });
  if (list.isPending) return <Skeleton className="w-full" />;
  if (list.isError) return <ErrorState what="Your sessions" error={list.error} onRetry={() => void list.refetch()} />;
  const { sessions } = list.data;
  return (
    <div className="flex flex-col gap-3">
      <ul className="border-line border-t">
        {sessions.map((session) => (
          <Row
            key={session.session_id}
            session={session}
            busy={end.isPending && end.variables === session.session_id}
            onEnd={() => end.mutate(session.session_id)}
          />
        ))}
      </ul>
      {sessions.length > 1 && (
        <Button className="self-start" busy={endOthers.isPending} onClick={() => endOthers.mutate()}>
          Sign out everywhere else
        </Button>
      )}
    </div>
  );
}

function Row({ session, busy, onEnd }: { session: Listed; busy: boolean; onEnd: () => void }) {
  const browser = describeBrowser(session.user_agent);
  return (
    <li className="flex min-h-10 items-center justify-between gap-4 border-line border-b py-2">
      <span className="min-w-0">
        <span className="block truncate font-medium" title={session.user_agent}>
          {browser}
        </span>
        <span className="block truncate text-ink-3 text-meta">
          {session.ip === '' ? '' : `${session.ip}, `}
          {session.is_current ? 'signed in ' : 'active '}
          <RelativeTime at={session.is_current ? session.created_at : session.last_seen_at} />
        </span>
      </span>
      {session.is_current ? (
        <Status>This browser</Status>
      ) : (
        <Button size="small" busy={busy} aria-label={`End the session in ${browser}`} onClick={onEnd}>
          End
        </Button>
      )}
    </li>
  );
}
