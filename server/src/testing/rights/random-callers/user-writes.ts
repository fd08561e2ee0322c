import { roles } from '../../../access/permissions.contract.ts';
import { type Caller, isAdmin, livingKeys, type Model, masterUser, personOf, roleOf, type UserState } from './model.ts';
import { changeableUserOf, type Operation, organizationOf, pick } from './operation.ts';
import * as rights from './rights.ts';
import { attemptWrite, newKey } from './start-run.ts';

const post = { method: 'POST' } as const;

/** Operations on users and invitations. */
export const userWrites: Readonly<Record<string, Operation>> = {
  async createUser(run, caller, choice) {
    const id = run.newName('user');
    const alias = run.newName('key');
    const role = pick(roles, choice.value) ?? 'internal_user';
    const organization = choice.to % 3 === 0 ? undefined : organizationOf(run, caller, choice.on);
    const home = organization?.id ?? null;
    const input = { user_id: id, user_role: role, key_alias: alias, organizations: home === null ? [] : [home] };
    const may = rights.mayCreateUser(run.model, caller, { role, home });
    await attemptWrite(run, { ...post, caller, path: '/user/new', input, may }, ({ key }) => {
      run.model.users.set(id, { id, role, alias: null, isDisabled: false, home });
      organization?.members.set(id, 'internal_user');
      const maker = personOf(run.model, caller) ?? '';
      // Org admins see the key, and must not act as the person.
      const callsModelsOnly = !isAdmin(run.model, caller);
      run.model.keys.push({ ...newKey(String(key), { alias, owner: id, maker }), callsModelsOnly });
    });
  },
  async renameUser(run, caller, choice) {
    const user = changeableUserOf(run, choice.on);
    if (!user) return;
    const alias = run.newName('alias');
    const isOneself = personOf(run.model, caller) === user.id && roleOf(run.model, caller) === 'internal_user';
    const may = isAdmin(run.model, caller) || isOneself;
    const input = { user_id: user.id, user_alias: alias };
    await attemptWrite(run, { ...post, caller, path: '/user/update', input, may }, () => {
      user.alias = alias;
    });
  },
  async changeRole(run, caller, choice) {
    const user = changeableUserOf(run, choice.on);
    if (!user) return;
    const role = pick(roles, choice.value) ?? 'internal_user';
    const may = isAdmin(run.model, caller) && !(role !== user.role && isLastAdminOfGateway(run.model, caller, user));
    const input = { user_id: user.id, user_role: role };
    await attemptWrite(run, { ...post, caller, path: '/user/update', input, may }, () => {
      user.role = role;
    });
  },
  async disableUser(run, caller, choice) {
    const user = changeableUserOf(run, choice.on);
    if (!user) return;
    const isDisabled = choice.value % 2 === 0;
    const may = isAdmin(run.model, caller) && !(isDisabled && personOf(run.model, caller) === user.id);
    const path = isDisabled ? '/user/disable' : '/user/enable';
    await attemptWrite(run, { ...post, caller, path, input: { user_ids: [user.id] }, may }, () => {
      user.isDisabled = isDisabled;
    });
  },
  async deleteUser(run, caller, choice) {
    const user = changeableUserOf(run, choice.on);
    if (!user) return;
    const may = rights.mayDeleteUser(run.model, caller, user);
    await attemptWrite(run, { ...post, caller, path: '/user/delete', input: { user_ids: [user.id] }, may }, () => {
      run.model.users.delete(user.id);
      for (const team of run.model.teams.values()) team.members.delete(user.id);
      for (const organization of run.model.organizations.values()) organization.members.delete(user.id);
      for (const key of livingKeys(run.model)) key.isDeleted = key.owner === user.id;
      for (const [id, invited] of run.model.invitations) if (invited.user === user.id) run.model.invitations.delete(id);
    });
  },
  async invite(run, caller, choice) {
    const user = changeableUserOf(run, choice.on);
    if (!user) return;
    const may = rights.mayInvite(run.model, caller, user);
    const maker = personOf(run.model, caller) ?? '';
    await attemptWrite(
      run,
      { ...post, caller, path: '/invitation/new', input: { user_id: user.id }, may },
      ({ id }) => {
        run.model.invitations.set(String(id), { user: user.id, maker });
      },
    );
  },
  async withdrawInvitation(run, caller, choice) {
    const [id, invitation] = pick([...run.model.invitations], choice.on) ?? [];
    if (id === undefined || invitation === undefined) return;
    const input = { invitation_id: id };
    const may = rights.mayWithdraw(run.model, caller, invitation.maker);
    await attemptWrite(run, { ...post, caller, path: '/invitation/delete', input, may }, () => {
      run.model.invitations.delete(id);
    });
  },
};

/** The last admin keeps the role; the holder of the master key may take it all the same. */
function isLastAdminOfGateway(model: Model, caller: Caller, user: UserState): boolean {
  if (caller === 'master' || user.role !== 'proxy_admin') return false;
  return ![...model.users.values()].some(
    (other) => other.role === 'proxy_admin' && !other.isDisabled && other.id !== user.id && other.id !== masterUser,
  );
}
