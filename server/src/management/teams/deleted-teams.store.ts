import { randomUUID } from 'node:crypto';
import { type Kysely, type SqlBool, sql } from 'kysely';
import type { Access } from '../../access/principal.ts';
import type { Database } from '../../storage/database.ts';
import type { Deletion } from '../keys/index.ts';
import type { TeamMemberRow, TeamWithMembers } from './load-teams.ts';
import { contains, type TeamFilter } from './teams.store.ts';
import type { TeamTable } from './teams.table.ts';

/** A team that was deleted, as it was then. */
export interface DeletedTeam extends TeamWithMembers, Deletion {
  readonly keysCount: number;
}

/** Keeps a team readable that is deleted. @param keysCount how many keys go with it. */
export async function archiveTeam(
  tx: Kysely<Database>,
  { team, members }: TeamWithMembers,
  { deletedAt, deletedBy }: Deletion,
  keysCount: number,
): Promise<void> {
  const archiveId = randomUUID();
  const { team_id, team_alias, organization_id, created_at } = team;
  await tx
    .insertInto('deleted_teams')
    .values({
      archive_id: archiveId,
      ...{ team_id, team_alias, organization_id, created_at },
      deleted_at: deletedAt,
      deleted_by: deletedBy,
      keys_count: keysCount,
      content: JSON.stringify({ team, members }),
    })
    .execute();
  // In slices, since both engines bound the number of parameters of a statement.
  for (let start = 0; start < members.length; start += 500) {
    const slice = members.slice(start, start + 500);
    await tx
      .insertInto('deleted_team_members')
      .values(slice.map(({ user_id }) => ({ archive_id: archiveId, user_id })))
      .execute();
  }
}

/**
 * Reads a page of deleted teams, and how many there are in all: all of them for who sees everything, those of their
 * organizations for org admins, and for everybody those that they belonged to.
 */
export async function pageDeletedTeamsWithin(
  db: Kysely<Database>,
  access: Access,
  filter: TeamFilter,
): Promise<{ teams: DeletedTeam[]; total: number }> {
  const { userId, teamId, organization, alias, search } = filter;
  const wanted = deletedTeamsWithin(db, access)
    .$if(userId !== null, (teams) => teams.where((is) => is('archive_id', 'in', ofMember(db, userId))))
    .$if(teamId !== null, (teams) => teams.where('team_id', '=', teamId ?? ''))
    .$if(organization !== null, (teams) =>
      teams.where('organization_id', 'is not distinct from', organization?.id ?? null),
    )
    .$if(alias !== null, (teams) => teams.where(contains('team_alias', alias ?? '')))
    .$if(search !== null, (teams) =>
      teams.where((is) => is.or([contains('team_alias', search ?? ''), contains('team_id', search ?? '')])),
    );
  const { total } = await wanted.select((is) => is.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
  const direction = filter.ascending ? 'asc' : 'desc';
  const rows = await wanted
    .selectAll()
    .orderBy(filter.sortBy, direction)
    .orderBy('archive_id', direction)
    .limit(filter.limit)
    .offset(filter.offset)
    .execute();
  return {
    teams: rows.map((row) => ({
      ...(JSON.parse(row.content) as { team: TeamTable; members: TeamMemberRow[] }),
      keysCount: row.keys_count,
      deletedAt: row.deleted_at,
      deletedBy: row.deleted_by,
    })),
    total: Number(total),
  };
}

/** Every list starts here, so that none can forget the reach. */
function deletedTeamsWithin(db: Kysely<Database>, { principal, reach }: Access) {
  const teams = db.selectFrom('deleted_teams');
  switch (reach) {
    case 'all':
      return teams;
    case 'organization':
      return teams.where((is) =>
        is.or([
          is('organization_id', 'in', principal.organizationIds),
          is('archive_id', 'in', ofMember(db, principal.userId)),
        ]),
      );
    case 'team':
    case 'own':
      return teams.where((is) => is('archive_id', 'in', ofMember(db, principal.userId)));
    case 'none':
      return teams.where(sql<SqlBool>`1 = 0`);
  }
}

function ofMember(db: Kysely<Database>, userId: string | null) {
  return db
    .selectFrom('deleted_team_members')
    .select('archive_id')
    .where('user_id', '=', userId ?? '');
}
