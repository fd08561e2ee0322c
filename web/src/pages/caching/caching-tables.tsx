import { type Column, DataTable, type Sort } from '../../components/data-table.tsx';
import { UsdFigure } from '../../components/usd-figure.tsx';
import { formatCount, formatDuration, formatTokens, type UsdColumn, usdColumn } from '../../format/index.ts';
import { GroupName, groupHeads, NotApplicable } from '../usage/ranking-table.tsx';
import { ShareBar } from '../usage/share-bar.tsx';
import { groupLabel } from '../usage/usage-series.ts';
import {
  type Caching,
  type CachingGroupRow,
  groupsWithRest,
  isPromptCacheSilent,
  reportedInput,
} from './caching-series.ts';
import type { CachingGroup } from './caching-view.ts';

/** Props of both tables. */
export interface CachingTableProps {
  caching: Caching;
  groupBy: CachingGroup;
  sort: Sort | null;
  onSortChange: (sort: Sort) => void;
  refreshing: boolean;
  /** Narrows the page to one group. */
  onOpen: (group: CachingGroupRow) => void;
}

type Cell = Column<CachingGroupRow>['cell'];

/** The response cache by model, key, user or team. */
export function ResponseCacheTable(props: CachingTableProps) {
  const order = props.sort ?? { key: 'saved', descending: true };
  const rows = sorted(props, order, responseSortValues);
  const saved = usdColumn(rows.map(({ totals }) => totals.response_cache.saved_nano_usd));
  const columns: readonly Column<CachingGroupRow>[] = [
    nameColumn(props),
    number('requests', 'Requests', ({ totals }) => formatCount(totals.requests)),
    { ...number('eligible', 'Eligible', ({ totals }) => formatCount(totals.response_cache.eligible)), from: 'xl' },
    number('hits', 'Hits', ({ totals }) => formatCount(totals.response_cache.hits)),
    {
      ...number('rate', 'Hit rate', ({ totals: { response_cache: cache } }) => (
        <ShareBar part={cache.hits} whole={cache.eligible} largest={cache.eligible} />
      )),
      width: '10rem',
    },
    number('tokens', 'Tokens saved', ({ totals: { response_cache: cache } }) => (
      <span
        className="whitespace-nowrap"
        title={formatCount(cache.prompt_tokens_saved + cache.completion_tokens_saved)}
      >
        {formatTokens(cache.prompt_tokens_saved)} in, {formatTokens(cache.completion_tokens_saved)} out
      </span>
    )),
    number('time', 'Time saved', ({ totals: { response_cache: cache } }) =>
      cache.hits === 0 ? <NotApplicable /> : formatDuration(cache.saved_ms),
    ),
    {
      ...number('saved', 'Saved', ({ totals }) => (
        <UsdFigure nanoUsd={totals.response_cache.saved_nano_usd} column={saved} />
      )),
      mobile: 'badge',
    },
  ];
  return <CachingTable {...props} name="Response cache" order={order} rows={rows} columns={columns} />;
}

/** The providers' prompt caches by model, key, user or team. */
export function PromptCacheTable(props: CachingTableProps) {
  const order = props.sort ?? { key: 'net', descending: true };
  const rows = sorted(props, order, promptSortValues);
  const money = usdColumn(
    rows.flatMap(({ totals: { prompt_cache: cache } }) => [
      cache.read_saving_nano_usd,
      cache.write_premium_nano_usd,
      cache.net_saved_nano_usd,
    ]),
  );
  const columns: readonly Column<CachingGroupRow>[] = [
    nameColumn(props),
    number('input', 'Input tokens', ({ totals }) => <Tokens count={totals.prompt_cache.input_tokens} />),
    reported('read', 'Read', ({ totals }) => <Tokens count={totals.prompt_cache.cache_read_input_tokens} />),
    {
      ...reported('write', 'Written', ({ totals }) => (
        <Tokens count={totals.prompt_cache.cache_creation_input_tokens} />
      )),
      from: 'xl',
    },
    {
      ...number('share', 'Share read', (row) => <ReadShare row={row} />),
      width: '10rem',
    },
    reported('saving', 'Read saving', ({ totals }) => (
      <UsdFigure nanoUsd={totals.prompt_cache.read_saving_nano_usd} column={money} />
    )),
    reported('premium', 'Write premium', ({ totals }) => (
      <UsdFigure nanoUsd={totals.prompt_cache.write_premium_nano_usd} column={money} />
    )),
    {
      ...reported('net', 'Net saved', ({ totals }) => (
        <NetFigure nanoUsd={totals.prompt_cache.net_saved_nano_usd} column={money} />
      )),
      mobile: 'badge',
    },
  ];
  return <CachingTable {...props} name="Prompt cache" order={order} rows={rows} columns={columns} />;
}

