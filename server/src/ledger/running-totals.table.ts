import type { rollupSums } from './add-rollups.ts';
import type { SeriesLabel } from './usage-series.ts';

/** A series of usage: see `usage-series.ts`. */
export type UsageSeriesTable = Record<SeriesLabel, string> & {
  series_id: number;
  /** The name of its kind. */
  kind: string;
};

/**
 * Everything that a series has added up to since the beginning, at the end of each quarter of an hour in which
 * something happened. The usage between any two instants is the difference of two rows, however long the time between.
 */
export type RunningTotalTable = Record<(typeof rollupSums)[number], number> & {
  series_id: number;
  quarter_hour_at: number;
};

/** What a series of a ranked kind added up to in a UTC month, for the order: sums are taken from the running totals. */
export interface MonthTotalTable {
  series_id: number;
  month_at: number;
  kind: string;
  /** That of the series; the empty string for kinds that are not told apart by it. */
  model_group: string;
  spend_nano_usd: number;
  saved_nano_usd: number;
  requests: number;
}

/** One row: up to where the running totals are complete. What comes after stands in the rollups only. */
export interface UsageClosingTable {
  closed_until: number;
}

declare module '../storage/database.ts' {
  interface Database {
    usage_series: UsageSeriesTable;
    running_totals: RunningTotalTable;
    month_totals: MonthTotalTable;
    usage_closing: UsageClosingTable;
  }
}
