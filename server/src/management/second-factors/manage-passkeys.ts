import { createHash } from 'node:crypto';
import { generateRegistrationOptions, verifyRegistrationResponse } from '@simplewebauthn/server';
import type * as z from 'zod/mini';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { sessionNeeded } from '../../http/credential-errors.ts';
import type { Parts } from '../parts.ts';
import { confirmPassword, type SignInThrottle } from '../passwords/index.ts';
import { consumePasskeyChallenge, createPasskeyChallenge, isPasskeyChallenge } from './passkey-challenge.ts';
import { presentPasskey } from './present-passkey.ts';
import { relyingPartyOf } from './relying-party.ts';
import type {
  beginPasskey as beginEndpoint,
  finishPasskey as finishEndpoint,
  removePasskey as removeEndpoint,
} from './second-factors.contract.ts';
import type { PasskeyTable } from './second-factors.table.ts';

type Added = z.infer<NonNullable<(typeof finishEndpoint)['input']>>;
type Removed = z.infer<NonNullable<(typeof removeEndpoint)['input']>>;

const maxPasskeys = 20;

/**
 * What a browser needs to create a passkey. A passkey signs in alone, so it must ask who is there (a finger, a PIN).
 * @throws ApiError 400 when the account has twenty, and where browsers create none; else as `confirmPassword`.
 */
export async function beginPasskey(
  parts: Parts,
  throttle: SignInThrottle,
  call: Call,
  input: { password: string },
): Promise<z.infer<(typeof beginEndpoint)['result']>> {
  const account = await confirmPassword(parts, throttle, call, {
    path: '/user/passkey/begin',
    param: 'password',
    password: input.password,
  });
  const existing = await parts.storage.db
    .selectFrom('passkeys')
    .select('passkey_id')
    .where('user_id', '=', account.userId)
    .execute();
  if (existing.length >= maxPasskeys) throw refused(`An account can have ${maxPasskeys} passkeys. Remove one first.`);
  const options = await generateRegistrationOptions({
    rpName: 'Latchkey',
    rpID: relyingPartyOf(call.baseUrl).id,
    userName: account.userEmail ?? account.userId,
    userID: Uint8Array.from(createHash('sha256').update(account.userId).digest()),
    challenge: createPasskeyChallenge(parts, `add ${account.sessionHash}`),
    excludeCredentials: existing.map((row) => ({ id: row.passkey_id })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  });
  return { options: { ...options } };
}

/**
 * Adds the passkey that the browser has created for this very session.
 * @throws ApiError 400 for an answer that does not fit what was begun; 401 for one that was used before.
 */
export async function finishPasskey(
  parts: Parts,
  call: Call,
  input: Added,
): Promise<z.infer<(typeof finishEndpoint)['result']>> {
  const { sessionHash, userId } = call.principal;
  if (sessionHash === null || userId === null) throw sessionNeeded('/user/passkey/finish');
  const { challenge, credential } = await verify(parts, call, input, `add ${sessionHash}`);
  const row: PasskeyTable = {
    passkey_id: credential.id,
    user_id: userId,
    name: input.name,
    public_key: Buffer.from(credential.publicKey).toString('base64url'),
    signature_count: credential.counter,
    transports: JSON.stringify(credential.transports ?? []),
    created_at: parts.now(),
    last_used_at: null,
  };
  return parts.changes.change(call.context, async (tx) => {
    await consumePasskeyChallenge(tx, parts, challenge);
    const { numInsertedOrUpdatedRows } = await tx
      .insertInto('passkeys')
      .values(row)
      .onConflict((conflict) => conflict.column('passkey_id').doNothing())
      .executeTakeFirst();
    if (numInsertedOrUpdatedRows !== 1n) throw refused('This passkey is in use already.');
    return {
      result: presentPasskey(row),
      audit: { action: 'updated', object: { type: 'user', id: userId }, after: { added_passkey: input.name } },
    };
  });
}

/** Removes one of the caller’s passkeys. @throws ApiError 404 for another's or none; else as `confirmPassword`. */
export async function removePasskey(
  parts: Parts,
  throttle: SignInThrottle,
  call: Call,
  input: Removed,
): Promise<z.infer<(typeof removeEndpoint)['result']>> {
  const confirmation = { path: '/user/passkey/remove', param: 'password', password: input.password };
  const { userId } = await confirmPassword(parts, throttle, call, confirmation);
  return parts.changes.change(call.context, async (tx) => {
    const removed = await tx
      .deleteFrom('passkeys')
      .where('passkey_id', '=', input.passkey_id)
      .where('user_id', '=', userId)
      .returning('name')
      .executeTakeFirst();
    if (!removed) {
      throw new ApiError(404, 'You have no such passkey. GET /user/second_factors lists yours.', {
        type: 'not_found',
        param: 'passkey_id',
      });
    }
    return {
      result: { passkey_id: input.passkey_id },
      audit: { action: 'updated', object: { type: 'user', id: userId }, after: { removed_passkey: removed.name } },
    };
  });
}

async function verify(parts: Parts, call: Call, { response }: Added, binding: string) {
  const { id, origin } = relyingPartyOf(call.baseUrl);
  const { transports, ...created } = response.response;
  let challenge = '';
  const verification = await verifyRegistrationResponse({
    response: { ...response, response: transports === undefined ? created : { ...created, transports } },
    expectedChallenge: (given) => {
      challenge = given;
      return isPasskeyChallenge(parts, binding, given);
    },
    expectedOrigin: origin,
    expectedRPID: id,
  }).catch(() => null); // The library throws for everything that does not fit.
  if (!verification?.verified) {
    throw refused('This passkey does not fit what was begun here, in the last five minutes. Begin again.');
  }
  return { challenge, credential: verification.registrationInfo.credential };
}

function refused(message: string): ApiError {
  return new ApiError(400, message, { type: 'validation_error', param: 'None' });
}
