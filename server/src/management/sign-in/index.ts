export { authenticate } from './authenticate.ts';
export type { ProviderSignIn } from './provider-sign-in.ts';
export { signInRoutes } from './sign-in.routes.ts';
export { contextOf, handOverSession, startSession } from './start-session.ts';
