import type { Transaction } from 'kysely';
import type { Database } from '../../storage/database.ts';
import './users.table.ts';
import type { UserTable } from './users.table.ts';

/**
 * Reads a user so that nobody else changes the person, the invitations or the sessions until the write is over.
 * Writes about a person begin with this: the same order of locks everywhere is what keeps concurrent ones from
 * waiting for each other for ever.
 * @returns null when there is no such user.
 */
export async function lockUser(tx: Transaction<Database>, userId: string): Promise<UserTable | null> {
  const row = await tx
    .updateTable('users')
    // An update that changes nothing takes the row's lock on both engines; `for update` exists on one only.
    .set(({ ref }) => ({ updated_at: ref('users.updated_at') }))
    .where('user_id', '=', userId)
    .returningAll()
    .executeTakeFirst();
  return row ?? null;
}
