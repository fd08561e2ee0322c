import { type Kysely, type SqlBool, sql } from 'kysely';
import type { Database } from '../../storage/database.ts';
import '../teams/teams.table.ts';
import { asTeamRole, memberPermissionsOf, type TeamRights } from './team-rights.ts';

const teamsToChooseFrom = 200;

/**
 * Reads the teams that somebody belongs to, by name, with what they are in each.
 * @param userId null: every team there is, up to 200, as for an admin of the gateway.
 */
export async function listTeamsToCreateIn(
  db: Kysely<Database>,
  userId: string | null,
  search: string | null,
): Promise<TeamRights[]> {
  const rows = await db
    .selectFrom('teams')
    .leftJoin('team_members', (join) =>
      join.onRef('team_members.team_id', '=', 'teams.team_id').on('team_members.user_id', '=', userId ?? ''),
    )
    .selectAll('teams')
    .select('team_members.role as member_role')
    .$if(userId !== null, (teams) => teams.where('team_members.user_id', '=', userId ?? ''))
    .$if(search !== null, (teams) => teams.where(contains(search ?? '')))
    .orderBy('teams.team_alias')
    .orderBy('teams.team_id')
    .limit(teamsToChooseFrom)
    .execute();
  return rows.map(({ member_role, ...team }) => ({
    team,
    role: member_role === null ? null : asTeamRole(member_role),
    memberPermissions: memberPermissionsOf(team),
  }));
}

function contains(search: string) {
  const pattern = `%${search.toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`;
  return sql<SqlBool>`lower(teams.team_alias) like ${pattern} escape '\\'`;
}
