import type { Kysely } from 'kysely';
import type { Database } from '../../storage/database.ts';
import '../keys/keys.table.ts';
import '../organizations/organizations.table.ts';
import '../teams/teams.table.ts';
import '../users/users.table.ts';
import { masterKeyAlias } from './replaced-keys.ts';
import type { UsageDimension } from './usage-filter.ts';

/**
 * The words for the ids of a dimension: alias or name of a key, e-mail of a user, alias of a team. Ids of things
 * that are gone, and all others, stand for themselves.
 */
export async function labelIds(
  db: Kysely<Database>,
  dimension: UsageDimension,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const labels = new Map(ids.map((id) => [id, id]));
  // In slices, since both engines bound the number of parameters of a statement.
  for (let start = 0; start < ids.length; start += 500) {
    for (const [id, label] of await labelSlice(db, dimension, ids.slice(start, start + 500))) {
      if (label) labels.set(id, label);
    }
  }
  if (dimension === 'key_hash' && labels.has(masterKeyAlias)) labels.set(masterKeyAlias, 'Master key');
  return labels;
}

async function labelSlice(
  db: Kysely<Database>,
  dimension: UsageDimension,
  ids: readonly string[],
): Promise<(readonly [id: string, label: string | null])[]> {
  switch (dimension) {
    case 'key_hash': {
      const keys = await db
        .selectFrom('keys')
        .select(['key_hash', 'key_alias', 'key_name'])
        .where('key_hash', 'in', ids)
        .execute();
      return keys.map((key) => [key.key_hash, key.key_alias ?? key.key_name]);
    }
    case 'user_id': {
      const users = await db
        .selectFrom('users')
        .select(['user_id', 'user_email', 'user_alias'])
        .where('user_id', 'in', ids)
        .execute();
      return users.map((user) => [user.user_id, user.user_email ?? user.user_alias]);
    }
    case 'team_id': {
      const teams = await db
        .selectFrom('teams')
        .select(['team_id', 'team_alias'])
        .where('team_id', 'in', ids)
        .execute();
      return teams.map((team) => [team.team_id, team.team_alias]);
    }
    case 'organization_id': {
      const organizations = await db
        .selectFrom('organizations')
        .select(['organization_id', 'organization_alias'])
        .where('organization_id', 'in', ids)
        .execute();
      return organizations.map((one) => [one.organization_id, one.organization_alias]);
    }
    case 'model':
    case 'model_group':
    case 'provider':
    case 'endpoint':
    case 'tag':
    case 'end_user':
      return [];
  }
}
