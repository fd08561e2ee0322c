export { type AddedMembers, addMembers, type JoiningMember } from './add-members.ts';
export { listTeamsOfUser, type TeamMemberRow, type TeamWithMembers } from './load-teams.ts';
export { type PresentedTeam, presentTeam } from './present-team.ts';
export { teamRoutes } from './teams.routes.ts';
