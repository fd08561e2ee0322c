export { deriveKey } from './derive-key.ts';
export { roleOf } from './get-session.ts';
export { isKnownAddress, knownBrowser, rememberBrowser } from './known-places.ts';
export { sessionRoutes } from './sessions.routes.ts';
export {
  createSession,
  csrfTokenOf,
  findSession,
  type LoginMethod,
  mustChangePassword,
  type NewSession,
  revokeSession,
  revokeSessionsOfUser,
  touchSession,
} from './sessions.store.ts';
