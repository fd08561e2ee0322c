import { Link, useNavigate } from '@tanstack/react-router';
import { nanoUsdFrom } from '../../api/nano-usd.ts';
import { Sparkline } from '../../charts/sparkline.tsx';
import { BudgetBar } from '../../components/budget-bar.tsx';
import { copyText } from '../../components/copy-text.ts';
import type { Column } from '../../components/data-table.tsx';
import { KeyName } from '../../components/key-name.tsx';
import { nameLinkClass } from '../../components/link-class.ts';
import { type MenuItem, RowMenu } from '../../components/menu.tsx';
import { Money } from '../../components/money.tsx';
import { nameOfKey } from '../../components/name-of-key.ts';
import { None } from '../../components/none.tsx';
import { showToast } from '../../components/show-toast.ts';
import { RelativeTime } from '../../components/time.tsx';
import { formatDate, formatDateTimeFull, formatUsd } from '../../format/index.ts';
import { useSession } from '../../session/use-session.ts';
import type { DoomedKey } from './delete-key-dialog.tsx';
import type { ListedKey } from './key-queries.ts';
import { keyStatusColumn } from './key-status-column.tsx';
import { useBlockKey } from './use-block-key.ts';
import { useKeyRights } from './use-key-rights.ts';

/** What the columns need from the page. */
export interface KeyColumnsOptions {
  /** For those who see other people's keys. */
  showOwner: boolean;
  /** Spend by day of the last 14 days, by key hash; undefined while unknown. */
  spend: ReadonlyMap<string, readonly number[]> | undefined;
  onDelete: (key: DoomedKey) => void;
}

/** The columns of the list of keys. */
export function useKeyColumns({ showOwner, spend, onDelete }: KeyColumnsOptions): readonly Column<ListedKey>[] {
  const navigate = useNavigate();
  const rightsFor = useKeyRights();
  const setBlocked = useBlockKey();
  const { teams } = useSession();

  const menuOf = (key: ListedKey): readonly MenuItem[] => {
    const rights = rightsFor(key);
    const name = nameOfKey(key);
    const items: MenuItem[] = [
      { label: 'Open', onSelect: () => void navigate({ to: '/keys/$keyHash', params: { keyHash: key.token } }) },
      {
        label: 'Copy id',
        onSelect: () =>
          void copyText(key.token).then((copied) =>
            showToast(copied ? 'Id copied' : 'This browser does not allow copying. Open the key to see its id.'),
          ),
      },
    ];
    if (rights.mayBlock && key.status !== 'expired') {
      items.push({
        label: key.blocked ? 'Unblock' : 'Block',
        onSelect: () => void setBlocked(key.token, name, key.blocked !== true),
      });
    }
    if (rights.mayDelete) {
      items.push('separator', {
        label: 'Delete…',
        tone: 'danger',
        onSelect: () => onDelete({ ...key, hash: key.token }),
      });
    }
    return items;
  };

  return [
    {
      id: 'name',
      header: 'Name',
      sortKey: 'key_alias',
      mobile: 'title',
      cell: (key) => (
        <span className="flex min-w-0 items-baseline gap-x-3 max-md:flex-wrap">
          <Link
            to="/keys/$keyHash"
            params={{ keyHash: key.token }}
            className={`${nameLinkClass} max-w-56 truncate whitespace-nowrap`}
          >
            {key.key_alias ?? 'Unnamed key'}
          </Link>
          <KeyName keyName={key.key_name} hash={key.token} />
        </span>
      ),
    },
    keyStatusColumn,
    ...(showOwner ? [ownerColumn] : []),
    ...(!showOwner && teams.length > 0 ? [teamColumn] : []),
    {
      id: 'models',
      header: 'Models',
      mobile: 'hidden',
      from: '2xl',
      cell: (key) => <Models names={key.models} />,
    },
    {
      id: 'trend',
      header: '14 days',
      mobile: 'hidden',
      from: 'lg',
      align: 'right',
      cell: (key) => {
        const values = spend?.get(key.token);
        if (values === undefined) return <span className="text-ink-3">{spend === undefined ? '' : <None />}</span>;
        const sum = values.reduce((total, value) => total + value, 0);
        return (
          <span className="flex justify-end">
            <Sparkline values={values} title={`14 days, total ${formatUsd(sum)}`} />
          </span>
        );
      },
    },
    {
      id: 'spend',
      header: 'Spend',
      sortKey: 'spend',
      align: 'right',
      mobile: 'fact',
      cell: (key) => <Money nanoUsd={nanoUsdFrom(key.spend)} />,
    },
    {
      id: 'budget',
      header: 'Budget',
      sortKey: 'max_budget',
      mobile: 'hidden',
      width: '8rem',
      from: 'lg',
      cell: (key) =>
        key.max_budget === null ? (
          <None />
        ) : (
          <span className="flex flex-col">
            <span className="text-meta tabular-nums leading-4">of {formatUsd(nanoUsdFrom(key.max_budget))}</span>
            <BudgetBar
              size="line"
              label={`Budget of ${nameOfKey(key)}`}
              spendNanoUsd={nanoUsdFrom(key.spend)}
              limitNanoUsd={nanoUsdFrom(key.max_budget)}
            />
          </span>
        ),
    },
    {
      id: 'used',
      header: 'Last used',
      mobile: 'fact',
      cell: (key) =>
        key.last_active === null ? <span className="text-ink-3">Never</span> : <RelativeTime at={key.last_active} />,
    },
    {
      id: 'expires',
      header: 'Expires',
      mobile: 'hidden',
      cell: (key) =>
        key.expires === null ? (
          <span className="text-ink-3">Never</span>
        ) : (
          <time dateTime={key.expires} title={formatDateTimeFull(key.expires)} className="whitespace-nowrap">
            {formatDate(key.expires)}
          </time>
        ),
    },
    {
      id: 'menu',
      header: 'Actions',
      headerHidden: true,
      align: 'right',
      mobile: 'menu',
      width: '3rem',
      cell: (key) => <RowMenu label={`Actions for ${nameOfKey(key)}`} items={menuOf(key)} />,
    },
  ];
}

const teamColumn: Column<ListedKey> = {
  id: 'team',
  header: 'Charged to',
  mobile: 'fact',
  cell: (key) => (
    <span className="whitespace-nowrap">{key.team_id === null ? 'Me' : (key.team_alias ?? key.team_id)}</span>
  ),
};

const ownerColumn: Column<ListedKey> = {
  id: 'owner',
  header: 'Owner',
  mobile: 'fact',
  cell: (key) => (
    <span className="[overflow-wrap:anywhere]">
      {key.user_email ?? key.user_id ?? (key.team_id === null ? <None /> : '')}
      {key.team_id !== null && <span className="text-ink-3"> {key.team_alias ?? key.team_id}</span>}
    </span>
  ),
};

function Models({ names }: { names: readonly string[] }) {
  if (names.length === 0) return <span className="text-ink-3">All</span>;
  const more = names.length - 1;
  return (
    <span title={names.join(', ')} className="whitespace-nowrap">
      <code className="text-meta">{names[0]}</code>
      {more > 0 && <span className="text-ink-3"> and {more} more</span>}
    </span>
  );
}
