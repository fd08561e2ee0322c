import { openInvitation } from '@latchkey/server/contract';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { type ReactNode, useEffect } from 'react';
import { ApiFailure } from '../../api/api-failure.ts';
import { call } from '../../api/call.ts';
import { buttonClass } from '../../components/button.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { Mark } from '../../shell/mark.tsx';
import { AcceptInvitation } from './accept-invitation.tsx';

const route = getRouteApi('/onboarding');

/** `/ui/onboarding?id=…`: what an invitation is about, and the form to accept it. Opening it changes nothing. */
export function OnboardingPage() {
  const { id } = route.useSearch();
  useEffect(() => {
    document.title = 'Accept your invitation · Latchkey';
  }, []);
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-[480px] flex-col px-6 py-8">
      <p className="flex items-center gap-2.5">
        <Mark />
        <span className="font-strong text-control">Latchkey</span>
      </p>
      <div className="my-auto py-10">{id === undefined ? <Incomplete /> : <Invitation id={id} />}</div>
    </main>
  );
}

function Invitation({ id }: { id: string }) {
  const invitation = useQuery({
    queryKey: ['invitation', id],
    queryFn: ({ signal }) => call(openInvitation, { invite_link: id }, { signal }),
    retry: false,
    // The onboarding token lives for minutes; asking again would only unsettle the form.
    refetchOnWindowFocus: false,
    staleTime: 10 * 60_000,
    gcTime: 0,
  });
  if (invitation.isPending) return <Waiting />;
  if (invitation.isError) return <Refused error={invitation.error} onRetry={() => void invitation.refetch()} />;
  return <AcceptInvitation id={id} invitation={invitation.data} />;
}

function Refused({ error, onRetry }: { error: Error; onRetry: () => void }) {
  const refused = error instanceof ApiFailure && error.status >= 400 && error.status < 500 && error.status !== 429;
  if (!refused) return <ErrorState what="This invitation" error={error} onRetry={onRetry} />;
  if (/expired/i.test(error.message)) {
    return (
      <Ended title="This link has expired">
        Invitation links work for seven days. Ask the person who invited you for a new one.
      </Ended>
    );
  }
  if (/already been (used|accepted)|already used/i.test(error.message)) {
    return (
      <Ended
        title="Already set up"
        action={
          <Link to="/login" className={buttonClass('primary')}>
            Sign in
          </Link>
        }
      >
        This link has been used. Sign in with the password you chose. If it wasn’t you, or you forgot the password, ask
        an admin for a new link.
      </Ended>
    );
  }
  return (
    <Ended title="This link doesn’t work">
      It may have been withdrawn, replaced by a newer one, or cut off when it was copied. Check the address, or ask the
      person who invited you for a new link.
    </Ended>
  );
}

function Incomplete() {
  return (
    <Ended title="This link is incomplete">
      The address should end in “?id=” and a long code. Copy the whole link from your invitation and open it again.
    </Ended>
  );
}

function Ended({ title, children, action }: { title: string; children: ReactNode; action?: ReactNode }) {
  return (
    <div className="flex flex-col items-start gap-3">
      <h1 className="text-page">{title}</h1>
      <p className="text-ink-2">{children}</p>
      {action ?? (
        <Link to="/login" className={buttonClass()}>
          Go to sign in
        </Link>
      )}
    </div>
  );
}

function Waiting() {
  return (
    <div className="flex flex-col gap-4" role="status" aria-label="Loading your invitation">
      <Skeleton className="h-5 w-72" />
      <Skeleton className="w-full" />
      <Skeleton className="w-full" />
      <Skeleton className="w-2/3" />
    </div>
  );
}
