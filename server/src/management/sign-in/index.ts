export { authenticate } from './authenticate.ts';
export { signInRoutes } from './sign-in.routes.ts';
export { contextOf, handOverSession, startSession } from './start-session.ts';
