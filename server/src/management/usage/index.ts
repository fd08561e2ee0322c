export { readUsageFilter } from './get-usage.ts';
export { labelIds } from './label-groups.ts';
export { otherId } from './read-activity.ts';
export { sumTopGroups } from './sum-top-groups.ts';
export { sumWithTopKeys } from './sum-with-top-keys.ts';
export { readBucketRange } from './time-buckets.ts';
export { usageRoutes } from './usage.routes.ts';
export type { UsageDimension } from './usage-filter.ts';
export { noUsage, type UsageSums } from './usage-sums.ts';
