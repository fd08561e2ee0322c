export { ensureMasterUser } from './ensure-master-user.ts';
export { lockUser } from './lock-user.ts';
export { type PresentedUser, presentUser } from './present-user.ts';
export { userRoutes } from './users.routes.ts';