interface CachingTableParts extends CachingTableProps {
  name: string;
  order: Sort;
  rows: readonly CachingGroupRow[];
  columns: readonly Column<CachingGroupRow>[];
}

function CachingTable({ name, groupBy, order, rows, columns, onSortChange, refreshing }: CachingTableParts) {
  return (
    <DataTable
      caption={`${name} by ${groupHeads[groupBy].toLowerCase()}`}
      columns={columns}
      rows={rows}
      rowKey={({ id }) => id}
      sort={order}
      onSortChange={onSortChange}
      refreshing={refreshing}
    />
  );
}

function nameColumn({ groupBy, onOpen }: CachingTableProps): Column<CachingGroupRow> {
  return {
    id: 'group',
    header: groupHeads[groupBy],
    sortKey: 'name',
    mobile: 'title',
    cell: (row) => <GroupName row={row} groupBy={groupBy} onOpen={onOpen} />,
  };
}

function number(id: string, header: string, cell: Cell): Column<CachingGroupRow> {
  return { id, header, cell, align: 'right', sortKey: id, mobile: 'fact' };
}

/** A column that has nothing to say where no provider has said anything. */
function reported(id: string, header: string, cell: Cell): Column<CachingGroupRow> {
  return number(id, header, (row) => (row.totals.prompt_cache.read_share === null ? <NotApplicable /> : cell(row)));
}

function Tokens({ count }: { count: number }) {
  return <span title={formatCount(count)}>{formatTokens(count)}</span>;
}

/** Unknown is not 0 %. */
function ReadShare({ row: { totals } }: { row: CachingGroupRow }) {
  if (isPromptCacheSilent(totals)) return <span className="text-ink-2">Not reported</span>;
  const { cache_read_input_tokens: read, not_reported_input_tokens: unknown } = totals.prompt_cache;
  const whole = reportedInput(totals);
  const bar = <ShareBar part={read} whole={whole} largest={whole} />;
  return unknown === 0 ? bar : <span title={`${formatCount(unknown)} input tokens not reported`}>{bar}</span>;
}

/** A loss is told by its sign; the colour only repeats it. */
function NetFigure({ nanoUsd, column }: { nanoUsd: number; column: UsdColumn }) {
  const figure = <UsdFigure nanoUsd={nanoUsd} column={column} />;
  return nanoUsd < 0 ? <span className="text-danger">{figure}</span> : figure;
}

type SortValues = Readonly<Record<string, (totals: CachingGroupRow['totals']) => number | null>>;

const responseSortValues: SortValues = {
  requests: ({ requests }) => requests,
  eligible: ({ response_cache }) => response_cache.eligible,
  hits: ({ response_cache }) => response_cache.hits,
  rate: ({ response_cache }) => response_cache.hit_rate,
  tokens: ({ response_cache }) => response_cache.prompt_tokens_saved + response_cache.completion_tokens_saved,
  time: ({ response_cache }) => (response_cache.hits === 0 ? null : response_cache.saved_ms),
  saved: ({ response_cache }) => response_cache.saved_nano_usd,
};

const promptSortValues: SortValues = {
  input: ({ prompt_cache }) => prompt_cache.input_tokens,
  read: ({ prompt_cache }) => prompt_cache.cache_read_input_tokens,
  write: ({ prompt_cache }) => prompt_cache.cache_creation_input_tokens,
  share: ({ prompt_cache }) => prompt_cache.read_share,
  saving: ({ prompt_cache }) => prompt_cache.read_saving_nano_usd,
  premium: ({ prompt_cache }) => prompt_cache.write_premium_nano_usd,
  net: ({ prompt_cache }) => (prompt_cache.read_share === null ? null : prompt_cache.net_saved_nano_usd),
};

/** What cannot be measured comes after everything that can, whichever way round. */
function sorted(
  { caching, groupBy }: CachingTableProps,
  { key, descending }: Sort,
  values: SortValues,
): readonly CachingGroupRow[] {
  const direction = descending ? -1 : 1;
  const sortValueOf = values[key];
  return groupsWithRest(caching).toSorted((left, right) => {
    if (sortValueOf === undefined) {
      return direction * groupLabel(left, groupBy).localeCompare(groupLabel(right, groupBy), 'en');
    }
    const [one, other] = [sortValueOf(left.totals), sortValueOf(right.totals)];
    if (one === null || other === null) return Number(one === null) - Number(other === null);
    return direction * (one - other) || right.totals.requests - left.totals.requests;
  });
}
