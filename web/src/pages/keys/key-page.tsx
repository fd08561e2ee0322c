import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { ApiFailure } from '../../api/api-failure.ts';
import { Button } from '../../components/button.tsx';
import { copyText } from '../../components/copy-text.ts';
import { KeyName } from '../../components/key-name.tsx';
import { linkClass } from '../../components/link-class.ts';
import { RowMenu } from '../../components/menu.tsx';
import { nameOfKey } from '../../components/name-of-key.ts';
import { Page } from '../../components/page.tsx';
import { showToast } from '../../components/show-toast.ts';
import { EmptyState, ErrorState, Skeleton } from '../../components/states.tsx';
import { Status } from '../../components/status.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { SetupSnippets } from '../../setup/setup-snippets.tsx';
import { DeleteKeyDialog } from './delete-key-dialog.tsx';
import { EditKeySheet } from './edit-key-sheet.tsx';
import { KeyLimits } from './key-limits.tsx';
import { KeyOverview } from './key-overview.tsx';
import { type KeyInfo, keyQuery } from './key-queries.ts';
import { describeKeyStatus } from './key-status.ts';
import { useBlockKey } from './use-block-key.ts';
import { useKeyRights } from './use-key-rights.ts';

const route = getRouteApi('/console/keys/$keyHash');

/** `/ui/keys/{hash}`: one key, what it did, how to use it, what it may. */
export function KeyPage() {
  const { keyHash } = route.useParams();
  const key = useQuery(keyQuery(keyHash));
  const parent = (
    <Link to="/keys" className={linkClass}>
      Keys
    </Link>
  );
  if (key.isPending) {
    return (
      <Page title="Key" heading={<Skeleton className="my-2 h-4 w-40" />} parent={parent}>
        <Skeleton className="h-40 w-full" />
      </Page>
    );
  }
  if (key.isError) {
    const unknown = key.error instanceof ApiFailure && (key.error.status === 404 || key.error.status === 403);
    return (
      <Page title="Key" parent={parent}>
        {unknown ? (
          <EmptyState title="This key doesn’t exist">It was deleted, or it belongs to somebody else.</EmptyState>
        ) : (
          <ErrorState what="This key" error={key.error} onRetry={() => void key.refetch()} />
        )}
      </Page>
    );
  }
  return <LoadedKey hash={keyHash} info={key.data.info} parent={parent} />;
}

function LoadedKey({ hash, info, parent }: { hash: string; info: KeyInfo; parent: ReactNode }) {
  const { tab = 'overview' } = route.useSearch();
  const navigate = route.useNavigate();
  const setBlocked = useBlockKey();
  const rights = useKeyRights()(info);
  const [editing, setEditing] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const name = nameOfKey(info);
  const status = describeKeyStatus(info);
  const isBlocked = info.blocked === true;
  const isGone = info.status === 'deleted';
  return (
    <Page
      title={name}
      heading={info.key_alias ?? 'Unnamed key'}
      parent={parent}
      description={
        <span className="flex flex-wrap items-center gap-x-4 gap-y-1">
          <KeyName keyName={info.key_name} hash={hash} />
          <Status tone={status.tone} title={status.hint}>
            {status.words}
          </Status>
          <span className="text-ink-3">{ownerOf(info)}</span>
        </span>
      }
      actions={
        !isGone && (
          <>
            {rights.mayUpdate && <Button onClick={() => setEditing(true)}>Edit limits</Button>}
            {rights.mayBlock && info.status !== 'expired' && (
              <Button onClick={() => void setBlocked(hash, name, !isBlocked)}>{isBlocked ? 'Unblock' : 'Block'}</Button>
            )}
            <RowMenu
              label={`More actions for ${name}`}
              items={[
                {
                  label: 'Copy id',
                  onSelect: () =>
                    void copyText(hash).then((copied) =>
                      showToast(
                        copied ? 'Id copied' : 'This browser does not allow copying. The id is under Limits & access.',
                      ),
                    ),
                },
                ...(rights.mayDelete
                  ? (['separator', { label: 'Delete…', tone: 'danger', onSelect: () => setDeleting(true) }] as const)
                  : []),
              ]}
            />
          </>
        )
      }
    >
      {isBlocked && !isGone && (
        <p role="status" className="mb-6 border-warning border-l-2 pl-4">
          This key is blocked. Requests with it get 401 until somebody unblocks it.
        </p>
      )}
      <Tabs
        label={`About ${name}`}
        value={tab}
        onValueChange={(next) => void navigate({ search: next === 'overview' ? {} : { tab: next }, replace: true })}
        tabs={[
          { id: 'overview', label: 'Overview', content: <KeyOverview hash={hash} info={info} /> },
          { id: 'setup', label: 'Setup', content: <KeySetup info={info} /> },
          { id: 'limits', label: 'Limits & access', content: <KeyLimits hash={hash} info={info} /> },
        ]}
      />
      {editing && <EditKeySheet hash={hash} info={info} onClose={() => setEditing(false)} />}
      <DeleteKeyDialog
        doomed={deleting ? { ...info, hash } : null}
        onClose={() => setDeleting(false)}
        onDeleted={() => void navigate({ to: '/keys', replace: true })}
      />
    </Page>
  );
}

function KeySetup({ info }: { info: KeyInfo }) {
  return (
    <div className="flex max-w-[720px] flex-col gap-4">
      <p className="max-w-[72ch] text-ink-2">
        Put the secret into <code>GATEWAY_API_KEY</code>. It was shown once, when the key was created; if it is lost,
        create another key and delete this one.
      </p>
      <SetupSnippets secret={null} allowedModels={info.models} />
    </div>
  );
}

function ownerOf(info: KeyInfo): string {
  const person = info.user_email ?? info.user_id;
  const team = info.team_id === null ? null : `team ${info.team_alias ?? info.team_id}`;
  if (person !== null && team !== null) return `${person}, ${team}`;
  return person ?? team ?? '';
}
