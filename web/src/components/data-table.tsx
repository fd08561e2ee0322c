import { clsx } from 'clsx';
import { ArrowDown, ArrowUp } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import { Skeleton } from './states.tsx';
import { useNarrow } from './use-media.ts';

/** One column; the same definition makes the cards of small screens. */
export interface Column<Row> {
  id: string;
  header: string;
  cell: (row: Row) => ReactNode;
  /** `right` for numbers. */
  align?: 'left' | 'right';
  /** Set when the column can be sorted by. */
  sortKey?: string;
  /** Where the cell goes on a card. */
  mobile: 'title' | 'badge' | 'fact' | 'menu' | 'hidden';
  /** The header is for screen readers only, such as that of a menu. */
  headerHidden?: boolean;
  /** A CSS width such as `12rem`. */
  width?: string;
  /** Left out of the table on windows narrower than 1024 px (`lg`), 1280 px (`xl`) or 1536 px (`2xl`). */
  from?: 'lg' | 'xl' | '2xl';
}

/** What a table is sorted by. */
export interface Sort {
  key: string;
  descending: boolean;
}

/** Props of `DataTable`. */
export interface DataTableProps<Row> {
  /** Says what the table holds; for screen readers. */
  caption: string;
  columns: readonly Column<Row>[];
  /** `undefined` while the first rows are on their way. */
  rows: readonly Row[] | undefined;
  rowKey: (row: Row) => string;
  sort?: Sort | undefined;
  onSortChange?: (sort: Sort) => void;
  /** Shown in place of the rows when there are none. */
  empty?: ReactNode;
  /** True while newer rows are fetched: the old ones stay, dimmed. */
  refreshing?: boolean;
  /** Set while there is more. */
  onLoadMore?: (() => void) | undefined;
  loadingMore?: boolean;
  /** Such as "50 of 380". */
  countNote?: ReactNode;
  skeletonRows?: number;
  /** Rows that stand back: blocked, expired. */
  isQuiet?: (row: Row) => boolean;
}

