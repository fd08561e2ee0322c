export { emailRoutes } from './email.routes.ts';
export { prepareEmailSettings } from './update-email-settings.ts';
