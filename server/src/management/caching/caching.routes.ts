import { implement, type Route } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import * as endpoints from './caching.contract.ts';
import { getCacheAnalytics } from './get-cache-analytics.ts';
import { listCacheHits } from './list-cache-hits.ts';
import { forgetAnswers, getCacheSettings, type KeptAnswers, pingCache } from './manage-cache.ts';
import * as responseCache from './response-cache.contract.ts';

/** The endpoints of caching analytics. */
export function cachingRoutes(parts: Parts, answers: KeptAnswers): Route[] {
  return [
    implement(endpoints.getCacheAnalytics, (call, input) => getCacheAnalytics(parts, call, input)),
    implement(endpoints.cacheHits, (call, input) => listCacheHits(parts, call, input)),
    implement(responseCache.pingCache, async () => pingCache(parts)),
    implement(responseCache.getCacheSettings, async () => getCacheSettings(parts)),
    implement(responseCache.flushCache, (call) => forgetAnswers(parts, answers, call, null)),
    implement(responseCache.deleteFromCache, (call, input) => forgetAnswers(parts, answers, call, input.keys)),
  ];
}
