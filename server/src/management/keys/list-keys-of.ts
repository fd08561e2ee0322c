import type { Kysely } from 'kysely';
import type { Database } from '../../storage/database.ts';
import '../teams/teams.table.ts';
import type { KeyTable } from './keys.table.ts';

/** A key with the name and the organization of its team. */
export type KeyRowWithTeam = KeyTable & { team_alias: string | null; team_organization_id: string | null };

/** The keys that a user owns, personal and team keys, newest first; deleted ones are left out. Apply the reach before. */
export async function listKeyRowsOfUser(db: Kysely<Database>, userId: string): Promise<KeyRowWithTeam[]> {
  return db
    .selectFrom('keys')
    .leftJoin('teams', 'teams.team_id', 'keys.team_id')
    .selectAll('keys')
    .select(['teams.team_alias', 'teams.organization_id as team_organization_id'])
    .where('keys.user_id', '=', userId)
    .where('keys.deleted_at', 'is', null)
    .orderBy('keys.created_at', 'desc')
    .orderBy('keys.key_hash', 'desc')
    .execute();
}

/** The keys of a team that have not expired, newest first. Apply the reach before. */
export async function listKeyRowsOfTeam(db: Kysely<Database>, teamId: string, now: number): Promise<KeyRowWithTeam[]> {
  return db
    .selectFrom('keys')
    .leftJoin('teams', 'teams.team_id', 'keys.team_id')
    .selectAll('keys')
    .select(['teams.team_alias', 'teams.organization_id as team_organization_id'])
    .where('keys.team_id', '=', teamId)
    .where('keys.deleted_at', 'is', null)
    .where((is) => is.or([is('keys.expires_at', 'is', null), is('keys.expires_at', '>', now)]))
    .orderBy('keys.created_at', 'desc')
    .orderBy('keys.key_hash', 'desc')
    .execute();
}
