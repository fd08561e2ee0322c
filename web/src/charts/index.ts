export { ChartSkeleton } from './chart-skeleton.tsx';
export { FigureTile, FigureTiles, type FigureTileProps } from './figure-tile.tsx';
export type { RateLine } from './read-out.tsx';
export { hues, type SeriesHue } from './series-colour.ts';
export { otherSeriesId, sumOf, topSeries, type ChartBucket, type ChartSeries, type RankedSeries } from './series.ts';
export { SeriesKey, SeriesSwatch } from './series-swatch.tsx';
export { Sparkline } from './sparkline.tsx';
export { StackedBars, type StackedBarsProps } from './stacked-bars.tsx';
export { countValues, tokenValues, usdValues, type ValueFormat } from './value-format.ts';
