import type * as z from 'zod/mini';
import { ApiError, authError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { listKeyRowsOfUser, presentKey } from '../keys/index.ts';
import type { Parts } from '../parts.ts';
import { listTeamsOfUser, presentTeam } from '../teams/index.ts';
import { presentUser } from './present-user.ts';
import type { getUser as endpoint } from './users.contract.ts';
import { findUser, reachesUser } from './users.store.ts';

type Input = z.infer<NonNullable<(typeof endpoint)['input']>>;

/**
 * One user with keys and teams; without `user_id` the caller.
 * @throws ApiError 403 for another person's id, whether or not it exists; 404 for an unknown one.
 */
export async function getUser(parts: Parts, call: Call, input: Input): Promise<z.infer<(typeof endpoint)['result']>> {
  const { access, principal } = call;
  const { db } = parts.storage;
  const now = parts.now();
  const user = await findWanted(parts, call, input.user_id ?? principal.userId);
  const keys = await listKeyRowsOfUser(db, user.user_id);
  const teams = await listTeamsOfUser(db, user.user_id);
  return {
    user_id: user.user_id,
    user_info: presentUser(user, now),
    // A key without a team has the text "None" here; LiteLLM's clients know it so.
    keys: keys.map((key) => ({
      ...presentKey(key, now),
      token: key.key_hash,
      team_alias: key.team_id === null ? 'None' : key.team_alias,
    })),
    teams: teams.map((team) => presentTeam(team, access)),
  };
}

async function findWanted({ storage }: Parts, { access, principal }: Call, wantedId: string | null) {
  for (const userId of spellingsOf(wantedId)) {
    if (!reachesUser(access, userId)) continue;
    const user = await findUser(storage.db, access, userId);
    if (user) return user;
  }
  if (wantedId !== null && !spellingsOf(wantedId).some((userId) => reachesUser(access, userId))) {
    throw authError(
      403,
      `key not allowed to access this user's info. user_id=${wantedId}, key's user_id=${principal.userId ?? 'None'}`,
    );
  }
  throw new ApiError(404, `User ${wantedId ?? 'None'} not found`, { type: 'internal_server_error', param: 'None' });
}

/** A `+` that a client did not escape arrives as a blank, and ids such as `ann+test@example.com` are common. */
function spellingsOf(userId: string | null): string[] {
  if (userId === null) return [];
  return userId.includes(' ') ? [userId, userId.replaceAll(' ', '+')] : [userId];
}
