import { type Expression, type ExpressionBuilder, expressionBuilder, type Kysely, type SqlBool, sql } from 'kysely';
import { type Access, administers } from '../../access/principal.ts';
import type { Database } from '../../storage/database.ts';
import '../keys/keys.table.ts';
import { loadTeam, type TeamInList, type TeamWithMembers, withMembers } from './load-teams.ts';

/** A team, and whether the caller may see it. */
export interface FoundTeam {
  readonly found: TeamWithMembers;
  /** False: the team exists, and is none of the caller's business. */
  readonly visible: boolean;
}

/**
 * Reads one team: any for admins, for everybody else one that they, or the key they call with, belong to, and for org
 * admins every one of their organizations.
 */
export async function findTeam(db: Kysely<Database>, access: Access, teamId: string): Promise<FoundTeam | null> {
  const found = await loadTeam(db, teamId);
  if (!found) return null;
  const { principal } = access;
  switch (access.reach) {
    case 'all':
      return { found, visible: true };
    case 'organization':
      return { found, visible: administers(principal, found.team.organization_id) || belongsTo(access, found) };
    case 'team':
    case 'own':
      return { found, visible: belongsTo(access, found) };
    case 'none':
      return { found, visible: false };
  }
}

function belongsTo({ principal }: Access, { team, members }: TeamWithMembers): boolean {
  return (
    principal.keyTeamId === team.team_id ||
    (principal.userId !== null && members.some((member) => member.user_id === principal.userId))
  );
}

/** Which teams are wanted. Filters narrow what the reach allows, and never widen it. */
export interface TeamFilter {
  readonly userId: string | null;
  readonly teamId: string | null;
  readonly organization: OrganizationFilter;
  /** Contains-search over the alias. */
  readonly alias: string | null;
  /** Contains-search over alias and id. */
  readonly search: string | null;
  readonly sortBy: 'team_id' | 'team_alias' | 'created_at';
  readonly ascending: boolean;
  readonly limit: number;
  readonly offset: number;
}

/** Reads a page of teams within the caller's reach with the number of their keys, and how many there are in all. */
export async function pageTeamsWithin(
  db: Kysely<Database>,
  access: Access,
  filter: TeamFilter,
): Promise<{ teams: (TeamInList & { keysCount: number })[]; total: number }> {
  const wanted = teamsWithin(db, access)
    .where(isOf(filter))
    .$if(filter.teamId !== null, (teams) => teams.where('teams.team_id', '=', filter.teamId ?? ''))
    .$if(filter.alias !== null, (teams) => teams.where(contains('teams.team_alias', filter.alias ?? '')))
    .$if(filter.search !== null, (teams) =>
      teams.where((is) =>
        is.or([contains('teams.team_alias', filter.search ?? ''), contains('teams.team_id', filter.search ?? '')]),
      ),
    );
  const { total } = await wanted.select((is) => is.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
  const direction = filter.ascending ? 'asc' : 'desc';
  const rows = await wanted
    .selectAll('teams')
    .orderBy(`teams.${filter.sortBy}`, direction)
    .orderBy('teams.team_id', direction)
    .limit(filter.limit)
    .offset(filter.offset)
    .execute();
  const keys = await countKeys(
    db,
    rows.map((row) => row.team_id),
  );
  const found = await withMembers(db, rows, filter.userId ?? access.principal.userId);
  const byId = new Map(found.map((team) => [team.team.team_id, team]));
  return {
    teams: rows.map((team) => ({
      ...(byId.get(team.team_id) ?? { team, members: [], memberships: [] }),
      keysCount: keys.get(team.team_id) ?? 0,
    })),
    total: Number(total),
  };
}

async function countKeys(db: Kysely<Database>, teamIds: readonly string[]): Promise<Map<string | null, number>> {
  if (teamIds.length === 0) return new Map();
  const counts = await db
    .selectFrom('keys')
    .select((is) => ['team_id', is.fn.countAll<number>().as('count')])
    .where('team_id', 'in', [...teamIds])
    .where('deleted_at', 'is', null)
    .groupBy('team_id')
    .execute();
  return new Map(counts.map((row) => [row.team_id, Number(row.count)]));
}

/** Whether a column holds a text, whatever its case. */
export function contains(column: 'teams.team_alias' | 'teams.team_id' | 'team_alias' | 'team_id', search: string) {
  const pattern = `%${search.toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`;
  return sql<SqlBool>`lower(${sql.ref(column)}) like ${pattern} escape '\\'`;
}

/** Whose teams are wanted, and of which organization. */
export interface TeamOwners {
  readonly userId: string | null;
  readonly organization: OrganizationFilter;
}

/** The organization that teams belong to: one by its id, none, or any (null). */
export type OrganizationFilter = { readonly id: string | null } | null;

/**
 * Reads the teams of a person or of an organization, or all of them.
 * @param owners narrows what is within reach.
 */
export async function listTeamsWithin(db: Kysely<Database>, access: Access, owners: TeamOwners): Promise<TeamInList[]> {
  const teams = await teamsWithin(db, access).where(isOf(owners)).selectAll('teams').execute();
  return withMembers(db, teams, owners.userId ?? access.principal.userId);
}

/** Every list starts here, so that none can forget the reach. */
function teamsWithin(db: Kysely<Database>, access: Access) {
  const teams = db.selectFrom('teams');
  const { userId, organizationIds } = access.principal;
  switch (access.reach) {
    case 'all':
      return teams;
    case 'organization':
      return teams.where((is) =>
        is.or([is('teams.organization_id', 'in', organizationIds), is('teams.team_id', 'in', teamsOf(is, userId))]),
      );
    case 'team':
    case 'own':
      return teams.where((is) => is('teams.team_id', 'in', teamsOf(is, userId)));
    case 'none':
      return teams.where(sql<SqlBool>`1 = 0`);
  }
}

function teamsOf(is: ExpressionBuilder<Database, 'teams'>, userId: string | null) {
  return is
    .selectFrom('team_members')
    .select('team_members.team_id')
    .where('team_members.user_id', '=', userId ?? '');
}

function isOf({ userId, organization }: TeamOwners): Expression<SqlBool> {
  const is = expressionBuilder<Database, 'teams'>();
  const conditions: Expression<SqlBool>[] = [];
  if (userId !== null) conditions.push(is('teams.team_id', 'in', teamsOf(is, userId)));
  if (organization !== null) {
    conditions.push(
      organization.id === null
        ? is('teams.organization_id', 'is', null)
        : is('teams.organization_id', '=', organization.id),
    );
  }
  return conditions.length === 0 ? sql<SqlBool>`1 = 1` : is.and(conditions);
}
