import { createHash, timingSafeEqual } from 'node:crypto';
import { sql } from 'kysely';
import type * as z from 'zod/mini';
import { masterUserId } from '../../access/principal.ts';
import { authError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { disabledUser } from '../../http/credential-errors.ts';
import type { Parts } from '../parts.ts';
import { type SignInThrottle, verifyPassword } from '../passwords/index.ts';
import { checkSecondFactor } from '../second-factors/index.ts';
import { isKnownAddress, knownBrowser } from '../sessions/index.ts';
import { lockUser } from '../users/index.ts';
import type { UserTable } from '../users/users.table.ts';
import { checkMayUsePassword, type ProviderSignIn } from './provider-sign-in.ts';
import type { signIn as endpoint } from './sign-in.contract.ts';
import { contextOf, handOverSession, startSession } from './start-session.ts';

type Input = z.infer<NonNullable<(typeof endpoint)['input']>>;

/**
 * Signs in: `UI_USERNAME` with `UI_PASSWORD` as the holder of the master key, anybody else with e-mail address and
 * password, and with a second factor where they have set one up. Unknown names, people without a password and wrong
 * passwords get the same words after the same work.
 * @throws ApiError 401 for wrong credentials, disabled accounts and a second factor that is missing or wrong, 403 for
 * people who have to sign in with a provider, 429 after too many failures.
 */
export async function signIn(
  parts: Parts,
  throttle: SignInThrottle,
  providers: ProviderSignIn,
  call: Call,
  input: Input,
): Promise<z.infer<(typeof endpoint)['result']>> {
  const username = input.username.trim();
  const browser = knownBrowser(parts, call, username);
  const guess = {
    ...{ account: username, ip: call.ip, browser },
    isKnownAddress: () => isKnownAddress(parts, call.ip, username),
  };
  const account = await throttle.attempt(guess, () => findAccount(parts, username, input.password, browser !== null));
  if (!account) throw invalidCredentials(username);
  if (account.disabled_at !== null) throw disabledUser(account.user_id);
  await checkSecondFactor(parts, throttle, call, account.user_id, input.one_time_code, browser);
  await checkMayUsePassword(parts, providers, account.user_id);
  const { user, session } = await parts.changes.change(contextOf(call, account), async (tx) => {
    const user = await lockUser(tx, account.user_id);
    // The password may have been changed while we were checking the old one, and its sessions ended.
    if (!user || user.password_hash !== account.password_hash) throw invalidCredentials(username);
    if (user.disabled_at !== null) throw disabledUser(user.user_id);
    const { session, audit } = await startSession(tx, parts, call, user, 'username_password');
    return { result: { user, session }, audit };
  });
  const token = await handOverSession(parts, call, user, 'username_password', session);
  return { redirect_url: `${call.baseUrl}/ui/?login=success`, token };
}

/** The account that the credentials belong to; null when they are wrong. */
async function findAccount(
  parts: Parts,
  username: string,
  password: string,
  isKnown: boolean,
): Promise<UserTable | null> {
  const { uiUsername, uiPassword } = parts.settings;
  const isMasterName = isSameText(username, uiUsername);
  const isMasterPassword = isSameText(password, uiPassword);
  const users = parts.storage.db.selectFrom('users').selectAll();
  if (isMasterName && isMasterPassword && uiPassword !== '') {
    return (await users.where('user_id', '=', masterUserId).executeTakeFirst()) ?? null;
  }
  const user = await users.where(sql<boolean>`lower(user_email) = ${username.toLowerCase()}`).executeTakeFirst();
  const isRight = await verifyPassword(password, user?.password_hash ?? null, isKnown ? 'first' : 'last');
  return user && isRight ? user : null;
}

/** Compares in a time that does not depend on where the texts differ, nor on their lengths. */
function isSameText(one: string, other: string): boolean {
  const [first, second] = [one, other].map((text) => createHash('sha256').update(text).digest());
  return first !== undefined && second !== undefined && timingSafeEqual(first, second);
}

function invalidCredentials(username: string) {
  return authError(
    401,
    `Invalid credentials used to access UI.\nNot valid credentials for ${username.slice(0, 320)}`,
    'auth_error',
    'invalid_credentials',
  );
}
