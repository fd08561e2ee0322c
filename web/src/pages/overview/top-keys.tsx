import { listKeys } from '@latchkey/server/contract';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { call } from '../../api/call.ts';
import { nanoUsdFrom } from '../../api/nano-usd.ts';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { KeyName } from '../../components/key-name.tsx';
import { linkClass, nameLinkClass } from '../../components/link-class.ts';
import { Money } from '../../components/money.tsx';
import { Section } from '../../components/page.tsx';
import { ErrorState } from '../../components/states.tsx';
import { RelativeTime } from '../../components/time.tsx';
import type { ListedKey } from '../keys/key-queries.ts';
import { keyStatusColumn } from '../keys/key-status-column.tsx';

const columns: readonly Column<ListedKey>[] = [
  {
    id: 'name',
    header: 'Name',
    mobile: 'title',
    cell: (key) => (
      <span className="flex items-baseline gap-x-3">
        <Link to="/keys/$keyHash" params={{ keyHash: key.token }} className={`${nameLinkClass} max-w-56 truncate`}>
          {key.key_alias ?? 'Unnamed key'}
        </Link>
        <KeyName keyName={key.key_name} hash={key.token} />
      </span>
    ),
  },
  keyStatusColumn,
  {
    id: 'used',
    header: 'Last used',
    mobile: 'fact',
    cell: (key) =>
      key.last_active === null ? <span className="text-ink-3">Never</span> : <RelativeTime at={key.last_active} />,
  },
  {
    id: 'spend',
    header: 'Spend',
    align: 'right',
    mobile: 'fact',
    cell: (key) => <Money nanoUsd={nanoUsdFrom(key.spend)} />,
  },
];

/** The five keys that spent most. Nothing at all before there is a key: the steps above say what to do. */
export function TopKeys() {
  const keys = useQuery({
    queryKey: ['keys', 'top'],
    queryFn: async ({ signal }) => {
      const answer = await call(
        listKeys,
        { page: 1, size: 5, return_full_object: true, sort_by: 'spend', sort_order: 'desc' },
        { signal },
      );
      return answer.keys.filter((key): key is ListedKey => typeof key !== 'string');
    },
  });
  if (keys.data?.length === 0) return null;
  return (
    <Section
      title="Keys"
      actions={
        <Link to="/keys" className={linkClass}>
          All keys
        </Link>
      }
    >
      {keys.isError ? (
        <ErrorState what="Your keys" error={keys.error} onRetry={() => void keys.refetch()} />
      ) : (
        <DataTable
          caption="Keys that spent most"
          columns={columns}
          rows={keys.data}
          rowKey={(key) => key.token}
          skeletonRows={3}
          isQuiet={(key) => key.status !== 'active'}
        />
      )}
    </Section>
  );
}
