import type * as z from 'zod/mini';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { loadWindowUsage } from '../budgets/index.ts';
import type { Parts } from '../parts.ts';
import { presentUser } from './present-user.ts';
import type { getUserRow as endpoint } from './users.contract.ts';
import { findMemberOfAdmin, findUser, type UserRecord } from './users.store.ts';

/**
 * One user without keys and teams. Team admins see the members of their teams, unless their role only views.
 * @throws ApiError 400 without an id; 404 for an unknown user and for one whom the caller may not see, in the same words.
 */
export async function getUserRow(
  parts: Parts,
  call: Call,
  input: { user_id?: string | undefined },
): Promise<z.infer<(typeof endpoint)['result']>> {
  if (!input.user_id) {
    throw new ApiError(400, 'user_id is required: /v2/user/info?user_id=…', {
      type: 'bad_request_error',
      param: 'user_id',
    });
  }
  const user = await findVisible(parts, call, input.user_id);
  if (!user) {
    throw new ApiError(404, `User not found: ${input.user_id.slice(0, 200)}`, { type: 'not_found', param: 'user_id' });
  }
  const { model_max_budget_usage } = await loadWindowUsage(parts, { owner: 'user', ownerId: user.user_id }, user);
  return { ...presentUser(user, parts.now()), model_max_budget_usage };
}

async function findVisible({ storage }: Parts, { access }: Call, userId: string): Promise<UserRecord | null> {
  const user = await findUser(storage.db, access, userId);
  const adminId = access.principal.userId;
  if (user || access.principal.role !== 'internal_user' || adminId === null) return user;
  return findMemberOfAdmin(storage.db, adminId, userId);
}
