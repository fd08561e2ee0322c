import { createHash, randomBytes } from 'node:crypto';
import type { Kysely } from 'kysely';
import { Secret, TOTP } from 'otpauth';
import type { Database } from '../../storage/database.ts';
import { seal, unseal } from '../../storage/seal.ts';
import type { Parts } from '../parts.ts';
import './second-factors.table.ts';

/** RFC 6238 as every authenticator app reads it: six digits of HMAC-SHA-1, a new one every thirty seconds. */
const stepMs = 30_000;
/** One step before and after, for clocks that are not exact (RFC 6238, 5.2). */
const stepsAround = 1;
const recoveryCodeCount = 10;

/** A new secret for an authenticator app. */
export interface NewTotpSecret {
  /** In base32, for typing. */
  readonly secret: string;
  /** `otpauth://totp/…`, for a QR code. */
  readonly url: string;
}

/** Makes a secret of 160 random bits. */
export function createTotpSecret(label: string): NewTotpSecret {
  const secret = new Secret({ size: 20 });
  return { secret: secret.base32, url: new TOTP({ issuer: 'Latchkey', label, secret }).toString() };
}

/** Seals a secret for the row of this person. */
export function sealTotpSecret(parts: Parts, userId: string, secret: string): string {
  return seal({ saltKey: parts.settings.saltKey, purpose: 'one-time codes', id: userId }, secret);
}

/**
 * The step whose code this is; null for a code that is none of the secret's at this time.
 * @param sealedSecret what `sealTotpSecret` made for this person.
 */
export function stepOfCode(parts: Parts, userId: string, sealedSecret: string, code: string): number | null {
  const secret = unseal({ saltKey: parts.settings.saltKey, purpose: 'one-time codes', id: userId }, sealedSecret);
  if (typeof secret !== 'string' || !/^\d{6}$/.test(code)) return null;
  const timestamp = parts.now();
  const delta = TOTP.validate({ token: code, secret: Secret.fromBase32(secret), timestamp, window: stepsAround });
  return delta === null ? null : Math.floor(timestamp / stepMs) + delta;
}

/** Uses a step up. @returns false when it, or a later one, was used before: of any number at once, one succeeds. */
export async function consumeStep(db: Kysely<Database>, userId: string, step: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('totp')
    .set({ last_used_step: step })
    .where('user_id', '=', userId)
    .where('last_used_step', '<', step)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Replaces the recovery codes of a person. @returns the new ones, which are stored as hashes only. */
export async function renewRecoveryCodes(db: Kysely<Database>, userId: string): Promise<string[]> {
  const codes = Array.from({ length: recoveryCodeCount }, createRecoveryCode);
  await db.deleteFrom('recovery_codes').where('user_id', '=', userId).execute();
  await db
    .insertInto('recovery_codes')
    .values(codes.map((code) => ({ user_id: userId, code_hash: hashRecoveryCode(code), used_at: null })))
    .execute();
  return codes;
}

/** True for a recovery code that nobody has used. */
export async function hasRecoveryCode(db: Kysely<Database>, userId: string, code: string): Promise<boolean> {
  const row = await db
    .selectFrom('recovery_codes')
    .select('user_id')
    .where('user_id', '=', userId)
    .where('code_hash', '=', hashRecoveryCode(code))
    .where('used_at', 'is', null)
    .executeTakeFirst();
  return row !== undefined;
}

/** Uses a recovery code up. @returns false for one that is unknown or used. */
export async function consumeRecoveryCode(
  db: Kysely<Database>,
  userId: string,
  code: string,
  nowMs: number,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('recovery_codes')
    .set({ used_at: nowMs })
    .where('user_id', '=', userId)
    .where('code_hash', '=', hashRecoveryCode(code))
    .where('used_at', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789';

/** Sixteen letters and digits (80 bits) that nobody confuses, in groups of four. */
function createRecoveryCode(): string {
  const letters = Array.from(randomBytes(16), (byte) => alphabet[byte % alphabet.length]).join('');
  return letters.replace(/(.{4})(?=.)/g, '$1-');
}

function hashRecoveryCode(code: string): string {
  return createHash('sha256').update(code.toLowerCase().replace(/[\s-]/g, '')).digest('hex');
}
