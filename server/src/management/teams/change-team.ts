import type { Kysely } from 'kysely';
import type { AuditEntry } from '../../audit/change.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { Database } from '../../storage/database.ts';
import { lockByName } from '../../storage/lock-by-name.ts';
import type { Parts } from '../parts.ts';
import { describeTeam } from './describe-team.ts';
import { loadTeam, type TeamWithMembers } from './load-teams.ts';
import { isTeamManager } from './present-team.ts';
import type { TeamTable } from './teams.table.ts';

/** What a change of a team's row is made of. */
export interface TeamChange {
  readonly action?: 'updated' | 'blocked' | 'unblocked';
  readonly patch: Partial<TeamTable>;
  /** Further writes that belong to the change, and their audit entries. */
  readonly more?: readonly AuditEntry[];
}

/**
 * Reads a team so that nobody else changes it or its members until the write is over. By its name: the books charge
 * members before their team, and who held the team's row while they wait for a member's would wait for them for ever.
 * @returns null when there is no such team.
 */
export async function lockTeam(tx: Kysely<Database>, teamId: string): Promise<TeamWithMembers | null> {
  await lockByName(tx, `team:${teamId}`);
  return loadTeam(tx, teamId);
}

/**
 * Changes the row of a team in one write.
 * @param plan decides what changes, and refuses: it sees the team as it is, locked, or null.
 * @returns the team as it is then.
 */
export async function changeTeam(
  parts: Parts,
  call: Call,
  teamId: string,
  plan: (team: TeamWithMembers | null, tx: Kysely<Database>) => Promise<TeamChange>,
): Promise<TeamWithMembers> {
  return parts.changes.change(call.context, async (tx) => {
    const before = await lockTeam(tx, teamId);
    const { patch, action = 'updated', more = [] } = await plan(before, tx);
    if (!before) throw teamNotFound(teamId);
    const stamped = { ...patch, updated_at: parts.now(), updated_by: call.principal.userId ?? '' };
    await tx.updateTable('teams').set(stamped).where('team_id', '=', teamId).execute();
    const after = (await loadTeam(tx, teamId)) ?? before;
    return {
      result: after,
      audit: [
        {
          action,
          object: { type: 'team', id: teamId },
          before: describeTeam(before.team),
          after: describeTeam(after.team),
        },
        ...more,
      ],
    };
  });
}

/** 404 in the contract's words. */
export function teamNotFound(teamId: string): ApiError {
  return new ApiError(404, `Team not found, passed team_id=${teamId}`, {
    type: 'internal_server_error',
    param: 'None',
  });
}

/**
 * Refuses whoever is neither an admin of the gateway nor of the team. Others are not told whether the team exists.
 * @throws ApiError 403 in the contract's words.
 */
export function assertTeamManager(team: TeamWithMembers | null, call: Call, route: string, teamId: string): void {
  const may = call.access.reach === 'all' || (team !== null && isTeamManager(team, call.access));
  if (may) return;
  throw new ApiError(403, `Call not allowed. User not proxy admin OR team admin. route=${route}, team_id=${teamId}`, {
    type: 'auth_error',
    param: 'None',
  });
}
