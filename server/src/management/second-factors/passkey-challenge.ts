import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Transaction } from 'kysely';
import { ApiError } from '../../http/api-error.ts';
import type { Database } from '../../storage/database.ts';
import type { Parts } from '../parts.ts';
import { deriveKey } from '../sessions/index.ts';
import './second-factors.table.ts';

const lifetimeMs = 5 * 60_000;
const randomLength = 16;
const instantLength = 8;

/**
 * A challenge that needs no row: random bytes, the instant at which it ends, and a signature over both and over what it
 * is for. Anybody may ask for one before signing in, so asking must cost nothing that lasts.
 * @param binding what the answer may be used for, such as `sign-in` or `add <session>`.
 */
export function createPasskeyChallenge(parts: Parts, binding: string): Uint8Array<ArrayBuffer> {
  const head = Buffer.concat([randomBytes(randomLength), instantBytes(parts.now() + lifetimeMs)]);
  return Uint8Array.from(Buffer.concat([head, signatureOf(parts, binding, head)]));
}

/** True for a challenge that was made here, for this, and has not ended. @param challenge in base64url. */
export function isPasskeyChallenge(parts: Parts, binding: string, challenge: string): boolean {
  const bytes = Buffer.from(challenge, 'base64url');
  const head = bytes.subarray(0, randomLength + instantLength);
  const signature = signatureOf(parts, binding, head);
  const given = bytes.subarray(randomLength + instantLength);
  if (given.length !== signature.length || !timingSafeEqual(given, signature)) return false;
  return Number(head.readBigUInt64BE(randomLength)) > parts.now();
}

/** Notes that a challenge was answered. @throws ApiError 401 when it was before: no answer works twice. */
export async function consumePasskeyChallenge(
  tx: Transaction<Database>,
  parts: Parts,
  challenge: string,
): Promise<void> {
  const now = parts.now();
  await tx.deleteFrom('used_passkey_challenges').where('expires_at', '<=', now).execute();
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('used_passkey_challenges')
    .values({ challenge_hash: createHash('sha256').update(challenge).digest('hex'), expires_at: now + lifetimeMs })
    .onConflict((conflict) => conflict.column('challenge_hash').doNothing())
    .executeTakeFirst();
  if (numInsertedOrUpdatedRows === 1n) return;
  throw new ApiError(401, 'This answer of a passkey was used before. Begin again.', { type: 'auth_error' });
}

function signatureOf(parts: Parts, binding: string, head: Buffer): Buffer {
  const key = deriveKey(parts.settings.masterKey, 'passkey-challenge');
  return createHmac('sha256', key).update(head).update(binding).digest();
}

function instantBytes(atMs: number): Buffer {
  const bytes = Buffer.alloc(instantLength);
  bytes.writeBigUInt64BE(BigInt(atMs));
  return bytes;
}
