import { implement, type Route } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { addTeamMembers } from './add-team-members.ts';
import { setTeamBlocked } from './block-team.ts';
import { bulkAddMembers } from './bulk-add-members.ts';
import { deleteTeamMember, resetMemberSpend, updateTeamMember } from './change-members.ts';
import { addTeamModels, deleteTeamModels } from './change-team-models.ts';
import { createTeam } from './create-team.ts';
import { deleteTeams } from './delete-teams.ts';
import { getOwnMembership } from './get-own-membership.ts';
import { getTeam } from './get-team.ts';
import { grantPermissions } from './grant-permissions.ts';
import { listAvailableTeams } from './list-available-teams.ts';
import { listTeams } from './list-teams.ts';
import { pageTeams } from './page-teams.ts';
import * as changes from './team-changes.contract.ts';
import * as defaults from './team-defaults.contract.ts';
import { getTeamDefaults, updateTeamDefaults } from './team-defaults.ts';
import * as lists from './team-lists.contract.ts';
import { getMemberPermissions, updateMemberPermissions } from './team-permissions.ts';
import * as endpoints from './teams.contract.ts';

import { updateTeam } from './update-team.ts';

/** The endpoints of teams. @param books whose `flush` folds what is settled into the database. */
export function teamRoutes(parts: Parts, books: { readonly flush: () => Promise<void> }): Route[] {
  return [
    implement(endpoints.createTeam, (call, input) => createTeam(parts, call, input)),
    implement(endpoints.getTeam, (call, input) => getTeam(parts, call, input)),
    implement(endpoints.listTeams, (call, input) => listTeams(parts, call, input)),
    implement(endpoints.addTeamMember, (call, input) => addTeamMembers(parts, call, input)),
    implement(changes.updateTeam, async (call, input) => ({
      team_id: input.team_id,
      data: await updateTeam(parts, call, input),
    })),
    implement(changes.patchTeam, (call, input) => updateTeam(parts, call, input)),
    implement(changes.blockTeam, (call, input) => setTeamBlocked(parts, call, input, true)),
    implement(changes.unblockTeam, (call, input) => setTeamBlocked(parts, call, input, false)),
    implement(changes.addTeamModels, (call, input) => addTeamModels(parts, call, input)),
    implement(changes.deleteTeamModels, (call, input) => deleteTeamModels(parts, call, input)),
    implement(changes.updateTeamMember, (call, input) => updateTeamMember(parts, call, input)),
    implement(changes.deleteTeamMember, (call, input) => deleteTeamMember(parts, call, input)),
    implement(changes.bulkAddTeamMembers, (call, input) => bulkAddMembers(parts, call, input)),
    implement(changes.resetMemberSpend, (call, input) => resetMemberSpend(parts, call, input, books.flush)),
    implement(changes.updateMemberPermissions, (call, input) => updateMemberPermissions(parts, call, input)),
    implement(changes.grantMemberPermissions, (call, input) => grantPermissions(parts, call, input)),
    implement(lists.pageTeams, (call, input) => pageTeams(parts, call, input)),
    implement(lists.filterTeams, async (call, input) => (await pageTeams(parts, call, input)).teams),
    implement(lists.listAvailableTeams, (call) => listAvailableTeams(parts, call)),
    implement(lists.getMemberPermissions, (call, input) => getMemberPermissions(parts, call, input)),
    implement(lists.getOwnMembership, (call, input) => getOwnMembership(parts, call, input)),
    implement(defaults.getTeamDefaults, () => getTeamDefaults(parts)),
    implement(defaults.updateTeamDefaults, (call, input) => updateTeamDefaults(parts, call, input)),
    implement(endpoints.deleteTeams, (call, input) => deleteTeams(parts, call, input)),
  ];
}
