export { listAdministered } from './list-administered.ts';
export { organizationRoutes } from './organizations.routes.ts';
