export { invitationRoutes } from './invitations.routes.ts';
export { findInvitationOfLink, useUpInvitation, whyLinkFails } from './invitations.store.ts';
