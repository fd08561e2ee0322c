export { cachingRoutes } from './caching.routes.ts';
export { forgetAnswersWithOthers } from './manage-cache.ts';
