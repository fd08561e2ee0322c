export type { SignInOffer } from './sign-in-offer.ts';
export { openSingleSignOn, type SingleSignOn } from './single-sign-on.routes.ts';
