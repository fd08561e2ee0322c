export { ensureMasterUser } from './ensure-master-user.ts';
export { lockUser } from './lock-user.ts';
export { createUserImporter } from './run-user-imports.ts';
export { userRoutes } from './users.routes.ts';
