import { type Kysely, sql } from 'kysely';
import type { Access } from '../../access/principal.ts';
import type { Database } from '../../storage/database.ts';
import '../keys/keys.table.ts';
import type { KeyTable } from '../keys/keys.table.ts';
import '../users/users.table.ts';
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
    .orderBy('key_hash')
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
    .orderBy('user_id')
    .limit(mostRows)
    .execute();
}

/** Reads every tag, or every customer, that occurs within the caller's reach, by name. */
export async function listNames(
  db: Kysely<Database>,
  access: Access,
  dimension: 'tag' | 'end_user',
): Promise<string[]> {
  const userId = visibleUserId(access, null);
  const { rows } = await sql<{ name: string }>`
    select distinct ${sql.ref(dimension)} as name from ${sql.table(dimension === 'tag' ? 'tag_rollups' : 'customer_rollups')}
    where ${userId === null ? sql`1 = 1` : sql`user_id = ${userId}`} order by name`.execute(db);
  return rows.map((row) => row.name);
}