/** A ruled table; a list of cards below 768 px. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const narrow = useNarrow();
  const { rows, empty, refreshing = false, onLoadMore, loadingMore = false, countNote } = props;
  if (rows !== undefined && rows.length === 0 && empty) return <>{empty}</>;
  return (
    <div>
      <div
        aria-busy={rows === undefined || refreshing}
        className={clsx('transition-opacity duration-120', refreshing && 'opacity-60')}
      >
        {narrow ? <Cards {...props} /> : <Grid {...props} />}
      </div>
      {(onLoadMore || countNote) && (
        <div className="flex items-center gap-3 py-3 text-meta text-ink-3">
          {onLoadMore && (
            <Button busy={loadingMore} onClick={onLoadMore}>
              Load more
            </Button>
          )}
          {countNote}
        </div>
      )}
    </div>
  );
}

function Grid<Row>({
  caption,
  columns,
  rows,
  rowKey,
  sort,
  onSortChange,
  skeletonRows = 6,
  isQuiet,
}: DataTableProps<Row>) {
  return (
    <table className="w-full border-collapse text-body">
      <caption className="sr-only">{caption}</caption>
      <thead className="sticky top-12 z-10 bg-canvas">
        <tr>
          {columns.map((column) => (
            <HeaderCell key={column.id} column={column} sort={sort} onSortChange={onSortChange} />
          ))}
        </tr>
      </thead>
      <tbody>
        {rows === undefined
          ? Array.from({ length: skeletonRows }, (_, row) => (
              <tr key={row} className="h-10 border-line border-b">
                {columns.map((column, index) => (
                  <td key={column.id} className={clsx('px-2 first:pl-0 last:pr-0', visibilityOf(column))}>
                    <Skeleton className={clsx(column.align === 'right' && 'ml-auto', index === 0 ? 'w-40' : 'w-16')} />
                  </td>
                ))}
              </tr>
            ))
          : rows.map((row) => (
              <tr
                key={rowKey(row)}
                className={clsx('h-10 border-line border-b hover:bg-sunken', isQuiet?.(row) && 'text-ink-3')}
              >
                {columns.map((column, index) => {
                  const className = clsx(
                    'px-2 py-1.5 first:pl-0 last:pr-0',
                    visibilityOf(column),
                    column.align === 'right' ? 'text-right tabular-nums' : 'text-left',
                  );
                  return index === 0 ? (
                    <th key={column.id} scope="row" className={clsx(className, 'font-normal')}>
                      {column.cell(row)}
                    </th>
                  ) : (
                    <td key={column.id} className={className}>
                      {column.cell(row)}
                    </td>
                  );
                })}
              </tr>
            ))}
      </tbody>
    </table>
  );
}

function HeaderCell<Row>({
  column,
  sort,
  onSortChange,
}: {
  column: Column<Row>;
  sort: Sort | undefined;
  onSortChange: ((sort: Sort) => void) | undefined;
}) {
  const right = column.align === 'right';
  const { sortKey } = column;
  const sorted = sortKey !== undefined && sort?.key === sortKey;
  const Arrow = sort?.descending ? ArrowDown : ArrowUp;
  return (
    <th
      scope="col"
      style={column.width === undefined ? undefined : { width: column.width }}
      {...(sorted ? { 'aria-sort': sort.descending ? 'descending' : 'ascending' } : {})}
      className={clsx(
        'h-9 border-line-strong border-b px-2 text-head text-ink-3 first:pl-0 last:pr-0',
        'whitespace-nowrap',
        visibilityOf(column),
        right ? 'text-right' : 'text-left',
      )}
    >
      {column.headerHidden ? (
        <span className="sr-only">{column.header}</span>
      ) : sortKey === undefined || onSortChange === undefined ? (
        column.header
      ) : (
        <button
          type="button"
          // Numbers are mostly wanted largest first, names from A.
          onClick={() => onSortChange({ key: sortKey, descending: sorted ? !sort.descending : right })}
          className={clsx(
            'inline-flex min-h-6 items-center gap-1 rounded-control hover:text-ink',
            right && 'flex-row-reverse',
            sorted && 'text-ink',
          )}
        >
          {column.header}
          {sorted && <Arrow aria-hidden className="size-3" strokeWidth={1.5} />}
        </button>
      )}
    </th>
  );
}

const hiddenBelow = { lg: 'max-lg:hidden', xl: 'max-xl:hidden', '2xl': 'max-2xl:hidden' } as const;

function visibilityOf<Row>(column: Column<Row>): string | undefined {
  return column.from === undefined ? undefined : hiddenBelow[column.from];
}

function Cards<Row>({ caption, columns, rows, rowKey, skeletonRows = 4, isQuiet }: DataTableProps<Row>) {
  const of = (place: Column<Row>['mobile']) => columns.filter((column) => column.mobile === place);
  const titles = of('title');
  const badges = of('badge');
  const facts = of('fact');
  const menus = of('menu');
  return (
    <ul aria-label={caption} className="border-line border-t">
      {rows === undefined
        ? Array.from({ length: skeletonRows }, (_, row) => (
            <li key={row} className="flex flex-col gap-3 border-line border-b py-4">
              <Skeleton className="w-40" />
              <Skeleton className="w-56" />
            </li>
          ))
        : rows.map((row) => (
            <li key={rowKey(row)} className={clsx('border-line border-b py-3', isQuiet?.(row) && 'text-ink-3')}>
              <div className="flex min-h-8 items-center justify-between gap-3">
                <div className="min-w-0 grow">
                  {titles.map((column) => (
                    <div key={column.id}>{column.cell(row)}</div>
                  ))}
                </div>
                <div className="flex shrink-0 items-center gap-2">
                  {badges.map((column) => (
                    <div key={column.id}>{column.cell(row)}</div>
                  ))}
                  {menus.map((column) => (
                    <div key={column.id}>{column.cell(row)}</div>
                  ))}
                </div>
              </div>
              {facts.length > 0 && (
                <dl className={clsx('mt-1 grid gap-x-4 gap-y-2', facts.length === 3 ? 'grid-cols-3' : 'grid-cols-2')}>
                  {facts.map((column) => (
                    <div key={column.id} className="min-w-0">
                      <dt className="text-head text-ink-3">{column.header}</dt>
                      <dd className="tabular-nums">{column.cell(row)}</dd>
                    </div>
                  ))}
                </dl>
              )}
            </li>
          ))}
    </ul>
  );
}
