export { ChartSkeleton } from './chart-skeleton.tsx';
export { FigureTile, type FigureTileProps, FigureTiles } from './figure-tile.tsx';
export type { RateLine } from './read-out.tsx';
export { type ChartBucket, type ChartSeries, otherSeriesId, type RankedSeries, sumOf, topSeries } from './series.ts';
export { hues, type SeriesHue } from './series-colour.ts';
export { SeriesKey, SeriesSwatch } from './series-swatch.tsx';
export { Sparkline } from './sparkline.tsx';
export { StackedBars, type StackedBarsProps } from './stacked-bars.tsx';
export { countValues, tokenValues, usdValues, type ValueFormat } from './value-format.ts';
