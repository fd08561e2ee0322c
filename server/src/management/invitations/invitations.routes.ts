import { implement, type Route } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { createInvitation } from './create-invitation.ts';
import { deleteInvitation } from './delete-invitation.ts';
import { getInvitation } from './get-invitation.ts';
import * as contract from './invitations.contract.ts';
import { updateInvitation } from './update-invitation.ts';

/** The endpoints with which admins invite people. */
export function invitationRoutes(parts: Parts): Route[] {
  return [
    implement(contract.createInvitation, (call, input) => createInvitation(parts, call, input)),
    implement(contract.getInvitation, (call, input) => getInvitation(parts, call, input)),
    implement(contract.updateInvitation, (call, input) => updateInvitation(parts, call, input)),
    implement(contract.deleteInvitation, (call, input) => deleteInvitation(parts, call, input)),
  ];
}
