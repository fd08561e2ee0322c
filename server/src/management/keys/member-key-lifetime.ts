import { addDuration } from '../budgets/index.ts';
import { refuseKey } from './key-rules.ts';
import type { TeamRights } from './team-rights.ts';

type Team = Pick<TeamRights['team'], 'team_id' | 'member_key_duration'>;

/**
 * Gives a key that a member makes for a team the team's `team_member_key_duration`, unless it is to live shorter.
 * Source: contract 4.8.
 * @param duration as it was sent. @returns the one that holds.
 */
export function durationInTeam(
  { member_key_duration: most }: Team,
  duration: string | null | undefined,
  nowMs: number,
): string | null | undefined {
  if (most === null) return duration;
  const isShorter = duration && duration !== '-1' && addDuration(duration, nowMs) <= addDuration(most, nowMs);
  return isShorter ? duration : most;
}

/**
 * Refuses a key to live on for longer than one that is made now, by the hand of anybody but admins of the gateway.
 * @param expiresAt epoch milliseconds; null: never.
 * @throws ApiError 403.
 */
export function assertLifetimeInTeam(team: Team, expiresAt: number | null, nowMs: number): void {
  const most = team.member_key_duration;
  if (most === null) return;
  if (expiresAt !== null && expiresAt <= addDuration(most, nowMs)) return;
  throw refuseKey(
    403,
    `Keys of team=${team.team_id} live at most ${most} (team_member_key_duration). Send duration=${most} or shorter.`,
  );
}
