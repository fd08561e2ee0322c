export { admitPerson, isMadeMeanwhile } from './admit-person.ts';
export { findIdentity, writeIdentity } from './identities.store.ts';
export { defaults as nothingSet } from './load-sso-settings.ts';
export { type Claims, readText, readTexts } from './read-claim.ts';
export type { ConfirmedPerson } from './read-person.ts';
export { SignOnRefusal } from './sign-on-refusal.ts';
export { openSingleSignOn } from './single-sign-on.routes.ts';
