import { deleteTeam, isAdmin, personOf, type TeamState } from './model.ts';
import { type Operation, organizationOf, pick, teamOf, userOf } from './operation.ts';
import * as rights from './rights.ts';
import { attemptWrite } from './start-run.ts';

const post = { method: 'POST' } as const;

/** Operations on teams and their members. */
export const teamWrites: Readonly<Record<string, Operation>> = {
  async createTeam(run, caller, choice) {
    const id = run.newName('team');
    const organization = choice.value % 3 === 0 ? null : (organizationOf(run, caller, choice.on)?.id ?? null);
    const input = { team_id: id, team_alias: id, organization_id: organization };
    const may = rights.mayCreateTeam(run.model, caller, organization);
    await attemptWrite(run, { ...post, caller, path: '/team/new', input, may }, () => {
      const members = new Map([[personOf(run.model, caller) ?? '', 'admin' as const]]);
      run.model.teams.set(id, { id, alias: id, organization, budget: null, isBlocked: false, grants: [], members });
    });
  },
  async renameTeam(run, caller, choice) {
    const team = teamOf(run, caller, choice.on);
    if (!team) return;
    const alias = run.newName('team');
    const input = { team_id: team.id, team_alias: alias };
    const may = rights.mayManageTeam(run.model, caller, team);
    await attemptWrite(run, { ...post, caller, path: '/team/update', input, may }, () => {
      team.alias = alias;
    });
  },
  async setTeamBudget(run, caller, choice) {
    const team = teamOf(run, caller, choice.on);
    if (!team) return;
    const budget = pick([null, 200, 900], choice.value) ?? null;
    const input = { team_id: team.id, max_budget: budget };
    const may = rights.mayOwnTeam(run.model, caller, team);
    await attemptWrite(run, { ...post, caller, path: '/team/update', input, may }, () => {
      team.budget = budget;
    });
  },
  async moveTeam(run, caller, choice) {
    const team = teamOf(run, caller, choice.on);
    if (!team) return;
    const organization = choice.value % 4 === 0 ? null : (organizationOf(run, caller, choice.to)?.id ?? null);
    const may = rights.mayMoveTeam(run.model, caller, team, organization);
    const input = { team_id: team.id, organization_id: organization };
    await attemptWrite(run, { ...post, caller, path: '/team/update', input, may }, () => {
      team.organization = organization;
    });
  },
  async blockTeamByUpdate(run, caller, choice) {
    const team = teamOf(run, caller, choice.on);
    if (!team) return;
    const isBlocked = choice.value % 2 === 0;
    const input = { team_id: team.id, blocked: isBlocked };
    await attemptWrite(run, { ...post, caller, path: '/team/update', input, may: isAdmin(run.model, caller) }, () => {
      team.isBlocked = isBlocked;
    });
  },
  async grant(run, caller, choice) {
    const team = teamOf(run, caller, choice.on);
    if (!team) return;
    const grantable = [
      'info',
      'list',
      'generate',
      'update',
      'regenerate',
      'service-account/generate',
      'delete',
      'block',
    ];
    // Any set of them.
    const grants = grantable.filter((_, index) => (choice.value >> index) % 2 === 1).map((verb) => `/key/${verb}`);
    const input = { team_id: team.id, team_member_permissions: grants };
    const may = rights.mayManageTeam(run.model, caller, team);
    await attemptWrite(run, { ...post, caller, path: '/team/permissions_update', input, may }, () => {
      team.grants = grants;
    });
  },
  async blockTeam(run, caller, choice) {
    const team = teamOf(run, caller, choice.on);
    if (!team) return;
    const isBlocked = choice.value % 2 === 0;
    const path = isBlocked ? '/team/block' : '/team/unblock';
    const may = isAdmin(run.model, caller);
    await attemptWrite(run, { ...post, caller, path, input: { team_id: team.id }, may }, () => {
      team.isBlocked = isBlocked;
    });
  },
  async deleteTeam(run, caller, choice) {
    const team = teamOf(run, caller, choice.on);
    if (!team) return;
    const may = rights.mayOwnTeam(run.model, caller, team);
    await attemptWrite(run, { ...post, caller, path: '/team/delete', input: { team_ids: [team.id] }, may }, () => {
      deleteTeam(run.model, team);
    });
  },
  async addMember(run, caller, choice) {
    const team = teamOf(run, caller, choice.on);
    const user = userOf(run, choice.to);
    if (!team || !user) return;
    const role = choice.value % 3 === 0 ? 'admin' : 'user';
    const input = { team_id: team.id, member: { user_id: user.id, role } };
    const may = rights.mayManageTeam(run.model, caller, team) && !team.members.has(user.id);
    await attemptWrite(run, { ...post, caller, path: '/team/member_add', input, may }, () => {
      team.members.set(user.id, role);
    });
  },
  async changeMember(run, caller, choice) {
    const team = teamOf(run, caller, choice.on);
    const user = userOf(run, choice.to);
    if (!team || !user) return;
    const role = choice.value % 2 === 0 ? 'admin' : 'user';
    const input = { team_id: team.id, user_id: user.id, role };
    const isOfTeam = team.members.has(user.id) && !(role === 'user' && isLastAdmin(team, user.id));
    const may = rights.mayManageTeam(run.model, caller, team) && isOfTeam;
    await attemptWrite(run, { ...post, caller, path: '/team/member_update', input, may }, () => {
      team.members.set(user.id, role);
    });
  },
  async removeMember(run, caller, choice) {
    const team = teamOf(run, caller, choice.on);
    const user = userOf(run, choice.to);
    if (!team || !user) return;
    const input = { team_id: team.id, user_id: user.id };
    const isOfTeam = team.members.has(user.id) && !isLastAdmin(team, user.id);
    const may = rights.mayManageTeam(run.model, caller, team) && isOfTeam;
    await attemptWrite(run, { ...post, caller, path: '/team/member_delete', input, may }, () => {
      team.members.delete(user.id);
      for (const key of run.model.keys) key.isDeleted ||= key.team === team.id && key.owner === user.id;
    });
  },
};

function isLastAdmin(team: TeamState, userId: string): boolean {
  const admins = [...team.members].filter(([, role]) => role === 'admin').map(([id]) => id);
  return admins.length === 1 && admins[0] === userId;
}
