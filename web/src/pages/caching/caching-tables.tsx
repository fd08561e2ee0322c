import { type Column, DataTable, type Sort } from '../../components/data-table.tsx';
import { formatCount, formatTokens, usdColumn } from '../../format/index.ts';
import { groupHeads } from '../usage/ranking-table.tsx';
import { ShareBar } from '../usage/share-bar.tsx';
import { groupLabel } from '../usage/usage-series.ts';
import { UsdFigure } from '../usage/usd-figure.tsx';
import { type Caching, type CachingGroupRow, groupsWithRest } from './caching-series.ts';
import type { CachingGroup } from './caching-view.ts';

/** Props of both tables. */
export interface CachingTableProps {
  caching: Caching;
  groupBy: CachingGroup;
  sort: Sort | null;
  onSortChange: (sort: Sort) => void;
  refreshing: boolean;
}

/** The response cache by model, key, user or team. */
export function ResponseCacheTable({ caching, groupBy, sort, onSortChange, refreshing }: CachingTableProps) {
  const order = sort ?? { key: 'hits', descending: true };
  const rows = sorted(groupsWithRest(caching), order, groupBy, responseSortValues);
  const saved = usdColumn(rows.map(({ totals }) => totals.saved_nano_usd));
  const columns: readonly Column<CachingGroupRow>[] = [
    nameColumn(groupBy),
    number('requests', 'Requests', ({ totals }) => formatCount(totals.requests)),
    number('eligible', 'Eligible', ({ totals }) => formatCount(totals.eligible)),
    number('hits', 'Hits', ({ totals }) => formatCount(totals.hits)),
    {
      ...number('rate', 'Hit rate', ({ totals }) => (
        <ShareBar part={totals.hits} whole={totals.eligible} largest={totals.eligible} />
      )),
      width: '12rem',
    },
    number('tokens', 'Tokens saved', ({ totals }) => (
      <span title={formatCount(totals.cached_prompt_tokens + totals.cached_completion_tokens)}>
        {formatTokens(totals.cached_prompt_tokens)} in, {formatTokens(totals.cached_completion_tokens)} out
      </span>
    )),
    {
      ...number('saved', 'Saved', ({ totals }) => <UsdFigure nanoUsd={totals.saved_nano_usd} column={saved} />),
      mobile: 'badge',
    },
  ];
  return (
    <DataTable
      caption={`Response cache by ${groupHeads[groupBy].toLowerCase()}`}
      columns={columns}
      rows={rows}
      rowKey={({ id }) => id}
      sort={order}
      onSortChange={onSortChange}
      refreshing={refreshing}
    />
  );
}

/** The providers' prompt caches by model, key, user or team. */
export function PromptCacheTable({ caching, groupBy, sort, onSortChange, refreshing }: CachingTableProps) {
  const order = sort ?? { key: 'read', descending: true };
  const rows = sorted(groupsWithRest(caching), order, groupBy, promptSortValues);
  const columns: readonly Column<CachingGroupRow>[] = [
    nameColumn(groupBy),
    tokens('input', 'Input tokens', ({ totals }) => totals.input_tokens),
    tokens('read', 'Read from cache', ({ totals }) => totals.cache_read_input_tokens),
    tokens('write', 'Written to cache', ({ totals }) => totals.cache_creation_input_tokens),
    {
      ...number('share', 'Share read from cache', ({ totals }) => (
        <ShareBar part={totals.cache_read_input_tokens} whole={totals.input_tokens} largest={totals.input_tokens} />
      )),
      width: '12rem',
    },
  ];
  return (
    <DataTable
      caption={`Prompt cache by ${groupHeads[groupBy].toLowerCase()}`}
      columns={columns}
      rows={rows}
      rowKey={({ id }) => id}
      sort={order}
      onSortChange={onSortChange}
      refreshing={refreshing}
    />
  );
}

function nameColumn(groupBy: CachingGroup): Column<CachingGroupRow> {
  return {
    id: 'group',
    header: groupHeads[groupBy],
    sortKey: 'name',
    mobile: 'title',
    cell: (row) => <span className="font-medium">{groupLabel(row, groupBy)}</span>,
  };
}

function number(id: string, header: string, cell: Column<CachingGroupRow>['cell']): Column<CachingGroupRow> {
  return { id, header, cell, align: 'right', sortKey: id, mobile: 'fact' };
}

function tokens(id: string, header: string, of: (row: CachingGroupRow) => number): Column<CachingGroupRow> {
  return number(id, header, (row) => <span title={formatCount(of(row))}>{formatTokens(of(row))}</span>);
}

type SortValues = Readonly<Record<string, (row: CachingGroupRow) => number>>;

const responseSortValues: SortValues = {
  requests: ({ totals }) => totals.requests,
  eligible: ({ totals }) => totals.eligible,
  hits: ({ totals }) => totals.hits,
  rate: ({ totals }) => share(totals.hits, totals.eligible),
  tokens: ({ totals }) => totals.cached_prompt_tokens + totals.cached_completion_tokens,
  saved: ({ totals }) => totals.saved_nano_usd,
};

const promptSortValues: SortValues = {
  input: ({ totals }) => totals.input_tokens,
  read: ({ totals }) => totals.cache_read_input_tokens,
  write: ({ totals }) => totals.cache_creation_input_tokens,
  share: ({ totals }) => share(totals.cache_read_input_tokens, totals.input_tokens),
};

/** A share for sorting; what cannot be measured comes after everything that can. */
function share(part: number, whole: number): number {
  return whole === 0 ? -1 : part / whole;
}

function sorted(
  groups: readonly CachingGroupRow[],
  sort: Sort,
  groupBy: CachingGroup,
  values: SortValues,
): readonly CachingGroupRow[] {
  const direction = sort.descending ? -1 : 1;
  const sortValueOf = values[sort.key];
  return groups.toSorted((left, right) =>
    sortValueOf === undefined
      ? direction * groupLabel(left, groupBy).localeCompare(groupLabel(right, groupBy), 'en')
      : direction * (sortValueOf(left) - sortValueOf(right)),
  );
}
