export { acceptForms } from './accept-forms.ts';
export { authenticate } from './authenticate.ts';
export { signInRoutes } from './sign-in.routes.ts';
