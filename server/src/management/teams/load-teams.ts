import type { Kysely } from 'kysely';
import type { Database } from '../../storage/database.ts';
import '../users/users.table.ts';
import type { TeamMemberTable, TeamTable } from './teams.table.ts';

/** A member with the address of the person. */
export type TeamMemberRow = TeamMemberTable & { user_email: string | null };

/** A team with its members, the longest-standing first. */
export interface TeamWithMembers {
  readonly team: TeamTable;
  readonly members: readonly TeamMemberRow[];
}

/** The teams that a person belongs to, by name. Apply the reach before. */
export async function listTeamsOfUser(db: Kysely<Database>, userId: string): Promise<TeamWithMembers[]> {
  const teams = await db
    .selectFrom('teams')
    .innerJoin('team_members', 'team_members.team_id', 'teams.team_id')
    .where('team_members.user_id', '=', userId)
    .selectAll('teams')
    .execute();
  return withMembers(db, teams);
}

/** Joins members to teams and sorts by name, unnamed teams last. */
export async function withMembers(db: Kysely<Database>, teams: readonly TeamTable[]): Promise<TeamWithMembers[]> {
  const byTeam = new Map<string, TeamMemberRow[]>(teams.map((team) => [team.team_id, []]));
  for (const members of await loadMembers(db, [...byTeam.keys()])) byTeam.get(members.team_id)?.push(members);
  return teams.map((team) => ({ team, members: byTeam.get(team.team_id) ?? [] })).sort(byName);
}

/** Reads one team; null when there is none. Apply the reach before it is shown. */
export async function loadTeam(db: Kysely<Database>, teamId: string): Promise<TeamWithMembers | null> {
  const team = await db.selectFrom('teams').selectAll().where('team_id', '=', teamId).executeTakeFirst();
  return team ? { team, members: await loadMembers(db, [teamId]) } : null;
}

async function loadMembers(db: Kysely<Database>, teamIds: readonly string[]): Promise<TeamMemberRow[]> {
  const members: TeamMemberRow[] = [];
  // In slices, since both engines bound the number of parameters of a statement.
  for (let start = 0; start < teamIds.length; start += 500) {
    members.push(
      ...(await db
        .selectFrom('team_members')
        .innerJoin('users', 'users.user_id', 'team_members.user_id')
        .where('team_members.team_id', 'in', teamIds.slice(start, start + 500))
        .selectAll('team_members')
        .select('users.user_email')
        .execute()),
    );
  }
  // Here, and not by the database, which would carry whole rows through its sorting.
  return members.sort(byJoining);
}

function byJoining(a: TeamMemberRow, b: TeamMemberRow): number {
  return a.created_at - b.created_at || (a.user_id < b.user_id ? -1 : 1);
}

function byName(a: TeamWithMembers, b: TeamWithMembers): number {
  if ((a.team.team_alias === null) !== (b.team.team_alias === null)) return a.team.team_alias === null ? 1 : -1;
  return (a.team.team_alias ?? a.team.team_id).localeCompare(b.team.team_alias ?? b.team.team_id, 'en');
}
