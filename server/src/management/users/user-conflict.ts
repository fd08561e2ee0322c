import { type Kysely, sql } from 'kysely';
import { ApiError } from '../../http/api-error.ts';
import type { Database } from '../../storage/database.ts';
import './users.table.ts';

/**
 * Looks for a user who has the id or the e-mail address (whatever its case) already.
 * @param exceptUserId a user who may have them: the one that is being changed.
 * @returns 409 in the contract's words with the value as it is stored; null when both are free.
 */
export async function findUserConflict(
  db: Kysely<Database>,
  wanted: { userId: string | null; email: string | null; exceptUserId?: string },
): Promise<ApiError | null> {
  if (wanted.userId !== null) {
    const sameId = await db
      .selectFrom('users')
      .select('user_id')
      .where('user_id', '=', wanted.userId)
      .executeTakeFirst();
    if (sameId) return conflict(`User with id ${sameId.user_id} already exists`);
  }
  if (wanted.email !== null) {
    const sameEmail = await db
      .selectFrom('users')
      .select(['user_id', 'user_email'])
      .where(sql<boolean>`lower(user_email) = ${wanted.email.toLowerCase()}`)
      .where('user_id', '!=', wanted.exceptUserId ?? '')
      .executeTakeFirst();
    if (sameEmail) return conflict(`User with email ${sameEmail.user_email} already exists`);
  }
  return null;
}

/** LiteLLM wraps the text of this refusal as the text of a dict, and its clients look for that. */
function conflict(text: string): ApiError {
  return new ApiError(409, `{'error': '${text}'}`, { type: 'internal_server_error', param: 'None' });
}
