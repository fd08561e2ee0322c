export { invitationRoutes } from './invitations.routes.ts';
export { findInvitationOfLink, revokeOpenInvitations, useUpInvitation, whyLinkFails } from './invitations.store.ts';
