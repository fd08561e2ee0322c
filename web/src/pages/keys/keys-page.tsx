import { type UseQueryResult, useInfiniteQuery, useQueries } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useDeferredValue, useEffect, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { DataTable, type Sort } from '../../components/data-table.tsx';
import { Select, TextInput } from '../../components/field.tsx';
import { Page } from '../../components/page.tsx';
import { EmptyState, ErrorState } from '../../components/states.tsx';
import { formatCount } from '../../format/index.ts';
import { useCan } from '../../session/use-session.ts';
import { useSingleKey } from '../../shell/use-shortcuts.ts';
import { CreateKeySheet } from './create-key-sheet.tsx';
import { DeleteKeyDialog, type DoomedKey } from './delete-key-dialog.tsx';
import { useKeyColumns } from './key-columns.tsx';
import { keySpendQuery, keysQuery, type ListedKey } from './key-queries.ts';

const route = getRouteApi('/console/keys');

const statuses = [
  { value: '', label: 'Any status' },
  { value: 'active', label: 'Active' },
  { value: 'revoked', label: 'Blocked' },
  { value: 'expired', label: 'Expired' },
];

/** `/ui/keys`: the keys one may see, and the way to a new one. */
export function KeysPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const mayCreate = useCan('key:create') !== undefined;
  const seesAll = useCan('key:read') === 'all';
  const [doomed, setDoomed] = useState<DoomedKey | null>(null);
  const [text, setText] = useState(search.search ?? '');
  const wanted = useDeferredValue(text.trim());

  useEffect(() => {
    void navigate({ search: (current) => withText(current, wanted), replace: true, resetScroll: false });
  }, [wanted, navigate]);

  const sort = readSort(search.sort);
  const keys = useInfiniteQuery(
    keysQuery({
      ...(search.search === undefined ? {} : { search: search.search }),
      ...(search.status === undefined ? {} : { status: search.status }),
      sort_by: sort.key,
      sort_order: sort.descending ? 'desc' : 'asc',
    }),
  );
  const seesUsage = useCan('usage:read') !== undefined;
  const spend = useQueries({
    queries: (keys.data?.pages ?? []).map((page) => ({
      ...keySpendQuery(page.keys.map((key) => key.token)),
      enabled: seesUsage && page.keys.length > 0,
    })),
    combine: spendOfPages,
  });
  const columns = useKeyColumns({ showOwner: seesAll, spend, onDelete: setDoomed });

  const openSheet = useCallback(
    () => void navigate({ search: (current) => ({ ...current, create: true }) }),
    [navigate],
  );
  const closeSheet = useCallback(() => void navigate({ search: ({ create: _, ...rest }) => rest }), [navigate]);
  useSingleKey('n', mayCreate ? openSheet : undefined);

  const rows = keys.data?.pages.flatMap((page) => page.keys);
  const total = keys.data?.pages[0]?.total_count ?? 0;
  const filtered = search.search !== undefined || search.status !== undefined;
  const clear = () => {
    setText('');
    void navigate({ search: {} });
  };

  return (
    <Page
      title="Keys"
      description={seesAll ? 'Every key of this gateway.' : 'A key lets your code call the models you have access to.'}
      actions={
        mayCreate && (
          <Button variant="primary" onClick={openSheet} aria-keyshortcuts="n">
            Create key
          </Button>
        )
      }
    >
      {(filtered || total > 0 || keys.isPending) && (
        <search className="mb-2 flex flex-wrap gap-2">
          <TextInput
            type="search"
            aria-label="Search keys"
            placeholder={seesAll ? 'Name, last four, owner' : 'Name or last four'}
            value={text}
            onChange={(event) => setText(event.target.value)}
            className="max-w-64 grow basis-40"
          />
          <Select
            aria-label="Status"
            className="w-36"
            options={statuses}
            value={search.status ?? ''}
            onChange={(event) => {
              const status = event.target.value;
              void navigate({ search: ({ status: _, ...rest }) => (status === '' ? rest : { ...rest, status }) });
            }}
          />
          {filtered && (
            <Button variant="ghost" onClick={clear}>
              Clear filters
            </Button>
          )}
        </search>
      )}
      {keys.isError ? (
        <ErrorState what="Keys" error={keys.error} onRetry={() => void keys.refetch()} />
      ) : (
        <DataTable<ListedKey>
          caption="Keys"
          columns={columns}
          rows={rows}
          rowKey={(key) => key.token}
          isQuiet={(key) => key.status !== 'active'}
          sort={sort}
          onSortChange={(next) =>
            void navigate({
              search: (current) => ({ ...current, sort: `${next.descending ? '-' : ''}${next.key}` }),
              replace: true,
            })
          }
          refreshing={keys.isFetching && !keys.isPending && !keys.isFetchingNextPage}
          onLoadMore={keys.hasNextPage ? () => void keys.fetchNextPage() : undefined}
          loadingMore={keys.isFetchingNextPage}
          countNote={
            rows !== undefined && rows.length < total
              ? `${formatCount(rows.length)} of ${formatCount(total)}`
              : undefined
          }
          empty={
            filtered ? (
              <EmptyState title="No key matches" action={<Button onClick={clear}>Clear filters</Button>} />
            ) : (
              <EmptyState
                title="No keys yet"
                action={mayCreate && <Button onClick={openSheet}>Create your first key</Button>}
              >
                {mayCreate
                  ? 'A key lets your code call every model you have access to. You see its secret once, when it is created.'
                  : 'An admin creates keys for you. They appear here as soon as you have one.'}
              </EmptyState>
            )
          }
        />
      )}
      {mayCreate && <CreateKeySheet open={search.create === true} onClose={closeSheet} />}
      <DeleteKeyDialog doomed={doomed} onClose={() => setDoomed(null)} />
    </Page>
  );
}

function readSort(text: string | undefined): Sort {
  if (text === undefined) return { key: 'created_at', descending: true };
  return text.startsWith('-') ? { key: text.slice(1), descending: true } : { key: text, descending: false };
}

function withText<Search extends { search?: string }>(current: Search, wanted: string): Search {
  const { search: _, ...rest } = current;
  return { ...rest, ...(wanted === '' ? {} : { search: wanted }) } as Search;
}

type SpendByKey = ReadonlyMap<string, readonly number[]>;

/** Undefined until the first page has come. */
function spendOfPages(pages: readonly UseQueryResult<SpendByKey>[]): SpendByKey | undefined {
  const known = pages.flatMap(({ data }) => (data === undefined ? [] : [...data]));
  return pages.some(({ data }) => data !== undefined) ? new Map(known) : undefined;
}
