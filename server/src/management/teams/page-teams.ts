import type { Kysely } from 'kysely';
import type { Access } from '../../access/principal.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { Database } from '../../storage/database.ts';
import type { Parts } from '../parts.ts';
import { pageDeletedTeamsWithin } from './deleted-teams.store.ts';
import { assertOwnTeams, readOrganizationFilter } from './list-teams.ts';
import type { TeamInList, TeamWithMembers } from './load-teams.ts';
import { type PresentedTeam, presentTeam } from './present-team.ts';
import type { TeamListQuery } from './team-lists.contract.ts';
import { pageTeamsWithin, type TeamFilter } from './teams.store.ts';

/** A page of teams with how many members and keys each has, or had when it was deleted. */
export interface TeamPage {
  teams: (PresentedTeam & {
    members_count: number;
    keys_count: number;
    /** Only of deleted teams. */
    deleted_at?: string;
    deleted_by?: string;
  })[];
  total: number;
  page: number;
  page_size: number;
  total_pages: number;
}

/**
 * Teams by page: all of them for admins, one's own for everybody else; newest first unless said otherwise. Those that
 * were deleted are a list of their own.
 * @throws ApiError 401 for somebody else's teams, 404 for a user that does not exist.
 */
export async function pageTeams(parts: Parts, call: Call, query: TeamListQuery): Promise<TeamPage> {
  const { db } = parts.storage;
  const userId = query.user_id || null;
  assertOwnTeams(call, userId);
  if (userId !== null) {
    const user = await db.selectFrom('users').select('user_id').where('user_id', '=', userId).executeTakeFirst();
    if (!user) throw new ApiError(404, `User not found, passed user_id=${userId}`);
  }
  const page = query.page ?? 1;
  const pageSize = query.page_size ?? 10;
  const filter: TeamFilter = {
    userId,
    teamId: query.team_id || null,
    organization: readOrganizationFilter(query.organization_id),
    alias: query.team_alias?.trim() || null,
    search: query.search?.trim() || null,
    sortBy: readSortColumn(query.sort_by),
    ascending: query.sort_by ? query.sort_order?.toLowerCase() !== 'desc' : false,
    limit: pageSize,
    offset: (page - 1) * pageSize,
  };
  const { teams, total } = await (query.status === 'deleted'
    ? pageDeleted(db, call.access, filter)
    : pagePresent(db, call.access, filter));
  return { teams, total, page, page_size: pageSize, total_pages: Math.ceil(total / pageSize) };
}

async function pagePresent(db: Kysely<Database>, access: Access, filter: TeamFilter) {
  const { teams, total } = await pageTeamsWithin(db, access, filter);
  return { teams: teams.map((team) => presentWithCounts(team, access)), total };
}

async function pageDeleted(db: Kysely<Database>, access: Access, filter: TeamFilter) {
  const { teams, total } = await pageDeletedTeamsWithin(db, access, filter);
  return {
    teams: teams.map((team) => ({
      ...presentWithCounts(team, access),
      deleted_at: new Date(team.deletedAt).toISOString(),
      deleted_by: team.deletedBy,
    })),
    total,
  };
}

function presentWithCounts(found: (TeamInList | TeamWithMembers) & { keysCount: number }, access: Access) {
  return { ...presentTeam(found, access), members_count: found.members.length, keys_count: found.keysCount };
}

/** Columns that are not known are ignored, as the contract has it. */
function readSortColumn(column: string | undefined): 'team_id' | 'team_alias' | 'created_at' {
  return column === 'team_id' || column === 'team_alias' ? column : 'created_at';
}
