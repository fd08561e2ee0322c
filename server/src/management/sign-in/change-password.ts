import type * as z from 'zod/mini';
import type { AuditEntry } from '../../audit/change.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { revokePasswordResets } from '../password-resets/index.ts';
import {
  checkPasswordPolicy,
  confirmPassword,
  hashPassword,
  passwordRefused,
  type SignInThrottle,
} from '../passwords/index.ts';
import { revokeSessionsOfUser } from '../sessions/index.ts';
import { lockUser } from '../users/index.ts';
import type { changePassword as endpoint } from './sign-in.contract.ts';

type Input = z.infer<NonNullable<(typeof endpoint)['input']>>;

/**
 * Changes the caller's own password and ends their other sessions and open links to a new one. A password that an admin had set counts as
 * changed from now on.
 * @throws ApiError 403 for a caller without a session; 400 for a wrong current password, a new one that breaks the
 * policy or is the old one, and for the holder of the master key; 429 after too many wrong ones.
 */
export async function changePassword(
  parts: Parts,
  throttle: SignInThrottle,
  call: Call,
  input: Input,
): Promise<z.infer<(typeof endpoint)['result']>> {
  const { userId, sessionHash, passwordHash } = await confirmPassword(parts, throttle, call, {
    path: '/user/password/change',
    param: 'current_password',
    password: input.current_password,
  });
  checkPasswordPolicy(parts.settings.passwordPolicy, input.new_password);
  if (input.new_password === input.current_password) {
    throw passwordRefused('The new password is the current one. Choose another.');
  }
  const newHash = await hashPassword(input.new_password);
  return parts.changes.change(call.context, async (tx) => {
    const user = await lockUser(tx, userId);
    if (user?.password_hash !== passwordHash) {
      throw new ApiError(400, 'Current password is incorrect.', {
        type: 'validation_error',
        param: 'current_password',
      });
    }
    const now = parts.now();
    await tx
      .updateTable('users')
      .set({ password_hash: newHash, password_reset_required_at: null, updated_at: now, updated_by: userId })
      .where('user_id', '=', userId)
      .execute();
    await revokePasswordResets(tx, userId, now);
    const ended = await revokeSessionsOfUser(tx, userId, now, sessionHash);
    const audit: [AuditEntry, ...AuditEntry[]] = [
      { action: 'updated', object: { type: 'user', id: userId }, after: { password_hash: newHash } },
      ...ended.map((object): AuditEntry => ({ action: 'signed-out', object })),
    ];
    return { result: { user_id: userId, message: 'Password updated successfully.' }, audit };
  });
}
