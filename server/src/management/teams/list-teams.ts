import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { ownUserId } from '../keys/index.ts';
import type { Parts } from '../parts.ts';
import { type PresentedTeam, presentTeam } from './present-team.ts';
import { listTeamsWithin } from './teams.store.ts';

/**
 * Teams by name: all of them for admins, one's own for everybody else.
 * @throws ApiError 401 for somebody else's teams.
 */
export async function listTeams(
  parts: Parts,
  call: Call,
  query: { user_id?: string | undefined },
): Promise<PresentedTeam[]> {
  const userId = query.user_id || null;
  assertOwnTeams(call, userId);
  const teams = await listTeamsWithin(parts.storage.db, call.access, userId);
  return teams.map((team) => presentTeam(team, call.access));
}

/**
 * Everybody but admins lists their own teams; a key that stands for nobody has none.
 * @throws ApiError 401 in the contract's words.
 */
export function assertOwnTeams({ access, principal }: Call, userId: string | null): void {
  const own = ownUserId(principal);
  if (access.reach === 'all' || (own !== null && (userId === null || userId === own))) return;
  throw new ApiError(401, `Only admin users can query all teams/other teams. Your user role=${principal.role}`);
}
