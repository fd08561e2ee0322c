export { authenticate } from './authenticate.ts';
export { signInRoutes } from './sign-in.routes.ts';
