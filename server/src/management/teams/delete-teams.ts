import type { AuditEntry } from '../../audit/change.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { forgetWindows } from '../budgets/index.ts';
import { deleteKeysOfTeam } from '../keys/index.ts';
import type { Parts } from '../parts.ts';
import { lockTeam } from './change-team.ts';
import { describeTeam } from './describe-team.ts';
import { findTeam } from './teams.store.ts';

/**
 * Deletes all of the teams or none, with their memberships. Their keys stop at once; what they spent stays in the
 * books.
 * @throws ApiError 404 when one does not exist, 422 when none is named.
 */
export async function deleteTeams(
  parts: Parts,
  call: Call,
  input: { team_ids: readonly string[] },
): Promise<{ deleted_teams: string[] }> {
  const teamIds = [...new Set(input.team_ids)].sort();
  return parts.changes.change(call.context, async (tx) => {
    const deletion = { deletedBy: call.principal.userId ?? '', deletedAt: parts.now() };
    const audit: AuditEntry[] = [];
    for (const teamId of teamIds) await lockTeam(tx, teamId);
    for (const teamId of teamIds) {
      const team = await findTeam(tx, call.access, teamId);
      if (!team?.visible) throw new ApiError(404, `Team not found, passed team_id=${teamId}`);
      audit.push(...(await deleteKeysOfTeam(tx, teamId, deletion)));
      for (const member of team.found.members) {
        audit.push({ action: 'deleted', object: { type: 'team-member', id: `${teamId}/${member.user_id}` } });
      }
      // Memberships go with their team: the foreign key cascades.
      await tx.deleteFrom('teams').where('team_id', '=', teamId).execute();
      await forgetWindows(tx, 'team', [teamId]);
      audit.push({ action: 'deleted', object: { type: 'team', id: teamId }, before: describeTeam(team.found.team) });
    }
    const [first, ...rest] = audit;
    if (!first) throw noneNamed();
    return { result: { deleted_teams: teamIds }, audit: [first, ...rest] };
  });
}

function noneNamed(): ApiError {
  const message = 'team_ids names no team. Send at least one id.';
  return new ApiError(422, message, {
    type: 'validation_error',
    detail: [{ type: 'too_short', loc: ['body', 'team_ids'], msg: message }],
  });
}
