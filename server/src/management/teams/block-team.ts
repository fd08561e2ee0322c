import type { Call } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { changeTeam, teamNotFound } from './change-team.ts';
import { type PresentedTeam, presentTeam } from './present-team.ts';

/**
 * Blocks a team, or lets it work again: while it is blocked every one of its keys is refused, at once.
 * @throws ApiError 404.
 */
export async function setTeamBlocked(
  parts: Parts,
  call: Call,
  input: { team_id: string },
  blocked: boolean,
): Promise<PresentedTeam> {
  const changed = await changeTeam(parts, call, input.team_id, async (team) => {
    if (!team) throw teamNotFound(input.team_id);
    // The time of the first block stays when a team is blocked again.
    const blocked_at = blocked ? (team.team.blocked_at ?? parts.now()) : null;
    return { action: blocked ? 'blocked' : 'unblocked', patch: { blocked_at } };
  });
  return presentTeam(changed, call.access);
}
