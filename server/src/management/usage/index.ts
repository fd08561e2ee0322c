export { readUsageFilter } from './get-usage.ts';
export { labelIds } from './label-groups.ts';
export { addUsage, noUsage, sumByBucket, type UsageDimension, type UsageSums } from './rollup-queries.ts';
export { readBucketRange } from './time-buckets.ts';
export { usageRoutes } from './usage.routes.ts';
