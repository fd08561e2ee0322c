import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { withMembers } from './load-teams.ts';
import { type PresentedTeam, presentTeam } from './present-team.ts';

/**
 * The teams that are open to everybody and that the caller is not in yet.
 * @throws ApiError 400 when no team is open.
 */
export async function listAvailableTeams({ storage, settings }: Parts, call: Call): Promise<PresentedTeam[]> {
  if (settings.availableTeams.length === 0) {
    throw new ApiError(
      400,
      'No available teams for user to join. An admin opens teams with default_internal_user_params.available_teams in the config file.',
    );
  }
  const teams = await storage.db
    .selectFrom('teams')
    .selectAll()
    .where('team_id', 'in', [...settings.availableTeams])
    .where('team_id', 'not in', (of) =>
      of
        .selectFrom('team_members')
        .select('team_members.team_id')
        .where('user_id', '=', call.principal.userId ?? ''),
    )
    .execute();
  // Who is in a team is not told to people outside.
  const isTold = call.access.reach === 'all';
  return (await withMembers(storage.db, teams, call.principal.userId)).map((found) =>
    presentTeam(isTold ? found : { ...found, members: [], memberships: [] }, call.access),
  );
}
