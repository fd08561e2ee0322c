import type { Transaction } from 'kysely';
import { masterUserId, type Principal } from '../../access/principal.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Database } from '../../storage/database.ts';
import './users.table.ts';

/**
 * Refuses to take the admin role from the last person who has it. The master key stays an admin whatever happens,
 * so its holder may: nobody is locked out by that.
 * @throws ApiError 400.
 */
export async function checkNotLastAdmin(
  tx: Transaction<Database>,
  principal: Principal,
  userId: string,
): Promise<void> {
  if (principal.userId === masterUserId) return;
  const other = await tx
    .selectFrom('users')
    .select('user_id')
    .where('user_role', '=', 'proxy_admin')
    .where('disabled_at', 'is', null)
    .where('user_id', 'not in', [userId, masterUserId])
    .executeTakeFirst();
  if (other) return;
  throw refused(`User ${userId} is the last proxy_admin, so the role stays. Make somebody else a proxy_admin first.`);
}

/** 400 for a change to the row that stands for the master key. */
export function masterUserIsFixed(what: string): ApiError {
  return refused(`${masterUserId} stands for the master key: ${what}`);
}

function refused(message: string): ApiError {
  return new ApiError(400, message, { type: 'bad_request_error', param: 'None' });
}
