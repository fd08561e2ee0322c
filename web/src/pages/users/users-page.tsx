import { roles } from '@latchkey/server/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useDeferredValue, useEffect, useMemo, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { DataTable } from '../../components/data-table.tsx';
import { Select, TextInput } from '../../components/field.tsx';
import { Page } from '../../components/page.tsx';
import { EmptyState, ErrorState } from '../../components/states.tsx';
import { formatCount, formatCountOf } from '../../format/index.ts';
import { roleLabels } from '../../session/role-words.ts';
import { useCan, useSession } from '../../session/use-session.ts';
import { useSingleKey } from '../../shell/use-shortcuts.ts';
import { ChangeRoleDialog } from './change-role-dialog.tsx';
import { DeleteUserDialog } from './delete-user-dialog.tsx';
import { EditBudgetDialog } from './edit-budget-dialog.tsx';
import { InviteSheet } from './invite-sheet.tsx';
import { LinkDialog } from './link-dialog.tsx';
import { type UserAction, userColumns } from './user-columns.tsx';
import { type ListedUser, usersQuery } from './users-query.ts';
import { searchFromUsersView, type UsersView, usersViewFromSearch } from './users-view.ts';

const route = getRouteApi('/console/users');

/** Users: who may use the gateway, with which role and budget, and the way to invite more people. */
export function UsersPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const ownUserId = useSession().user.user_id;
  const mayInvite = useCan('user:create') !== undefined;
  const mayWrite = useCan('user:update') === 'all';
  const view = useMemo(() => usersViewFromSearch(search), [search]);
  const [text, setText] = useState(view.search);
  const wanted = useDeferredValue(text.trim());
  const [asked, setAsked] = useState<{ action: UserAction; user: ListedUser } | null>(null);

  const change = useCallback(
    (next: Partial<UsersView>, replace = true) =>
      void navigate({
        search: (current: Record<string, unknown>) => searchFromUsersView({ ...usersViewFromSearch(current), ...next }),
        replace,
        resetScroll: false,
      }),
    [navigate],
  );
  useEffect(() => change({ search: wanted }), [wanted, change]);

  const users = useInfiniteQuery(usersQuery(view));
  const rows = users.data?.pages.flatMap((page) => page.users);
  const total = users.data?.pages[0]?.total ?? 0;
  const isFiltered = view.search !== '' || view.role !== null;
  const columns = userColumns({
    users: rows ?? [],
    ownUserId,
    onAction: mayWrite ? (action, user) => setAsked({ action, user }) : undefined,
  });

  const openSheet = useCallback(() => change({ invites: true }, false), [change]);
  const closeSheet = useCallback(() => change({ invites: false }), [change]);
  useSingleKey('n', mayInvite ? openSheet : undefined);
  const clear = (): void => {
    setText('');
    change({ search: '', role: null });
  };
  const inviteButton = mayInvite && (
    <Button variant="primary" onClick={openSheet} aria-keyshortcuts="n">
      Invite users
    </Button>
  );

  return (
    <Page title="Users" description="Everybody who may sign in or has keys." actions={inviteButton}>
      <search className="mb-2 flex flex-wrap gap-2">
        <TextInput
          type="search"
          aria-label="Search users"
          placeholder="E-mail, name or id"
          value={text}
          onChange={(event) => setText(event.target.value)}
          className="max-w-64 grow basis-40"
        />
        <Select
          aria-label="Role"
          className="w-40"
          options={[
            { value: '', label: 'Any role' },
            ...roles.map((role) => ({ value: role, label: roleLabels[role] })),
          ]}
          value={view.role ?? ''}
          onChange={(event) => change({ role: roles.find((role) => role === event.target.value) ?? null })}
        />
        {isFiltered && (
          <Button variant="ghost" onClick={clear}>
            Clear filters
          </Button>
        )}
      </search>
      {users.isError && rows === undefined ? (
        <ErrorState what="Users" error={users.error} onRetry={() => void users.refetch()} />
      ) : (
        <DataTable<ListedUser>
          caption="Users"
          columns={columns}
          rows={rows}
          rowKey={(user) => user.user_id}
          isQuiet={(user) => user.status === 'disabled'}
          sort={view.sort}
          onSortChange={(sort) => change({ sort })}
          refreshing={users.isPlaceholderData}
          onLoadMore={users.hasNextPage ? () => void users.fetchNextPage() : undefined}
          loadingMore={users.isFetchingNextPage}
          countNote={
            rows &&
            (rows.length < total
              ? `${formatCount(rows.length)} of ${formatCount(total)}`
              : formatCountOf(total, 'user'))
          }
          empty={
            isFiltered ? (
              <EmptyState title="Nobody matches" action={<Button onClick={clear}>Clear filters</Button>} />
            ) : (
              <EmptyState
                title="Nobody here yet"
                action={mayInvite && <Button onClick={openSheet}>Invite your team</Button>}
              >
                Invite people by e-mail address. Each of them gets a link, sets a password, and creates their own keys.
              </EmptyState>
            )
          }
        />
      )}
      {mayInvite && <InviteSheet open={view.invites} onClose={closeSheet} />}
      {asked && <ActionDialog key={asked.user.user_id} asked={asked} onClose={() => setAsked(null)} />}
    </Page>
  );
}

function ActionDialog({ asked, onClose }: { asked: { action: UserAction; user: ListedUser }; onClose: () => void }) {
  switch (asked.action) {
    case 'link':
      return <LinkDialog user={asked.user} onClose={onClose} />;
    case 'role':
      return <ChangeRoleDialog user={asked.user} onClose={onClose} />;
    case 'budget':
      return <EditBudgetDialog user={asked.user} onClose={onClose} />;
    case 'delete':
      return <DeleteUserDialog user={asked.user} onClose={onClose} />;
  }
}
