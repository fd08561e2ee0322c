export { cachingRoutes } from './caching.routes.ts';
