import { implement, type Route } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { countUsers } from './count-users.ts';
import { createUser } from './create-user.ts';
import { deleteUsers } from './delete-users.ts';
import { disableUsers, enableUsers } from './disable-users.ts';
import { findPeople } from './find-people.ts';
import { getUser } from './get-user.ts';
import { getUserRow } from './get-user-row.ts';
import { importUsers } from './import-users.ts';
import { listRoles } from './list-roles.ts';
import { listUsers } from './list-users.ts';
import { presentUserImport } from './present-user-import.ts';
import { previewUserDeletion } from './preview-user-deletion.ts';
import type { UserImporter } from './run-user-imports.ts';
import { updateManyUsers } from './update-many-users.ts';
import { updateUser } from './update-user.ts';
import * as imports from './user-imports.contract.ts';
import * as contract from './users.contract.ts';

/** The endpoints about people. */
export function userRoutes(parts: Parts, importer: UserImporter): Route[] {
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
    implement(imports.importUsers, async (call, input) => {
      const result = await importUsers(parts, call, input);
      importer.wake();
      return result;
    }),
    implement(imports.getUserImport, (_call, input) =>
      presentUserImport(parts.storage.db, input.import_id, input.page, input.page_size),
    ),
    implement(contract.countUsers, () => countUsers(parts)),
    implement(contract.listRoles, async () => listRoles()),
  ];
}
