import type { Kysely } from 'kysely';
import type { AuditEntry } from '../../audit/change.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { Database } from '../../storage/database.ts';
import { forgetWindows } from '../budgets/index.ts';
import { type Deletion, deleteKeysOfTeam } from '../keys/index.ts';
import '../models/models.table.ts';
import type { Parts } from '../parts.ts';
import { lockTeam } from './change-team.ts';
import { archiveTeam } from './deleted-teams.store.ts';
import { describeTeam } from './describe-team.ts';
import type { TeamWithMembers } from './load-teams.ts';
import { isTeamOwner } from './present-team.ts';
import { findTeam } from './teams.store.ts';

/**
 * Deletes all of the teams or none, with their memberships. Their keys stop at once; what they spent stays in the
 * books, and what they were in the list of deleted teams. Admins of the gateway may, and of the team's organization.
 * @throws ApiError 404 when one does not exist, 403 for one that the caller may not delete, 422 when none is named.
 */
export async function deleteTeams(
  parts: Parts,
  call: Call,
  input: { team_ids: readonly string[] },
): Promise<{ deleted_teams: string[] }> {
  const teamIds = [...new Set(input.team_ids)].sort();
  return parts.changes.change(call.context, async (tx) => {
    for (const teamId of teamIds) await lockTeam(tx, teamId);
    const teams: TeamWithMembers[] = [];
    for (const teamId of teamIds) {
      const team = await findTeam(tx, call.access, teamId);
      if (!team?.visible) throw new ApiError(404, `Team not found, passed team_id=${teamId}`);
      if (!isTeamOwner(team.found, call.access)) throw notOwner(teamId);
      teams.push(team.found);
    }
    const [first, ...rest] = await deleteTeamRows(tx, teams, {
      deletedBy: call.principal.userId ?? '',
      deletedAt: parts.now(),
    });
    if (!first) throw noneNamed();
    return { result: { deleted_teams: teamIds }, audit: [first, ...rest] };
  });
}

/** Deletes teams within a write, with their keys, memberships and windows. They stay readable in a list of their own. */
export async function deleteTeamRows(
  tx: Kysely<Database>,
  teams: readonly TeamWithMembers[],
  deletion: Deletion,
): Promise<AuditEntry[]> {
  const audit: AuditEntry[] = [];
  for (const { team, members } of teams) {
    const keys = await deleteKeysOfTeam(tx, team.team_id, deletion);
    audit.push(...keys);
    await archiveTeam(tx, { team, members }, deletion, keys.length);
    for (const member of members) {
      audit.push({ action: 'deleted', object: { type: 'team-member', id: `${team.team_id}/${member.user_id}` } });
    }
    audit.push(...(await deleteModelsOfTeam(tx, team.team_id)));
    // Memberships go with their team: the foreign key cascades.
    await tx.deleteFrom('teams').where('team_id', '=', team.team_id).execute();
    await forgetWindows(tx, 'team', [team.team_id]);
    audit.push({ action: 'deleted', object: { type: 'team', id: team.team_id }, before: describeTeam(team) });
  }
  return audit;
}

/** What a team had for itself is nobody's: a later team of the same id must not find it. */
async function deleteModelsOfTeam(tx: Kysely<Database>, teamId: string): Promise<AuditEntry[]> {
  const models = await tx
    .deleteFrom('models')
    .where('team_id', '=', teamId)
    .returning(['model_id', 'model_name'])
    .execute();
  return models.map(({ model_id, model_name }) => ({
    action: 'deleted',
    object: { type: 'model', id: model_id },
    before: { model_name, team_id: teamId },
  }));
}

function notOwner(teamId: string): ApiError {
  return new ApiError(
    403,
    `Call not allowed. User not proxy admin OR admin of the team's organization. route=/team/delete, team_id=${teamId}`,
  );
}

function noneNamed(): ApiError {
  const message = 'team_ids names no team. Send at least one id.';
  return new ApiError(422, message, {
    type: 'validation_error',
    detail: [{ type: 'too_short', loc: ['body', 'team_ids'], msg: message }],
  });
}
