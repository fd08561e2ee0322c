export { spendRoutes } from './spend.routes.ts';
