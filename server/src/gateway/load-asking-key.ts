import { reachOf, reachOfRole } from '../access/permissions.contract.ts';
import { ApiError } from '../http/api-error.ts';
import type { Call } from '../http/call.ts';
import { type KeyRecord, loadKeylessRecord, loadKeyRecord } from '../management/keys/index.ts';
import { findTeam } from '../management/teams/index.ts';
import type { Storage } from '../storage/open-storage.ts';

/**
 * The key whose lists say which models somebody may call: the one that was sent; for a token, and for a signed-in
 * person, one without limits of its own. Null: no lists apply.
 * @param teamId asks about a key of this team instead.
 * @throws ApiError 403 for a team that the caller may not see.
 */
export async function loadAskingKey(call: Call, storage: Storage, teamId: string | null): Promise<KeyRecord | null> {
  const { kind, keyHash, keyTeamId, role, userId } = call.principal;
  const seesAll = role === 'proxy_admin' || role === 'proxy_admin_viewer';
  if (teamId !== null && teamId !== keyTeamId) {
    const access = {
      principal: call.principal,
      reach: reachOf(call.principal, 'team:read'),
      roleReach: reachOfRole(role, 'team:read'),
    };
    const team = await findTeam(storage.db, access, teamId);
    if (!team?.visible) throw notYourTeam(userId, teamId);
    const asMember = { hash: '', name: '', userId: seesAll ? null : userId, teamId };
    return loadKeylessRecord(storage.db, asMember, Date.now());
  }
  if (keyHash !== null) return loadKeyRecord(storage.db, keyHash);
  if (kind !== 'session' && kind !== 'token') return null;
  if (seesAll) return null;
  return loadKeylessRecord(storage.db, { hash: '', name: '', userId, teamId: keyTeamId }, Date.now());
}

/** Whether the team exists is not told. */
function notYourTeam(userId: string | null, teamId: string): ApiError {
  return new ApiError(
    403,
    `User=${userId} not authorized to access this team=${teamId.slice(0, 100)}. GET /team/list shows the teams you belong to.`,
    { type: 'auth_error', param: 'team_id' },
  );
}
