export { configRoutes } from './config.routes.ts';
export { openStoredConfig } from './open-stored-config.ts';
