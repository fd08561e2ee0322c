export { ChartSkeleton } from './chart-skeleton.tsx';
export { FigureTile, FigureTiles } from './figure-tile.tsx';
export type { RateLine } from './read-out.tsx';
export type { ChartSeries } from './series.ts';
export { SeriesKey, SeriesSwatch } from './series-swatch.tsx';
export { Sparkline } from './sparkline.tsx';
export { StackedBars } from './stacked-bars.tsx';
export { countValues, tokenValues, usdValues } from './value-format.ts';
