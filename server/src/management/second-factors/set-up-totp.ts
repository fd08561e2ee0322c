import type { Transaction } from 'kysely';
import type * as z from 'zod/mini';
import type { AuditEntry } from '../../audit/change.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { sessionNeeded } from '../../http/credential-errors.ts';
import type { Database } from '../../storage/database.ts';
import type { Parts } from '../parts.ts';
import { confirmPassword, type SignInThrottle } from '../passwords/index.ts';
import * as codes from './one-time-codes.ts';
import type { beginTotp as beginEndpoint, confirmTotp as confirmEndpoint } from './second-factors.contract.ts';
import './second-factors.table.ts';

type Confirmed = z.infer<(typeof confirmEndpoint)['result']>;

/**
 * Makes a secret for an authenticator app. Signing in stays as it is until a first code confirms it.
 * @throws ApiError 400 for a wrong password and when an app is set up already; else as `confirmPassword`.
 */
export async function beginTotp(
  parts: Parts,
  throttle: SignInThrottle,
  call: Call,
  input: { password: string },
): Promise<z.infer<(typeof beginEndpoint)['result']>> {
  const account = await confirmPassword(parts, throttle, call, {
    path: '/user/totp/begin',
    param: 'password',
    password: input.password,
  });
  const { secret, url } = codes.createTotpSecret(account.userEmail ?? account.userId);
  return parts.changes.change(call.context, async (tx) => {
    await tx.deleteFrom('totp').where('user_id', '=', account.userId).where('confirmed_at', 'is', null).execute();
    const { numInsertedOrUpdatedRows } = await tx
      .insertInto('totp')
      .values({
        user_id: account.userId,
        sealed_secret: codes.sealTotpSecret(parts, account.userId, secret),
        confirmed_at: null,
        last_used_step: 0,
        created_at: parts.now(),
      })
      .onConflict((conflict) => conflict.column('user_id').doNothing())
      .executeTakeFirst();
    if (numInsertedOrUpdatedRows !== 1n) {
      throw refused('An authenticator app is set up already. Remove it first, to set up another.', 'None');
    }
    return { result: { secret, otpauth_url: url }, audit: entry(account.userId, { totp: 'begun' }) };
  });
}

/**
 * Switches the authenticator app on with a first code.
 * @returns the recovery codes, which are nowhere else.
 * @throws ApiError 400 when nothing was begun and for a wrong code; 429 after too many wrong ones.
 */
export async function confirmTotp(
  parts: Parts,
  throttle: SignInThrottle,
  call: Call,
  input: { code: string },
): Promise<Confirmed> {
  const { sessionHash, userId } = call.principal;
  if (sessionHash === null || userId === null) throw sessionNeeded('/user/totp/confirm');
  const totp = await parts.storage.db
    .selectFrom('totp')
    .selectAll()
    .where('user_id', '=', userId)
    .where('confirmed_at', 'is', null)
    .executeTakeFirst();
  if (!totp) throw refused('Nothing waits to be confirmed. Begin with POST /user/totp/begin.', 'None');
  const step = await throttle.attempt({ account: `second factor ${userId}`, ip: `user ${userId}` }, async () =>
    codes.stepOfCode(parts, userId, totp.sealed_secret, input.code.replaceAll(' ', '')),
  );
  if (step === null) throw refused('This code is wrong. Is the clock of the device right? Try the next one.', 'code');
  return parts.changes.change(call.context, async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('totp')
      .set({ confirmed_at: parts.now(), last_used_step: step })
      .where('user_id', '=', userId)
      .where('sealed_secret', '=', totp.sealed_secret)
      .where('confirmed_at', 'is', null)
      .executeTakeFirst();
    if (numUpdatedRows !== 1n) throw refused('Nothing waits to be confirmed (any more).', 'None');
    const recoveryCodes = await codes.renewRecoveryCodes(tx, userId);
    return { result: { recovery_codes: recoveryCodes }, audit: entry(userId, { totp: 'enabled' }) };
  });
}

/** Switches the authenticator app off; the recovery codes go with it. @throws ApiError as `confirmPassword`. */
export async function removeTotp(
  parts: Parts,
  throttle: SignInThrottle,
  call: Call,
  input: { password: string },
): Promise<{ totp_enabled: boolean }> {
  const confirmation = { path: '/user/totp/remove', param: 'password', password: input.password };
  const { userId } = await confirmPassword(parts, throttle, call, confirmation);
  return parts.changes.change(call.context, async (tx) => {
    await deleteTotp(tx, userId);
    return { result: { totp_enabled: false }, audit: entry(userId, { totp: 'removed' }) };
  });
}

/**
 * Makes new recovery codes in place of the old ones.
 * @throws ApiError 400 without an authenticator app; else as `confirmPassword`.
 */
export async function renewRecoveryCodes(
  parts: Parts,
  throttle: SignInThrottle,
  call: Call,
  input: { password: string },
): Promise<Confirmed> {
  const confirmation = { path: '/user/recovery_codes/renew', param: 'password', password: input.password };
  const { userId } = await confirmPassword(parts, throttle, call, confirmation);
  return parts.changes.change(call.context, async (tx) => {
    const totp = await tx
      .selectFrom('totp')
      .select('user_id')
      .where('user_id', '=', userId)
      .where('confirmed_at', 'is not', null)
      .executeTakeFirst();
    if (!totp) throw refused('Recovery codes stand in for an authenticator app. Set one up first.', 'None');
    const recoveryCodes = await codes.renewRecoveryCodes(tx, userId);
    return { result: { recovery_codes: recoveryCodes }, audit: entry(userId, { recovery_codes: 'renewed' }) };
  });
}

/** Removes authenticator app and recovery codes of a person. @returns true when there was one. */
export async function deleteTotp(tx: Transaction<Database>, userId: string): Promise<boolean> {
  await tx.deleteFrom('recovery_codes').where('user_id', '=', userId).execute();
  const { numDeletedRows } = await tx.deleteFrom('totp').where('user_id', '=', userId).executeTakeFirst();
  return numDeletedRows > 0n;
}

/** The audit entry of a change of somebody's second factor. */
function entry(userId: string, after: Record<string, unknown>): AuditEntry {
  return { action: 'updated', object: { type: 'user', id: userId }, after };
}

function refused(message: string, param: string): ApiError {
  return new ApiError(400, message, { type: 'validation_error', param });
}
