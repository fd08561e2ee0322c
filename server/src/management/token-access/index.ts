export { openTokenAccess } from './open-token-access.ts';
