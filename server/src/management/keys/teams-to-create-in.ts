import { type Kysely, type SqlBool, sql } from 'kysely';
import type { Database } from '../../storage/database.ts';
import '../organizations/organizations.table.ts';
import '../teams/teams.table.ts';
import { asTeamRole, memberPermissionsOf, type TeamRights } from './team-rights.ts';

const teamsToChooseFrom = 200;

/**
 * Reads the teams that somebody belongs to, and those of organizations that they administer, by name, with what they
 * are in each: the same as `loadTeamRights` says of one.
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
    .leftJoin('organization_members', (join) =>
      join
        .onRef('organization_members.organization_id', '=', 'teams.organization_id')
        .on('organization_members.user_id', '=', userId ?? '')
        .on('organization_members.role', '=', 'org_admin'),
    )
    .selectAll('teams')
    .select(['team_members.role as member_role', 'organization_members.role as organization_role'])
    .$if(userId !== null, (teams) => teams.where('teams.team_id', 'in', idsOfTeamsOf(db, userId ?? '')))
    .$if(search !== null, (teams) => teams.where(contains(search ?? '')))
    .orderBy('teams.team_alias')
    .orderBy('teams.team_id')
    .limit(teamsToChooseFrom)
    .execute();
  return rows.map(({ member_role, organization_role, ...team }) => ({
    team,
    role: organization_role !== null ? 'admin' : member_role === null ? null : asTeamRole(member_role),
    memberPermissions: memberPermissionsOf(team),
  }));
}

/** Each half along an index of its own. */
function idsOfTeamsOf(db: Kysely<Database>, userId: string) {
  return db
    .selectFrom('team_members')
    .select('team_id')
    .where('user_id', '=', userId)
    .union(
      db
        .selectFrom('organization_members')
        .innerJoin('teams', 'teams.organization_id', 'organization_members.organization_id')
        .select('teams.team_id')
        .where('organization_members.user_id', '=', userId)
        .where('organization_members.role', '=', 'org_admin'),
    );
}

function contains(search: string) {
  const pattern = `%${search.toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`;
  return sql<SqlBool>`lower(teams.team_alias) like ${pattern} escape '\\'`;
}
