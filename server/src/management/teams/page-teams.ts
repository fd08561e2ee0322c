import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { assertOwnTeams, readOrganizationFilter } from './list-teams.ts';
import { type PresentedTeam, presentTeam } from './present-team.ts';
import type { TeamListQuery } from './team-lists.contract.ts';
import { pageTeamsWithin } from './teams.store.ts';

/** A page of teams with how many members and keys each has. */
export interface TeamPage {
  teams: (PresentedTeam & { members_count: number; keys_count: number })[];
  total: number;
  page: number;
  page_size: number;
  total_pages: number;
}

/**
 * Teams by page: all of them for admins, one's own for everybody else; newest first unless said otherwise.
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
  const { teams, total } = await pageTeamsWithin(db, call.access, {
    userId,
    teamId: query.team_id || null,
    organization: readOrganizationFilter(query.organization_id),
    alias: query.team_alias?.trim() || null,
    search: query.search?.trim() || null,
    // A deleted team leaves no row; who asks for those gets none.
    onlyDeleted: query.status === 'deleted',
    sortBy: readSortColumn(query.sort_by),
    ascending: query.sort_by ? query.sort_order?.toLowerCase() !== 'desc' : false,
    limit: pageSize,
    offset: (page - 1) * pageSize,
  });
  return {
    teams: teams.map(({ keysCount, ...team }) => ({
      ...presentTeam(team, call.access),
      members_count: team.members.length,
      keys_count: keysCount,
    })),
    total,
    page,
    page_size: pageSize,
    total_pages: Math.ceil(total / pageSize),
  };
}

/** Columns that are not known are ignored, as the contract has it. */
function readSortColumn(column: string | undefined): 'team_id' | 'team_alias' | 'created_at' {
  return column === 'team_id' || column === 'team_alias' ? column : 'created_at';
}
