import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { memberPermissionsOf } from '../keys/index.ts';
import type { Parts } from '../parts.ts';
import { changeTeam, teamNotFound } from './change-team.ts';
import { readMemberPermissions } from './team-permissions.ts';

/** What to grant, and to the members of which teams. */
export interface BulkGrant {
  readonly permissions: readonly string[];
  readonly team_ids?: readonly string[] | null | undefined;
  readonly apply_to_all_teams?: boolean | null | undefined;
}

/** How many teams grant more than before. */
export interface GrantedPermissions {
  message: string;
  teams_updated: number;
  permissions_appended: string[];
}

/**
 * Grants more to the plain members of many teams; what they may do already stays. Only admins of the gateway may.
 * @throws ApiError 400 without teams, 403, 404 when one does not exist (then none is changed), 422.
 */
export async function grantPermissions(parts: Parts, call: Call, input: BulkGrant): Promise<GrantedPermissions> {
  if (call.access.reach !== 'all') {
    throw new ApiError(403, 'Only proxy admins can call /team/permissions_bulk_update.');
  }
  readMemberPermissions(input.permissions);
  const teamIds = await teamsOf(parts, input);
  let count = 0;
  for (const teamId of teamIds) {
    let grantsMore = false;
    await changeTeam(parts, call, teamId, async (team) => {
      if (!team) throw teamNotFound(teamId);
      const before = memberPermissionsOf(team.team);
      const after = [...new Set([...before, ...input.permissions])];
      grantsMore = after.length > before.length;
      return grantsMore ? { patch: { member_permissions: readMemberPermissions(after) } } : { patch: {} };
    });
    if (grantsMore) count += 1;
  }
  return {
    message: `Permissions of ${count} of ${teamIds.length} teams updated`,
    teams_updated: count,
    permissions_appended: [...input.permissions],
  };
}

async function teamsOf({ storage }: Parts, input: BulkGrant): Promise<string[]> {
  if (!input.apply_to_all_teams && !input.team_ids?.length) {
    throw new ApiError(400, 'Name the teams in team_ids, or send apply_to_all_teams: true.');
  }
  const rows = await storage.db.selectFrom('teams').select('team_id').orderBy('team_id').execute();
  const existing = rows.map((row) => row.team_id);
  if (input.apply_to_all_teams) return existing;
  const known = new Set(existing);
  const wanted = [...new Set(input.team_ids ?? [])];
  const missing = wanted.find((teamId) => !known.has(teamId));
  if (missing !== undefined) throw teamNotFound(missing);
  return wanted;
}
