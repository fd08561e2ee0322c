export { ensureMasterUser } from './ensure-master-user.ts';
export { lockUser } from './lock-user.ts';
export { userRoutes } from './users.routes.ts';
