import type * as z from 'zod/mini';
import { masterUserId } from '../../access/principal.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { passwordResetLink } from '../../http/console-links.contract.ts';
import type { Parts } from '../parts.ts';
import { lockUser } from '../users/index.ts';
import { mailPasswordReset } from './mail-password-reset.ts';
import type { createResetLink as endpoint } from './password-resets.contract.ts';
import { insertPasswordReset } from './password-resets.store.ts';

type Input = z.infer<NonNullable<(typeof endpoint)['input']>>;

/**
 * Makes a link with which a user sets a new password: an admin never has to know one. The old password works until the
 * link is used.
 * @throws ApiError 404 for an unknown user; 400 for the row of the master key and for a disabled user.
 */
export async function createResetLink(
  parts: Parts,
  call: Call,
  input: Input,
): Promise<z.infer<(typeof endpoint)['result']>> {
  const { user_id: userId } = input;
  if (userId === masterUserId) {
    throw new ApiError(
      400,
      `${masterUserId} signs in with UI_USERNAME and UI_PASSWORD, which are set where the gateway runs.`,
    );
  }
  return parts.changes.change(call.context, async (tx) => {
    const user = await lockUser(tx, userId);
    if (!user) {
      throw new ApiError(404, `User not found: ${userId.slice(0, 200)}`, { type: 'not_found', param: 'user_id' });
    }
    if (user.disabled_at !== null) {
      throw new ApiError(400, 'This account is disabled. Enable it first: /user/enable.', { param: 'user_id' });
    }
    const createdBy = call.principal.userId ?? '';
    const { token, row, audit } = await insertPasswordReset(tx, { userId, createdBy, now: parts.now() });
    const email = input.send_email
      ? await mailPasswordReset(tx, parts, { user, token, baseUrl: call.baseUrl })
      : { status: 'not_requested', message: 'No mail was sent. Hand over the link yourself.' };
    return {
      result: {
        user_id: userId,
        reset_url: passwordResetLink(call.baseUrl, token),
        expires_at: new Date(row.expires_at).toISOString(),
        email,
      },
      audit,
    };
  });
}
