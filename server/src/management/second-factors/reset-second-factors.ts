import type * as z from 'zod/mini';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { lockUser } from '../users/index.ts';
import type { resetSecondFactors as endpoint } from './second-factors.contract.ts';
import { deleteTotp } from './set-up-totp.ts';

/**
 * Removes every second factor of a user: for somebody who has lost their device and their recovery codes. The password
 * stays as it is, and sessions go on.
 * @throws ApiError 404 for an unknown user.
 */
export async function resetSecondFactors(
  parts: Parts,
  call: Call,
  { user_id: userId }: { user_id: string },
): Promise<z.infer<(typeof endpoint)['result']>> {
  return parts.changes.change(call.context, async (tx) => {
    if (!(await lockUser(tx, userId))) {
      throw new ApiError(404, `User not found: ${userId.slice(0, 200)}`, { type: 'not_found', param: 'user_id' });
    }
    const removedTotp = await deleteTotp(tx, userId);
    const { numDeletedRows } = await tx.deleteFrom('passkeys').where('user_id', '=', userId).executeTakeFirst();
    const result = { user_id: userId, removed_totp: removedTotp, removed_passkeys: Number(numDeletedRows) };
    return {
      result,
      audit: { action: 'reset', object: { type: 'user', id: userId }, after: { second_factors: 'removed', ...result } },
    };
  });
}
