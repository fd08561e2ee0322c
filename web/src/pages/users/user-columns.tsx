import { Link } from '@tanstack/react-router';
import { nanoUsdFrom } from '../../api/nano-usd.ts';
import { BudgetBar } from '../../components/budget-bar.tsx';
import type { Column } from '../../components/data-table.tsx';

import { type MenuItem, RowMenu } from '../../components/menu.tsx';
import { None } from '../../components/none.tsx';
import { RelativeTime } from '../../components/time.tsx';
import { UsdFigure } from '../../components/usd-figure.tsx';
import { formatCount, formatDateTime, formatUsd, usdColumn } from '../../format/index.ts';
import { roleLabel } from '../../session/role-words.ts';
import { windowWords } from './personal-budget.ts';
import { UserStatus } from './user-status.tsx';
import { type ListedUser, personName } from './users-query.ts';

/** A figure that leads somewhere: like any other figure until one comes near. */
const quietLinkClass = 'rounded-control underline decoration-transparent underline-offset-3 hover:decoration-current';

/** What can be done to a person from their row. */
export type UserAction = 'link' | 'role' | 'budget' | 'delete';

/** Props for the columns. */
export interface UserColumnsOptions {
  users: readonly ListedUser[];
  /** Id of the person in front of the console, who cannot demote or delete themselves. */
  ownUserId: string;
  /** Absent for those who only read: then there is no menu at all. */
  onAction: ((action: UserAction, user: ListedUser) => void) | undefined;
}

/** The columns of the list of people. */
export function userColumns({ users, ownUserId, onAction }: UserColumnsOptions): readonly Column<ListedUser>[] {
  const spend = usdColumn(users.map((user) => nanoUsdFrom(user.spend)));
  const columns: readonly Column<ListedUser>[] = [
    {
      id: 'person',
      header: 'Person',
      sortKey: 'user_email',
      mobile: 'title',
      cell: (user) => <Person user={user} isSelf={user.user_id === ownUserId} />,
    },
    { id: 'status', header: 'Status', mobile: 'fact', cell: (user) => <UserStatus user={user} /> },
    {
      id: 'role',
      header: 'Role',
      sortKey: 'user_role',
      mobile: 'fact',
      cell: (user) =>
        user.user_role === null ? <None /> : <span className="whitespace-nowrap">{roleLabel(user.user_role)}</span>,
    },
    {
      id: 'teams',
      header: 'Teams',
      align: 'right',
      mobile: 'hidden',
      cell: (user) => (user.teams.length === 0 ? <None /> : formatCount(user.teams.length)),
    },
    { id: 'keys', header: 'Keys', align: 'right', mobile: 'hidden', cell: (user) => formatCount(user.key_count) },
    {
      id: 'spend',
      header: 'Spend',
      align: 'right',
      sortKey: 'spend',
      mobile: 'fact',
      cell: (user) => (
        <Link
          to="/usage"
          search={{ user_id: user.user_id }}
          title={`Usage of ${personName(user)}`}
          className={quietLinkClass}
        >
          <UsdFigure nanoUsd={nanoUsdFrom(user.spend)} column={spend} />
        </Link>
      ),
    },
    { id: 'budget', header: 'Budget', mobile: 'fact', width: '15rem', cell: (user) => <Budget user={user} /> },
    {
      id: 'active',
      header: 'Last active',
      mobile: 'hidden',
      cell: (user) =>
        user.last_active_at === null ? (
          <span className="text-ink-3">Never</span>
        ) : (
          <RelativeTime at={user.last_active_at} />
        ),
    },
  ];
  if (onAction === undefined) return columns;
  return [
    ...columns,
    {
      id: 'menu',
      header: 'Actions',
      headerHidden: true,
      align: 'right',
      mobile: 'menu',
      cell: (user) => (
        <RowMenu
          label={`Actions for ${personName(user)}`}
          items={actionsFor(user, ownUserId, (action) => onAction(action, user))}
        />
      ),
    },
  ];
}

function actionsFor(user: ListedUser, ownUserId: string, act: (action: UserAction) => void): readonly MenuItem[] {
  const isSelf = user.user_id === ownUserId;
  return [
    {
      label: user.status === 'active' ? 'Copy password reset link' : 'Copy new invite link',
      onSelect: () => act('link'),
    },
    { label: isSelf ? 'Change role (not your own)' : 'Change role', disabled: isSelf, onSelect: () => act('role') },
    { label: 'Edit budget', onSelect: () => act('budget') },
    'separator',
    {
      label: isSelf ? 'Delete (not yourself)' : 'Delete',
      tone: isSelf ? 'plain' : 'danger',
      disabled: isSelf,
      onSelect: () => act('delete'),
    },
  ];
}

function Person({ user, isSelf }: { user: ListedUser; isSelf: boolean }) {
  const name = personName(user);
  const second = user.user_alias !== null && user.user_alias !== name ? user.user_alias : null;
  return (
    <span className="flex min-w-0 items-center gap-2.5">
      <span
        aria-hidden
        className="flex size-7 shrink-0 items-center justify-center rounded-full border border-line-strong text-head text-ink-2"
      >
        {initials(second ?? name)}
      </span>
      <span className="min-w-0">
        <span className="block truncate font-medium" title={user.user_id}>
          {name}
          {isSelf && <span className="font-normal text-ink-3"> (you)</span>}
        </span>
        {second !== null && <span className="block truncate text-ink-3 text-meta">{second}</span>}
      </span>
    </span>
  );
}

function Budget({ user }: { user: ListedUser }) {
  if (user.max_budget === null) return <span className="text-ink-3">No budget</span>;
  const limitNanoUsd = nanoUsdFrom(user.max_budget);
  return (
    <span className="flex flex-wrap items-center gap-x-3">
      <span className="w-24 shrink-0">
        <BudgetBar
          label={`Budget of ${personName(user)}`}
          spendNanoUsd={nanoUsdFrom(user.spend)}
          limitNanoUsd={limitNanoUsd}
          size="line"
        />
      </span>
      <span
        className="whitespace-nowrap text-ink-2 text-meta"
        title={
          user.budget_reset_at === null ? 'Never starts over' : `Starts over ${formatDateTime(user.budget_reset_at)}`
        }
      >
        of {formatUsd(limitNanoUsd)} {windowWords(user.budget_duration)}
      </span>
    </span>
  );
}

/** "AR" for Ana Ruiz, "AN" for ana@acme.dev. */
function initials(name: string): string {
  const words = (name.split('@')[0] ?? name).split(/[\s._-]+/).filter((word) => word !== '');
  const [first = '?', second] = words;
  return (second === undefined ? first.slice(0, 2) : `${first[0] ?? ''}${second[0] ?? ''}`).toUpperCase();
}
