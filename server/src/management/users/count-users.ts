import { masterUserId } from '../../access/principal.ts';
import type { Parts } from '../parts.ts';
import '../teams/teams.table.ts';
import './users.table.ts';

/** How many users and teams there are, without the holder of the master key. Null: as many as one likes. */
export async function countUsers({ storage: { db } }: Parts) {
  const users = await db
    .selectFrom('users')
    .select((is) => is.fn.countAll<number>().as('count'))
    .where('user_id', '<>', masterUserId)
    .executeTakeFirstOrThrow();
  const teams = await db
    .selectFrom('teams')
    .select((is) => is.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return {
    total_users: null,
    total_teams: null,
    total_users_used: Number(users.count),
    total_teams_used: Number(teams.count),
    total_users_remaining: null,
    total_teams_remaining: null,
  };
}
