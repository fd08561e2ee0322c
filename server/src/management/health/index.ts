export type { ProbeDeployment } from './get-health.ts';
export { modelHealthRoutes } from './health.routes.ts';
