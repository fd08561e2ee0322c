import { type Kysely, type SqlBool, sql } from 'kysely';
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

/** Who is in a team, and as what. */
export type TeamMember = Pick<TeamMemberRow, 'user_id' | 'user_email' | 'role'>;

/**
 * A team as lists show it. Of its members, the longest-standing first, only those bring along what they may spend and
 * have spent who have limits of their own, and the person that the list is about: lists hold tens of thousands.
 */
export interface TeamInList {
  readonly team: TeamTable;
  readonly members: readonly TeamMember[];
  readonly memberships: readonly TeamMemberRow[];
}

/** The teams that a person belongs to, by name. Apply the reach before. */
export async function listTeamsOfUser(db: Kysely<Database>, userId: string): Promise<TeamInList[]> {
  const teams = await db
    .selectFrom('teams')
    .innerJoin('team_members', 'team_members.team_id', 'teams.team_id')
    .where('team_members.user_id', '=', userId)
    .selectAll('teams')
    .execute();
  return withMembers(db, teams, userId);
}

/**
 * Joins members to teams and sorts by name, unnamed teams last.
 * @param userId whom the list is about.
 */
export async function withMembers(
  db: Kysely<Database>,
  teams: readonly TeamTable[],
  userId: string | null,
): Promise<TeamInList[]> {
  const byTeam = new Map(teams.map(({ team_id }) => [team_id, noMembers()]));
  for (const teamIds of slicesOf([...byTeam.keys()])) {
    for (const member of await readMembers(db, teamIds)) byTeam.get(member.team_id)?.members.push(member);
    for (const member of await readMemberships(db, teamIds, userId)) {
      byTeam.get(member.team_id)?.memberships.push(member);
    }
  }
  // Here, and not by the database, which would carry whole rows through its sorting.
  return teams
    .map((team) => {
      const { members, memberships } = byTeam.get(team.team_id) ?? noMembers();
      return { team, members: members.sort(byJoining), memberships: memberships.sort(byJoining) };
    })
    .sort(byName);
}

/** Reads one team; null when there is none. Apply the reach before it is shown. */
export async function loadTeam(db: Kysely<Database>, teamId: string): Promise<TeamWithMembers | null> {
  const team = await db.selectFrom('teams').selectAll().where('team_id', '=', teamId).executeTakeFirst();
  if (!team) return null;
  const members = await withAddresses(db).where('team_members.team_id', '=', teamId).execute();
  return { team, members: members.sort(byJoining) };
}

type Joined = TeamMember & Pick<TeamMemberTable, 'team_id' | 'created_at'>;

function noMembers(): { members: Joined[]; memberships: TeamMemberRow[] } {
  return { members: [], memberships: [] };
}

async function readMembers(db: Kysely<Database>, teamIds: readonly string[]): Promise<Joined[]> {
  return db
    .selectFrom('team_members')
    .innerJoin('users', 'users.user_id', 'team_members.user_id')
    .select(['team_members.team_id', 'team_members.user_id', 'team_members.role', 'team_members.created_at'])
    .select('users.user_email')
    .where('team_members.team_id', 'in', teamIds)
    .execute();
}

async function readMemberships(
  db: Kysely<Database>,
  teamIds: readonly string[],
  userId: string | null,
): Promise<TeamMemberRow[]> {
  const members = withAddresses(db).where('team_members.team_id', 'in', teamIds);
  const limited = await members.where(hasLimits).execute();
  if (userId === null) return limited;
  const own = await members.where('team_members.user_id', '=', userId).execute();
  return [...limited.filter((member) => member.user_id !== userId), ...own];
}

/** Written as the index says it that holds those who have limits of their own. */
const hasLimits = sql<SqlBool>`(team_members.max_budget_nano_usd is not null or team_members.budget_duration is not null
  or team_members.tpm_limit is not null or team_members.rpm_limit is not null)`;

function withAddresses(db: Kysely<Database>) {
  return db
    .selectFrom('team_members')
    .innerJoin('users', 'users.user_id', 'team_members.user_id')
    .selectAll('team_members')
    .select('users.user_email');
}

/** In slices, since both engines bound the number of parameters of a statement. */
function slicesOf(teamIds: readonly string[]): (readonly string[])[] {
  return Array.from({ length: Math.ceil(teamIds.length / 500) }, (_, index) =>
    teamIds.slice(index * 500, (index + 1) * 500),
  );
}

function byJoining(a: Joined, b: Joined): number {
  return a.created_at - b.created_at || (a.user_id < b.user_id ? -1 : 1);
}

/** Made once: a comparison that looks its language up each time takes ten times as long. */
const { compare } = new Intl.Collator('en');

function byName({ team: one }: TeamInList, { team: other }: TeamInList): number {
  if ((one.team_alias === null) !== (other.team_alias === null)) return one.team_alias === null ? 1 : -1;
  return compare(one.team_alias ?? one.team_id, other.team_alias ?? other.team_id);
}
