import { implement, type Route } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { createUser } from './create-user.ts';
import { deleteUsers } from './delete-users.ts';
import { disableUsers, enableUsers } from './disable-users.ts';
import { findPeople } from './find-people.ts';
import { getUser } from './get-user.ts';
import { getUserRow } from './get-user-row.ts';
import { listRoles } from './list-roles.ts';
import { listUsers } from './list-users.ts';
import { previewUserDeletion } from './preview-user-deletion.ts';
import { updateManyUsers } from './update-many-users.ts';
import { updateUser } from './update-user.ts';
import * as contract from './users.contract.ts';

/** The endpoints about people. */
export function userRoutes(parts: Parts): Route[] {
  return [
    implement(contract.createUser, (call, input) => createUser(parts, call, input)),
    implement(contract.getUser, (call, input) => getUser(parts, call, input)),
    implement(contract.listUsers, (call, input) => listUsers(parts, call, input)),
    implement(contract.updateUser, (call, input) => updateUser(parts, call, input)),
    implement(contract.deleteUsers, (call, input) => deleteUsers(parts, call, input)),
    implement(contract.previewUserDeletion, (call, input) => previewUserDeletion(parts, call, input)),
    implement(contract.disableUsers, (call, input) => disableUsers(parts, call, input)),
    implement(contract.enableUsers, (call, input) => enableUsers(parts, call, input)),
    implement(contract.updateManyUsers, (call, input) => updateManyUsers(parts, call, input)),
    implement(contract.getUserRow, (call, input) => getUserRow(parts, call, input)),
    implement(contract.findPeople, (call, input) => findPeople(parts, call, input)),
    implement(contract.listRoles, async () => listRoles()),
  ];
}
