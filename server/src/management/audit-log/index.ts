export { auditLogRoutes } from './audit-log.routes.ts';
export { findSetter } from './find-setter.ts';
