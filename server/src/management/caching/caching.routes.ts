import { implement, type Route } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import * as endpoints from './caching.contract.ts';
import { getCacheAnalytics } from './get-cache-analytics.ts';
import { listCacheHits } from './list-cache-hits.ts';

/** The endpoints of caching analytics. */
export function cachingRoutes(parts: Parts): Route[] {
  return [
    implement(endpoints.getCacheAnalytics, (call, input) => getCacheAnalytics(parts, call, input)),
    implement(endpoints.cacheHits, (call, input) => listCacheHits(parts, call, input)),
  ];
}
