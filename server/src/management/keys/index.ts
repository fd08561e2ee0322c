export { checkAllowedRoutes, isRouteAllowed, keyManagementRoutes, routeNotAllowed } from './allowed-routes.ts';
export { type Deletion, deleteKeysOfTeam, deleteKeysOfUser } from './delete-key-rows.ts';
export { insertKey, type NewKey } from './insert-key.ts';
export { hashSecret, toKeyHash } from './key-secret.ts';
export { keyRoutes } from './keys.routes.ts';
export { type KeyRowWithTeam, listKeyRowsOfTeam, listKeyRowsOfUser } from './list-keys-of.ts';
export { type BudgetRecord, type KeyRecord, loadKeyRecord } from './load-key-record.ts';
export { type PresentedKey, type PresentedNewKey, presentKey, presentNewKey } from './present-key.ts';
