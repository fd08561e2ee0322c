import { clsx } from 'clsx';
import type { ReactNode } from 'react';
import { ApiFailure } from '../api/api-failure.ts';
import { roleLabel } from '../session/role-words.ts';
import { useSession } from '../session/use-session.ts';
import { Button } from './button.tsx';
import { CopyButton } from './copy-button.tsx';

/** Nothing to show: one sentence, and the next step. */
export function EmptyState({
  title,
  children,
  action,
}: {
  title: ReactNode;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="flex flex-col items-start gap-3 py-8">
      <p className="text-control">{title}</p>
      {children && <div className="max-w-[72ch] text-body text-ink-2">{children}</div>}
      {action}
    </div>
  );
}

/** A region that failed: what, why in the gateway's words, the request id, and another try. */
export function ErrorState({
  what,
  error,
  onRetry,
}: {
  /** Such as "Keys". */ what: string;
  error: unknown;
  onRetry?: () => void;
}) {
  const failure = error instanceof ApiFailure ? error : null;
  return (
    <div role="alert" className="flex flex-col items-start gap-2 border-danger border-l-2 py-1 pl-4">
      <p className="text-control">{what} could not be loaded.</p>
      <p className="max-w-[72ch] whitespace-pre-line text-body text-ink-2">
        {failure?.message ?? 'The console hit an unexpected problem.'}
      </p>
      {failure?.requestId && (
        <p className="flex items-center gap-1 text-meta text-ink-3">
          Request <code translate="no">{failure.requestId}</code>
          <CopyButton value={failure.requestId} label="Copy request id" size="icon" />
        </p>
      )}
      {onRetry && <Button onClick={onRetry}>Try again</Button>}
    </div>
  );
}

/** A page that this person may not see. */
export function ForbiddenState({ what }: { /** Such as "the list of people". */ what: string }) {
  const session = useSession();
  return (
    <div className="flex max-w-[72ch] flex-col gap-2 py-8">
      <h1 className="text-page">You don’t have access to {what}</h1>
      <p className="text-body text-ink-2">
        Your role: {roleLabel(session.role)}. Ask an admin of this gateway if you need it.
      </p>
    </div>
  );
}

/** A grey bar where text will be; give it the size of what it stands for. */
export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden className={clsx('skeleton block h-3 rounded-control', className)} />;
}
