import { implement, type Route } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { addTeamMembers } from './add-team-members.ts';
import { createTeam } from './create-team.ts';
import { deleteTeams } from './delete-teams.ts';
import { getTeam } from './get-team.ts';
import { listTeams } from './list-teams.ts';
import * as endpoints from './teams.contract.ts';

/** The endpoints of teams. */
export function teamRoutes(parts: Parts): Route[] {
  return [
    implement(endpoints.createTeam, (call, input) => createTeam(parts, call, input)),
    implement(endpoints.getTeam, (call, input) => getTeam(parts, call, input)),
    implement(endpoints.listTeams, (call, input) => listTeams(parts, call, input)),
    implement(endpoints.addTeamMember, (call, input) => addTeamMembers(parts, call, input)),
    implement(endpoints.deleteTeams, (call, input) => deleteTeams(parts, call, input)),
  ];
}
