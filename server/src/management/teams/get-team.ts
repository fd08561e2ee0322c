import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { listKeyRowsOfTeam, memberPermissionsOf, ownUserId, type PresentedKey, presentKey } from '../keys/index.ts';
import type { Parts } from '../parts.ts';
import { isTeamManager, type PresentedMembership, type PresentedTeam, presentTeam } from './present-team.ts';
import { findTeam } from './teams.store.ts';

/** A team with its keys. */
export interface TeamInfo {
  team_id: string;
  team_info: PresentedTeam & { team_member_budget_table: PresentedMembership['litellm_budget_table'] };
  keys: (PresentedKey & { token: string })[];
  team_memberships: PresentedMembership[];
}

/**
 * One team with its keys that have not expired. Plain members see their own keys, unless the team lets them list
 * all of them; a key that stands for no member sees itself.
 * @throws ApiError 422 without a team id, 404, 403.
 */
export async function getTeam(parts: Parts, call: Call, input: { team_id?: string | undefined }): Promise<TeamInfo> {
  const teamId = input.team_id;
  if (!teamId) throw refuse(422, "{'message': 'Malformed request. No team id passed in.'}");
  const result = await findTeam(parts.storage.db, call.access, teamId);
  if (!result) throw refuse(404, `{'message': 'Team not found, passed team id: ${teamId}.'}`);
  if (!result.visible) {
    throw refuse(403, `{'error': 'User=${call.principal.userId} not authorized to access this team=${teamId}'}`);
  }
  const { found } = result;
  const now = parts.now();
  const userId = ownUserId(call.principal);
  const isMember = found.members.some((member) => member.user_id === userId);
  const seesAllKeys =
    isTeamManager(found, call.access) || (isMember && memberPermissionsOf(found.team).includes('/key/list'));
  const keys = (await listKeyRowsOfTeam(parts.storage.db, teamId, now)).filter(
    (key) => seesAllKeys || key.key_hash === call.principal.keyHash || (key.user_id !== null && key.user_id === userId),
  );
  const team = presentTeam(found, call.access);
  return {
    team_id: teamId,
    team_info: { ...team, team_member_budget_table: memberBudgetOf(team) },
    keys: keys.map((key) => ({ ...presentKey(key, now), token: key.key_hash })),
    team_memberships: team.team_memberships,
  };
}

/** What members have who were given nothing of their own. */
function memberBudgetOf(team: PresentedTeam): PresentedMembership['litellm_budget_table'] {
  const limits = {
    max_budget: team.team_member_budget,
    budget_duration: team.team_member_budget_duration,
    tpm_limit: team.team_member_tpm_limit,
    rpm_limit: team.team_member_rpm_limit,
  };
  return Object.values(limits).some((limit) => limit !== null) ? limits : null;
}

function refuse(status: number, message: string): ApiError {
  return new ApiError(status, message, { type: 'auth_error', param: 'None' });
}
