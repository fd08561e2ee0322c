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

/**
 * An e-mail address as it is stored: trimmed, otherwise as it was written. Letters beyond ASCII become lower
 * case, since the databases' `lower()`, which keeps addresses unique, does not know them all.
 * @returns null for an absent or empty address.
 * @throws ApiError 400 for a text that cannot be an address.
 */
export function parseEmail(text: string | null | undefined): string | null {
  const email = text?.trim().normalize('NFC') ?? '';
  if (email === '') return null;
  if (email.length > 320 || !/^[^\s@\p{C}]+@[^\s@\p{C}]+$/u.test(email)) {
    throw new ApiError(400, 'user_email must be an e-mail address such as ann@example.com: one @, no blanks.', {
      type: 'bad_request_error',
      param: 'user_email',
    });
  }
  return /^[\x21-\x7e]+$/.test(email) ? email : email.toLowerCase();
}
