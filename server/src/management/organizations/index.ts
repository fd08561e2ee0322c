export { findModelRates } from './find-model-rates.ts';
export { listAdministered } from './list-administered.ts';
export { organizationRoutes } from './organizations.routes.ts';
