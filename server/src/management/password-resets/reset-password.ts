import type * as z from 'zod/mini';
import type { AuditEntry } from '../../audit/change.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { checkPasswordPolicy, hashPassword, presentPasswordPolicy } from '../passwords/index.ts';
import { rememberBrowser, revokeSessionsOfUser } from '../sessions/index.ts';
import { lockUser } from '../users/index.ts';
import type { openPasswordReset as openEndpoint, resetPassword as resetEndpoint } from './password-resets.contract.ts';
import { consumePasswordReset, findPasswordReset, linkFails, revokePasswordResets } from './password-resets.store.ts';

/**
 * What a link is about. Changes nothing, so that programs that open the links of mails spoil nothing.
 * @throws ApiError 401 for a link that does not work.
 */
export async function openPasswordReset(parts: Parts, call: Call): Promise<z.infer<(typeof openEndpoint)['result']>> {
  const row = await findPasswordReset(parts.storage.db, call.bearer ?? '', parts.now());
  const user = await parts.storage.db
    .selectFrom('users')
    .select('user_email')
    .where('user_id', '=', row.user_id)
    .executeTakeFirstOrThrow();
  return {
    user_email: user.user_email,
    expires_at: new Date(row.expires_at).toISOString(),
    password_policy: presentPasswordPolicy(parts.settings.passwordPolicy),
  };
}

/**
 * Sets a new password with the token of a link, and ends every session of the account. Signs nobody in: who has set up a
 * second factor is asked for it at the next sign-in.
 * @throws ApiError 401 for a link that does not work, 400 for a password that breaks the policy (the link stays unused).
 */
export async function resetPassword(
  parts: Parts,
  call: Call,
  input: { token: string; new_password: string },
): Promise<z.infer<(typeof resetEndpoint)['result']>> {
  const reset = await findPasswordReset(parts.storage.db, input.token, parts.now());
  checkPasswordPolicy(parts.settings.passwordPolicy, input.new_password);
  const passwordHash = await hashPassword(input.new_password);
  const userId = reset.user_id;
  const context = { ...call.context, principal: { ...call.principal, userId } };
  const email = await parts.changes.change(context, async (tx) => {
    const now = parts.now();
    const user = await lockUser(tx, userId);
    if (!user || user.disabled_at !== null) {
      throw new ApiError(401, 'This account is disabled. Ask an admin to enable it.', { type: 'auth_error' });
    }
    if (!(await consumePasswordReset(tx, reset, now))) throw linkFails('This link has already been used.', 'used');
    await tx
      .updateTable('users')
      .set({ password_hash: passwordHash, password_reset_required_at: null, updated_at: now, updated_by: userId })
      .where('user_id', '=', userId)
      .execute();
    await revokePasswordResets(tx, userId, now);
    const ended = await revokeSessionsOfUser(tx, userId, now);
    const audit: [AuditEntry, ...AuditEntry[]] = [
      { action: 'accepted', object: { type: 'password-reset', id: reset.token_hash }, after: { user_id: userId } },
      { action: 'updated', object: { type: 'user', id: userId }, after: { password_hash: passwordHash } },
      ...ended.map((object): AuditEntry => ({ action: 'signed-out', object })),
    ];
    return { result: user.user_email, audit };
  });
  // Whoever reads the account's mail is its owner, also while somebody else guesses at it.
  if (email !== null) rememberBrowser(parts, call, email);
  return {
    message: 'Password updated successfully. Sign in with the new one.',
    login_url: `${call.baseUrl}/ui/login`,
  };
}
