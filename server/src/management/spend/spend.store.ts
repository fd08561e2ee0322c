import { type Kysely, sql } from 'kysely';
import type { Access } from '../../access/principal.ts';
import type { Database } from '../../storage/database.ts';
import '../keys/keys.table.ts';
import type { KeyTable } from '../keys/keys.table.ts';
import '../users/users.table.ts';
import { readClosedUntil } from '../usage/series-queries.ts';
import { visibleUserId } from '../usage/usage-filter.ts';
import type { UserTable } from '../users/users.table.ts';

const mostRows = 1_000;

/** Reads the keys within the caller's reach that have spent most; not the deleted ones. */
export async function listKeysBySpend(db: Kysely<Database>, access: Access): Promise<KeyTable[]> {
  const userId = visibleUserId(access, null);
  return db
    .selectFrom('keys')
    .selectAll()
    .where('deleted_at', 'is', null)
    .$if(userId !== null, (query) => query.where('user_id', '=', userId ?? ''))
    .orderBy('spend_nano_usd', 'desc')
    .orderBy('key_hash', 'desc')
    .limit(mostRows)
    .execute();
}

/** Reads the users within the caller's reach that have spent most, or the one that is wanted. */
export async function listUsersBySpend(
  db: Kysely<Database>,
  access: Access,
  wantedUserId: string | null,
): Promise<UserTable[]> {
  const userId = visibleUserId(access, wantedUserId);
  return db
    .selectFrom('users')
    .selectAll()
    .$if(userId !== null, (query) => query.where('user_id', '=', userId ?? ''))
    .orderBy('spend_nano_usd', 'desc')
    .orderBy('user_id', 'desc')
    .limit(mostRows)
    .execute();
}

/**
 * Reads every tag, or every customer, that occurs within the caller's reach, by name. Of everybody those with a series,
 * and those of the last minutes, which have none yet; of a person those in the person's rollups.
 */
export async function listNames(
  db: Kysely<Database>,
  access: Access,
  dimension: 'tag' | 'end_user',
): Promise<string[]> {
  const userId = visibleUserId(access, null);
  const name = sql.ref(dimension);
  const rollups = sql.table(dimension === 'tag' ? 'tag_rollups' : 'customer_rollups');
  const kind = dimension === 'tag' ? 'tag' : 'customer';
  const names =
    userId === null
      ? // With `|| ''`, which changes nothing, SQLite goes through the last minutes and not through all names.
        sql`select ${name} as name from usage_series where kind = ${kind}
          union select ${name} || '' as name from ${rollups} where quarter_hour_at >= ${await readClosedUntil(db)}`
      : sql`select distinct ${name} as name from ${rollups} where user_id = ${userId}`;
  const { rows } = await sql<{ name: string }>`${names} order by name`.execute(db);
  return rows.map((row) => row.name);
}
