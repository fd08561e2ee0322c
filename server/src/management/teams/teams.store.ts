import { type Kysely, type SqlBool, sql } from 'kysely';
import type { Access } from '../../access/principal.ts';
import type { Database } from '../../storage/database.ts';
import '../keys/keys.table.ts';
import { listTeamsOfUser, loadTeam, type TeamWithMembers, withMembers } from './load-teams.ts';

/** A team, and whether the caller may see it. */
export interface FoundTeam {
  readonly found: TeamWithMembers;
  /** False: the team exists, and is none of the caller's business. */
  readonly visible: boolean;
}

/** Reads one team: any for admins, for everybody else one that they, or the key they call with, belong to. */
export async function findTeam(db: Kysely<Database>, access: Access, teamId: string): Promise<FoundTeam | null> {
  const found = await loadTeam(db, teamId);
  if (!found) return null;
  const { principal } = access;
  switch (access.reach) {
    case 'all':
      return { found, visible: true };
    case 'team':
    case 'own':
      return {
        found,
        visible:
          principal.keyTeamId === teamId ||
          (principal.userId !== null && found.members.some((member) => member.user_id === principal.userId)),
      };
    case 'none':
      return { found, visible: false };
  }
}

/** Which teams are wanted. Filters narrow what the reach allows, and never widen it. */
export interface TeamFilter {
  readonly userId: string | null;
  readonly teamId: string | null;
  /** Contains-search over the alias. */
  readonly alias: string | null;
  /** Contains-search over alias and id. */
  readonly search: string | null;
  readonly onlyDeleted: boolean;
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
): Promise<{ teams: (TeamWithMembers & { keysCount: number })[]; total: number }> {
  const userId = access.reach === 'all' ? filter.userId : access.principal.userId;
  if (filter.onlyDeleted || access.reach === 'none' || (access.reach !== 'all' && userId === null)) {
    return { teams: [], total: 0 };
  }
  const wanted = db
    .selectFrom('teams')
    .$if(userId !== null, (teams) =>
      teams.where('teams.team_id', 'in', (of) =>
        of
          .selectFrom('team_members')
          .select('team_members.team_id')
          .where('user_id', '=', userId ?? ''),
      ),
    )
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
  const byId = new Map((await withMembers(db, rows)).map((team) => [team.team.team_id, team]));
  return {
    teams: rows.map((team) => ({
      team,
      members: byId.get(team.team_id)?.members ?? [],
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

function contains(column: 'teams.team_alias' | 'teams.team_id', search: string) {
  const pattern = `%${search.toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`;
  return sql<SqlBool>`lower(${sql.ref(column)}) like ${pattern} escape '\\'`;
}

/**
 * Reads the teams of a person, or all of them.
 * @param userId null: everything within reach.
 */
export async function listTeamsWithin(
  db: Kysely<Database>,
  access: Access,
  userId: string | null,
): Promise<TeamWithMembers[]> {
  switch (access.reach) {
    case 'all':
      return userId === null
        ? withMembers(db, await db.selectFrom('teams').selectAll().execute())
        : listTeamsOfUser(db, userId);
    case 'team':
    case 'own': {
      const own = access.principal.userId;
      if (own === null || (userId !== null && userId !== own)) return [];
      return listTeamsOfUser(db, own);
    }
    case 'none':
      return [];
  }
}
