export { formatCount, formatCountOf } from './format-count.ts';
export {
  browserTimeZone,
  formatDate,
  formatDateTime,
  formatDateTimeFull,
  readerLocale,
} from './format-date-time.ts';
export { type Delta, formatDelta } from './format-delta.ts';
export { formatDuration } from './format-duration.ts';
export { formatPercent, notAvailable } from './format-percent.ts';
export { formatRelative } from './format-relative.ts';
export { formatTokens } from './format-tokens.ts';
export {
  formatUsd,
  formatUsdDigits,
  formatUsdExact,
  type UsdColumn,
  usdColumn,
  usdForExport,
} from './format-usd.ts';
export { minusSign } from './no-break-space.ts';
