import { masterUserId } from '../../access/principal.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { endedSession, sessionNeeded } from '../../http/credential-errors.ts';
import type { Parts } from '../parts.ts';
import '../users/users.table.ts';
import { verifyPassword } from './hash-password.ts';
import type { SignInThrottle } from './sign-in-throttle.ts';

/** The signed-in person who has just shown that they know their password. */
export interface ConfirmedAccount {
  readonly userId: string;
  readonly userEmail: string | null;
  readonly sessionHash: string;
  /** The password's hash at that moment: a write that finds another must not go on. */
  readonly passwordHash: string;
}

/**
 * Asks for the password once more before something that a borrowed console must not be able to do.
 * @param path of the endpoint, for the refusals.
 * @param param the field that holds the password.
 * @throws ApiError 403 for a caller without a session; 400 for a wrong password, for the holder of the master key and
 * for an account that has no password; 429 after too many wrong ones.
 */
export async function confirmPassword(
  parts: Parts,
  throttle: SignInThrottle,
  call: Call,
  { path, param, password }: { path: string; param: string; password: string },
): Promise<ConfirmedAccount> {
  const { sessionHash, userId } = call.principal;
  if (sessionHash === null || userId === null) throw sessionNeeded(path);
  if (userId === masterUserId) {
    throw refused('This account signs in with UI_USERNAME and UI_PASSWORD. Change them where the gateway is set up.');
  }
  const account = await parts.storage.db
    .selectFrom('users')
    .select(['user_email', 'password_hash'])
    .where('user_id', '=', userId)
    .executeTakeFirst();
  if (!account) throw endedSession();
  const passwordHash = account.password_hash;
  if (passwordHash === null) {
    throw refused('This account has no password: it signs in through single sign-on, which has its own second factor.');
  }
  const isRight = await throttle.attempt({ account: `user ${userId}`, ip: call.ip }, async () =>
    (await verifyPassword(password, passwordHash, 'first')) ? true : null,
  );
  if (!isRight) throw new ApiError(400, 'Current password is incorrect.', { type: 'validation_error', param });
  return { userId, userEmail: account.user_email, sessionHash, passwordHash };
}

function refused(message: string): ApiError {
  return new ApiError(400, message, { type: 'validation_error', param: 'password' });
}
