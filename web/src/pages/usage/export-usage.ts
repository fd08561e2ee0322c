import type { DayRange } from '../../components/time-range.ts';
import { usdForExport } from '../../format/index.ts';
import { type CsvCell, writeCsv } from './csv.ts';
import {
  groupLabel,
  groupsWithRest,
  restId,
  type Usage,
  type UsageGroupRow,
  type UsageTotals,
} from './usage-series.ts';
import { filterNames, type UsageView } from './usage-view.ts';

/** What an export says about itself. */
export interface ExportFacts {
  readonly view: UsageView;
  readonly days: DayRange;
  /** "Everyone" or "Yours". */
  readonly scope: string;
  readonly generatedAt: Date;
}

/**
 * The chart of the page as CSV: one row for each bucket and group, nothing rounded.
 * Made from the answer on the screen, so that it can never say anything else.
 */
export function usageCsv(usage: Usage, facts: ExportFacts): string {
  const { groupBy } = facts.view;
  const comments = commentsOf('Latchkey usage', usage, facts);
  const start = (index: number): readonly CsvCell[] => [
    usage.buckets[index]?.label ?? '',
    usage.buckets[index]?.starts_at ?? '',
  ];
  if (groupBy === 'none' || facts.view.metric === 'tokens') {
    const rows = usage.buckets.map((bucket, index) => [...start(index), ...cellsOf(bucket.totals)]);
    return writeCsv(comments, ['period', 'starts_at_utc', ...totalHeads], rows);
  }
  const rows = usage.buckets.flatMap((_, index) =>
    groupsWithRest(usage).map((group): readonly CsvCell[] => [
      ...start(index),
      idOf(group),
      groupLabel(group, groupBy),
      { digits: usdForExport(group.series_spend_nano_usd[index] ?? 0) },
      group.series_requests[index] ?? 0,
    ]),
  );
  return writeCsv(comments, ['period', 'starts_at_utc', `${groupBy}_id`, groupBy, 'spend_usd', 'requests'], rows);
}

/** The ranking of the page as CSV: one row for each group over the whole range. */
export function rankingCsv(usage: Usage, facts: ExportFacts): string {
  const { groupBy } = facts.view;
  const rows = groupsWithRest(usage).map((group) => [
    idOf(group),
    groupLabel(group, groupBy),
    ...cellsOf(group.totals),
  ]);
  return writeCsv(commentsOf('Latchkey usage, ranking', usage, facts), [`${groupBy}_id`, groupBy, ...totalHeads], rows);
}

/** All others together have no id. */
function idOf({ id }: UsageGroupRow): string {
  return id === restId ? '' : id;
}

/** `usage-2026-11-17-to-2026-11-23-by-model.csv`. */
export function exportFileName(kind: string, { view, days }: ExportFacts): string {
  const by = view.groupBy === 'none' ? '' : `-by-${view.groupBy}`;
  return `${kind}-${days.startDate}-to-${days.endDate}${by}.csv`;
}

const totalHeads = [
  'spend_usd',
  'requests',
  'failed_requests',
  'input_tokens',
  'output_tokens',
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
  'response_cache_hits',
  'saved_usd',
] as const;

function cellsOf(totals: UsageTotals): readonly CsvCell[] {
  return [
    { digits: usdForExport(totals.spend_nano_usd) },
    totals.requests,
    totals.failed_requests,
    totals.prompt_tokens,
    totals.completion_tokens,
    totals.cache_read_input_tokens,
    totals.cache_creation_input_tokens,
    totals.cache_hits,
    { digits: usdForExport(totals.saved_nano_usd) },
  ];
}

function commentsOf(title: string, usage: Usage, { view, days, scope, generatedAt }: ExportFacts): readonly string[] {
  const filters = filterNames.flatMap((name) =>
    view.filters[name] === undefined ? [] : [`${name}=${view.filters[name]}`],
  );
  return [
    title,
    `Range: ${days.startDate} to ${days.endDate}, both included, by ${days.granularity}`,
    `Time zone: ${usage.timezone}`,
    `Scope: ${scope}`,
    `Filters: ${filters.length === 0 ? 'none' : filters.join('; ')}`,
    `Generated: ${generatedAt.toISOString()}`,
  ];
}
