import { type Access, administers } from '../../access/principal.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import '../organizations/organizations.table.ts';
import '../teams/teams.table.ts';
import { accessToTeam } from './access-team.ts';
import { sumDailyActivity } from './get-daily-activity.ts';
import { readUsageFilter } from './get-usage.ts';
import type { ActivitySource } from './read-activity.ts';
import type {
  CustomerDailyActivityQuery,
  DailyActivity,
  OrganizationDailyActivityQuery,
  TagDailyActivityQuery,
  TeamDailyActivityQuery,
} from './usage.contract.ts';

/**
 * Daily activity of teams. Admins of a team see all of it, its other members what they spent in it themselves.
 * @throws ApiError 400 without dates, 403 for a team that the caller does not belong to.
 */
export async function getTeamActivity(parts: Parts, call: Call, query: TeamDailyActivityQuery): Promise<DailyActivity> {
  const wanted = namesIn(query.team_ids);
  const excluded = new Set(namesIn(query.exclude_team_ids));
  const filter = readUsageFilter(query);
  if (call.access.reach === 'all' && wanted.length === 0 && excluded.size === 0) {
    return sumDailyActivity(parts, query, 'team_id', [{ access: call.access, filter }]);
  }
  const teamIds = wanted.length > 0 ? wanted : await teamsWithin(parts, call);
  const sources: ActivitySource[] = [];
  for (const teamId of new Set(teamIds)) {
    if (excluded.has(teamId)) continue;
    const { access, relation } = await accessToTeam(parts.storage.db, call.access, teamId);
    if (relation === 'none') {
      throw new ApiError(403, `Not authorized to view team spend for team_id=${teamId}`, {
        type: 'auth_error',
        param: 'team_ids',
      });
    }
    sources.push({ access, filter: { ...filter, teamId } });
  }
  return sumDailyActivity(parts, query, 'team_id', sources);
}

/**
 * Daily activity of organizations, for those who see everything and for their admins.
 * @throws ApiError 400 without dates, 403 for an organization that the caller does not administer.
 */
export async function getOrganizationActivity(
  parts: Parts,
  { access }: Call,
  query: OrganizationDailyActivityQuery,
): Promise<DailyActivity> {
  const wanted = namesIn(query.organization_ids);
  const excluded = new Set(namesIn(query.exclude_organization_ids));
  const filter = readUsageFilter(query);
  const { principal, reach } = access;
  if (reach === 'all' && wanted.length === 0 && excluded.size === 0) {
    return sumDailyActivity(parts, query, 'organization_id', [{ access, filter }]);
  }
  const foreign = reach === 'all' ? undefined : wanted.find((id) => !administers(principal, id));
  if (foreign !== undefined) {
    throw new ApiError(403, `Not authorized to view organization spend for organization_id=${foreign.slice(0, 200)}`, {
      type: 'auth_error',
      param: 'organization_ids',
    });
  }
  const within = wanted.length > 0 ? wanted : await organizationsWithin(parts, access);
  const organizationIds = within.filter((id) => !excluded.has(id));
  // Of the organizations that one administers, everything.
  const source: ActivitySource = {
    access: { principal, reach: 'all', roleReach: 'all' },
    filter: { ...filter, organizationIds },
  };
  return sumDailyActivity(parts, query, 'organization_id', [source]);
}

async function organizationsWithin(parts: Parts, { principal, reach }: Access): Promise<readonly string[]> {
  if (reach !== 'all') return principal.organizationIds;
  const rows = await parts.storage.db.selectFrom('organizations').select('organization_id').execute();
  return rows.map((row) => row.organization_id);
}

/** Daily activity of tags. @throws ApiError 400 without dates. */
export async function getTagActivity(parts: Parts, call: Call, query: TagDailyActivityQuery): Promise<DailyActivity> {
  const tags = namesIn(query.tags);
  const filter = { ...readUsageFilter(query), ...(tags.length > 0 ? { tags } : {}) };
  return sumDailyActivity(parts, query, 'tag', [{ access: call.access, filter }]);
}

/** Daily activity of customers. @throws ApiError 400 without dates. */
export async function getCustomerActivity(
  parts: Parts,
  call: Call,
  query: CustomerDailyActivityQuery,
): Promise<DailyActivity> {
  const endUsers = namesIn(query.end_user_ids);
  const filter = { ...readUsageFilter(query), ...(endUsers.length > 0 ? { endUsers } : {}) };
  return sumDailyActivity(parts, query, 'end_user', [{ access: call.access, filter }]);
}

async function teamsWithin(parts: Parts, call: Call): Promise<string[]> {
  const { db } = parts.storage;
  const rows =
    call.access.reach === 'all'
      ? await db.selectFrom('teams').select('team_id').execute()
      : await db
          .selectFrom('team_members')
          .select('team_id')
          .where('user_id', '=', call.principal.userId ?? '')
          .execute();
  return rows.map((row) => row.team_id);
}

function namesIn(list: string | undefined): string[] {
  return (list ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
