import type { Kysely } from 'kysely';
import { type Access, administers, outsideOrganizations, type Principal } from '../../access/principal.ts';
import type { Database } from '../../storage/database.ts';
import '../teams/teams.table.ts';
import '../users/users.table.ts';
import type { KeyTable } from './keys.table.ts';
import { loadTeamRights, type TeamRights } from './team-rights.ts';

/** A key with the names of its owner and team. */
export type NamedKeyRow = KeyTable & {
  user_email: string | null;
  team_alias: string | null;
  team_organization_id: string | null;
};

/** What a caller is to a key. Verbs decide by it, never by the row alone. */
export interface KeyRelation {
  /** The caller's permission reaches every key. */
  readonly everything: boolean;
  readonly isOwner: boolean;
  /** The call was made with this very key. */
  readonly isKeyItself: boolean;
  /** The caller's rights in the key's team; null for personal keys, and where the permission ends at one's own. */
  readonly team: Pick<TeamRights, 'role' | 'memberPermissions'> | null;
  /** The caller is an admin of the key's team, or of the organization that the key belongs to. */
  readonly administers: boolean;
}

/** The user whose things are the caller's own. A key whose owner has no row stands for nobody. */
export function ownUserId(principal: Principal): string | null {
  return principal.role === 'unknown' ? null : principal.userId;
}

/**
 * Reads one key together with what the caller is to it; deleted keys too, and by a hash that was replaced. Null when
 * it never existed.
 */
export async function findKey(
  db: Kysely<Database>,
  access: Access,
  keyHash: string,
): Promise<{ row: NamedKeyRow; relation: KeyRelation } | null> {
  const row =
    (await namedKeys(db).where('keys.key_hash', '=', keyHash).executeTakeFirst()) ??
    (await namedKeys(db)
      .innerJoin('previous_key_hashes', 'previous_key_hashes.key_hash', 'keys.key_hash')
      .where('previous_key_hashes.previous_hash', '=', keyHash)
      .executeTakeFirst());
  return row ? { row, relation: await relationTo(db, access, row) } : null;
}

/** The row of a key by its hash of today, whoever asks. */
export async function findKeyRow(db: Kysely<Database>, keyHash: string): Promise<KeyTable | null> {
  return (await db.selectFrom('keys').selectAll().where('key_hash', '=', keyHash).executeTakeFirst()) ?? null;
}

/** As `findKey`, by alias, among the keys that are not deleted. */
export async function findKeyByAlias(
  db: Kysely<Database>,
  access: Access,
  alias: string,
): Promise<{ row: NamedKeyRow; relation: KeyRelation } | null> {
  const row = await namedKeys(db)
    .where('keys.key_alias', '=', alias)
    .where('keys.deleted_at', 'is', null)
    .executeTakeFirst();
  return row ? { row, relation: await relationTo(db, access, row) } : null;
}

async function relationTo(db: Kysely<Database>, access: Access, row: NamedKeyRow): Promise<KeyRelation> {
  const { principal } = access;
  const userId = ownUserId(principal);
  const own = {
    everything: false,
    isOwner: userId !== null && row.user_id === userId,
    isKeyItself: principal.keyHash !== null && row.key_hash === principal.keyHash,
  };
  const rights =
    row.team_id === null || userId === null || access.reach === 'all'
      ? null
      : await loadTeamRights(db, row.team_id, userId);
  if (access.reach === 'organization' && administers(principal, organizationOf(row))) {
    return { ...own, team: rights, administers: true };
  }
  switch (outsideOrganizations(access).reach) {
    case 'all':
      return { ...own, everything: true, team: null, administers: true };
    case 'team':
      return { ...own, team: rights, administers: rights?.role === 'admin' };
    case 'own':
      // An admin of the team counts as a plain member here: the role ends at what is one's own.
      return { ...own, team: rights?.role ? { ...rights, role: 'user' } : null, administers: false };
    case 'none':
      return { everything: false, isOwner: false, isKeyItself: false, team: null, administers: false };
  }
}

/** The stored columns of a key alone. */
export function keyRowOf({
  user_email: _email,
  team_alias: _alias,
  team_organization_id: _of,
  ...row
}: NamedKeyRow): KeyTable {
  return row;
}

/** The organization that a key belongs to: its team's, or its own where it has no team. */
export function organizationOf(row: Pick<NamedKeyRow, 'organization_id' | 'team_organization_id'>): string | null {
  return row.team_organization_id ?? row.organization_id;
}

/** Keys with the names of their owners and teams. Apply the reach. */
export function namedKeys(db: Kysely<Database>) {
  return db
    .selectFrom('keys')
    .leftJoin('users', 'users.user_id', 'keys.user_id')
    .leftJoin('teams', 'teams.team_id', 'keys.team_id')
    .selectAll('keys')
    .select(['users.user_email', 'teams.team_alias', 'teams.organization_id as team_organization_id']);
}
