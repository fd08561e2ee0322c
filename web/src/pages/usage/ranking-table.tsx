import { type ChartSeries, SeriesSwatch } from '../../charts/index.ts';
import { type Column, DataTable, type Sort } from '../../components/data-table.tsx';
import { nameLinkClass } from '../../components/link-class.ts';
import { UsdFigure } from '../../components/usd-figure.tsx';
import { formatCount, formatPercent, type UsdColumn, usdColumn } from '../../format/index.ts';
import { ShareBar } from './share-bar.tsx';
import {
  groupLabel,
  groupsWithRest,
  metricOf,
  restId,
  tokensOf,
  type Usage,
  type UsageGroupRow,
} from './usage-series.ts';
import { TokenWords } from './usage-tiles.tsx';
import type { UsageGroup, UsageMetric } from './usage-view.ts';

/** What a row of the ranking is called, by dimension. */
export const groupHeads: Readonly<Record<UsageGroup, string>> = {
  model: 'Model',
  provider: 'Provider',
  key: 'Key',
  user: 'User',
  team: 'Team',
  endpoint: 'Endpoint',
  none: 'Everything',
};

/** Props of `RankingTable`. */
export interface RankingTableProps {
  usage: Usage;
  metric: UsageMetric;
  groupBy: UsageGroup;
  /** The stacks above; their colours are repeated beside the names. Empty where the stacks are not the groups. */
  series: readonly ChartSeries[];
  sort: Sort | null;
  onSortChange: (sort: Sort) => void;
  refreshing: boolean;
  /** Set where one group can be looked at alone. */
  onOpen: ((group: UsageGroupRow) => void) | undefined;
}

/** The groups of the range, largest first. Its sums are those of the tiles and of the chart. */
export function RankingTable({
  usage,
  metric,
  groupBy,
  series,
  sort,
  onSortChange,
  refreshing,
  onOpen,
}: RankingTableProps) {
  const order = sort ?? { key: metric, descending: true };
  const rows = sortedGroups(usage, order, groupBy);
  const largest = Math.max(0, ...rows.map((row) => metricOf(row.totals, metric)));
  const spendColumn = usdColumn(rows.map((row) => row.totals.spend_nano_usd));
  const averageColumn = usdColumn(rows.map((row) => averageOf(row) ?? 0));
  const hueOf = new Map(series.map((one) => [one.id, one]));

  const columns: readonly Column<UsageGroupRow>[] = [
    {
      id: 'group',
      header: groupHeads[groupBy],
      mobile: 'title',
      sortKey: 'name',
      cell: (row) => (
        <span className="flex min-w-0 items-center gap-2">
          {series.length > 0 && <SeriesSwatch series={hueOf.get(row.id) ?? { hue: 'other', texture: 'hatched' }} />}
          <GroupName row={row} groupBy={groupBy} onOpen={onOpen} />
        </span>
      ),
    },
    {
      id: 'spend',
      header: 'Spend',
      align: 'right',
      mobile: 'badge',
      sortKey: 'spend',
      cell: (row) => <UsdFigure nanoUsd={row.totals.spend_nano_usd} column={spendColumn} />,
    },
    {
      id: 'share',
      header: shareHeads[metric],
      align: 'right',
      mobile: 'fact',
      width: '12rem',
      cell: (row) => (
        <ShareBar part={metricOf(row.totals, metric)} whole={metricOf(usage.totals, metric)} largest={largest} />
      ),
    },
    {
      id: 'requests',
      header: 'Requests',
      align: 'right',
      mobile: 'fact',
      sortKey: 'requests',
      cell: (row) => formatCount(row.totals.requests),
    },
    {
      id: 'failed',
      header: 'Failed',
      align: 'right',
      mobile: 'fact',
      sortKey: 'failed',
      cell: (row) => <Failed row={row} />,
    },
    {
      id: 'tokens',
      header: 'Tokens',
      align: 'right',
      mobile: 'fact',
      sortKey: 'tokens',
      cell: (row) => <TokenWords totals={row.totals} />,
    },
    {
      id: 'average',
      header: 'Average cost',
      align: 'right',
      mobile: 'hidden',
      sortKey: 'average',
      cell: (row) => <Average nanoUsd={averageOf(row)} column={averageColumn} />,
    },
  ];

  return (
    <DataTable
      caption={`Usage by ${groupHeads[groupBy].toLowerCase()}`}
      columns={columns}
      rows={rows}
      rowKey={(row) => row.id}
      sort={order}
      onSortChange={onSortChange}
      refreshing={refreshing}
    />
  );
}

const shareHeads: Readonly<Record<UsageMetric, string>> = {
  spend: 'Share of spend',
  requests: 'Share of requests',
  tokens: 'Share of tokens',
};

/** The name of a group; a button where the group can be looked at alone. */
export function GroupName<Row extends Pick<UsageGroupRow, 'id' | 'label'>>({
  row,
  groupBy,
  onOpen,
}: {
  row: Row;
  groupBy: UsageGroup;
  onOpen: ((group: Row) => void) | undefined;
}) {
  const name = groupLabel(row, groupBy);
  if (onOpen === undefined || row.id === '' || row.id === restId)
    return <span className="truncate font-medium">{name}</span>;
  return (
    <button
      type="button"
      title={`Show only ${name}`}
      onClick={() => onOpen(row)}
      className={`${nameLinkClass} min-h-6 truncate text-left`}
    >
      {name}
    </button>
  );
}

function Failed({ row }: { row: UsageGroupRow }) {
  const { failed_requests, requests } = row.totals;
  const words = formatPercent(failed_requests, requests);
  return (
    <span
      title={`${formatCount(failed_requests)} of ${formatCount(requests)}`}
      className={failed_requests * 20 >= requests && failed_requests > 0 ? 'text-danger' : undefined}
    >
      {words}
    </span>
  );
}

function Average({ nanoUsd, column }: { nanoUsd: number | null; column: UsdColumn }) {
  if (nanoUsd === null) return <NotApplicable />;
  return <UsdFigure nanoUsd={nanoUsd} column={column} />;
}

/** Stands where there is nothing to measure. */
export function NotApplicable() {
  return (
    <>
      <span aria-hidden className="text-ink-3">
        –
      </span>
      <span className="sr-only">not applicable</span>
    </>
  );
}

/** Nano-dollars per request, rounded; null without requests. */
function averageOf({ totals }: UsageGroupRow): number | null {
  return totals.requests === 0 ? null : Math.round(totals.spend_nano_usd / totals.requests);
}

function sortedGroups(usage: Usage, sort: Sort, groupBy: UsageGroup): readonly UsageGroupRow[] {
  const direction = sort.descending ? -1 : 1;
  if (sort.key === 'name') {
    return groupsWithRest(usage).toSorted(
      (left, right) => direction * groupLabel(left, groupBy).localeCompare(groupLabel(right, groupBy), 'en'),
    );
  }
  return groupsWithRest(usage).toSorted(
    (left, right) => direction * (sortValue(left, sort.key) - sortValue(right, sort.key)),
  );
}

function sortValue(row: UsageGroupRow, key: string): number {
  switch (key) {
    case 'requests':
      return row.totals.requests;
    case 'failed':
      return row.totals.requests === 0 ? 0 : row.totals.failed_requests / row.totals.requests;
    case 'tokens':
      return tokensOf(row.totals);
    case 'average':
      return averageOf(row) ?? 0;
    default:
      return row.totals.spend_nano_usd;
  }
}
