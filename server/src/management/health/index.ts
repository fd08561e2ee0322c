export type { ProbeDeployment } from './get-health.ts';
export { modelHealthRoutes } from './health.routes.ts';
export { type HealthCheck, insertHealthCheck, readLatestHealthChecks } from './health-checks.store.ts';
export { keepChecking } from './keep-checking.ts';
export type { TryDeployment } from './test-connection.ts';
