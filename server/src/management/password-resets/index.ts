export { passwordResetRoutes } from './password-resets.routes.ts';
export { revokePasswordResets } from './password-resets.store.ts';
