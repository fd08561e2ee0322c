import { authError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import type { SignInThrottle } from '../passwords/index.ts';
import { consumeRecoveryCode, consumeStep, hasRecoveryCode, stepOfCode } from './one-time-codes.ts';
import './second-factors.table.ts';

/** How somebody who knows the password proved that it is them; null where nobody asks for more than the password. */
export type SecondFactor = 'totp' | 'recovery_code' | null;

/**
 * Asks for the second factor of somebody whose password was right, where they have set one up. A code works once. Wrong
 * codes are counted for the account alone, from wherever they come: who guesses here knows the password. The owner's
 * browser has a count of its own, so that they still get in.
 * @param code of the authenticator app, or a recovery code.
 * @param browser its name when the account has signed in with it before.
 * @throws ApiError 401 with `param: second_factor` when a code is needed, and `one_time_code` when it is wrong; 429 after
 * too many wrong ones.
 */
export async function checkSecondFactor(
  parts: Parts,
  throttle: SignInThrottle,
  call: Call,
  userId: string,
  code: string | undefined,
  browser: string | null = null,
): Promise<SecondFactor> {
  const { db } = parts.storage;
  const totp = await db
    .selectFrom('totp')
    .selectAll()
    .where('user_id', '=', userId)
    .where('confirmed_at', 'is not', null)
    .executeTakeFirst();
  if (!totp) return null;
  const given = code?.trim() ?? '';
  if (given === '') {
    throw authError(
      401,
      'This account has a second factor. Send the code of its authenticator app, or a recovery code, as one_time_code.',
      'auth_error',
      'second_factor',
    );
  }
  const guess = { account: `second factor ${userId}`, ip: `user ${userId}`, browser };
  const factor = await throttle.attempt(guess, async () => {
    const step = stepOfCode(parts, userId, totp.sealed_secret, given.replaceAll(' ', ''));
    if (step !== null) return (await consumeStep(db, userId, step)) ? 'totp' : null;
    return (await signInByRecoveryCode(parts, call, userId, given)) ? 'recovery_code' : null;
  });
  if (factor === null) throw wrongCode();
  return factor;
}

async function signInByRecoveryCode(parts: Parts, call: Call, userId: string, code: string): Promise<boolean> {
  if (!(await hasRecoveryCode(parts.storage.db, userId, code))) return false;
  const context = { ...call.context, principal: { ...call.principal, userId } };
  return parts.changes.change(context, async (tx) => {
    if (!(await consumeRecoveryCode(tx, userId, code, parts.now()))) throw wrongCode();
    const audit = {
      action: 'updated',
      object: { type: 'user', id: userId },
      after: { used_a_recovery_code: true },
    } as const;
    return { result: true, audit };
  });
}

function wrongCode() {
  return authError(
    401,
    'This code is wrong or was used before. Wait for the next one, or use a recovery code.',
    'auth_error',
    'one_time_code',
  );
}
