export { addMembers } from './add-members.ts';
export { removeMember } from './change-members.ts';
export { findMemberRates } from './find-member-rates.ts';
export { insertTeamOfGroup } from './insert-team.ts';
export { listTeamsOfUser } from './load-teams.ts';
export { presentTeam } from './present-team.ts';
export { teamRoutes } from './teams.routes.ts';
export { findTeam } from './teams.store.ts';
