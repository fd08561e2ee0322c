export { formatCount, formatCountOf } from './format-count.ts';
export {
  browserTimeZone,
  formatDate,
  formatDateTime,
  formatDateTimeFull,
  readerLocale,
  type DateTimeOptions,
} from './format-date-time.ts';
export { formatDelta, type Delta } from './format-delta.ts';
export { formatDuration } from './format-duration.ts';
export { formatPercent, notAvailable } from './format-percent.ts';
export { formatRelative } from './format-relative.ts';
export { formatTokens } from './format-tokens.ts';
export {
  formatUsd,
  formatUsdDigits,
  formatUsdExact,
  usdColumn,
  usdForExport,
  type UsdCell,
  type UsdColumn,
} from './format-usd.ts';
export { minusSign, noBreakSpace } from './no-break-space.ts';
