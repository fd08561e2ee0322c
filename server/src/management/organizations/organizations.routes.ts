import { implement, type Route } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { addOrganizationMembers } from './add-organization-members.ts';
import { deleteOrganizationMember, updateOrganizationMember } from './change-organization-members.ts';
import { createOrganization } from './create-organization.ts';
import { deleteOrganizations } from './delete-organizations.ts';
import * as contract from './organizations.contract.ts';
import { getOrganization, getOrganizations, listOrganizations } from './read-organizations.ts';
import { updateOrganization } from './update-organization.ts';

/** The endpoints of organizations. */
export function organizationRoutes(parts: Parts): Route[] {
  return [
    implement(contract.createOrganization, (call, input) => createOrganization(parts, call, input)),
    implement(contract.updateOrganization, (call, input) => updateOrganization(parts, call, input)),
    implement(contract.deleteOrganizations, (call, input) => deleteOrganizations(parts, call, input)),
    implement(contract.listOrganizations, (call, input) => listOrganizations(parts, call, input)),
    implement(contract.getOrganization, (call, input) => getOrganization(parts, call, input)),
    implement(contract.getOrganizations, (call, input) => getOrganizations(parts, call, input)),
    implement(contract.addOrganizationMembers, (call, input) => addOrganizationMembers(parts, call, input)),
    implement(contract.updateOrganizationMember, (call, input) => updateOrganizationMember(parts, call, input)),
    implement(contract.deleteOrganizationMember, (call, input) => deleteOrganizationMember(parts, call, input)),
  ];
}
