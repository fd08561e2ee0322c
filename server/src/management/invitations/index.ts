export { invitationRoutes } from './invitations.routes.ts';
export { acceptInvitationsOf, findInvitationOfLink, useUpInvitation, whyLinkFails } from './invitations.store.ts';
