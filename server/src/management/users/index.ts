export { isFoundByAddress } from './chosen-address.ts';
export { describeUser } from './describe-user.ts';
export { ensureMasterUser } from './ensure-master-user.ts';
export { insertUser } from './insert-user.ts';
export { lockUser } from './lock-user.ts';
export { createUserImporter } from './run-user-imports.ts';
export { changesOfRole } from './update-user.ts';
export { userRoutes } from './users.routes.ts';
