import type { Kysely } from 'kysely';
import type { AuditEntry } from '../../audit/change.ts';
import { ApiError } from '../../http/api-error.ts';
import type { Database } from '../../storage/database.ts';
import { moveKeyWindows } from '../budgets/index.ts';
import { describeKey } from './delete-key-rows.ts';
import { asConflict, assertSecretIsNew, usedSecret } from './insert-key.ts';
import { hashSecret, nameOfSecret } from './key-secret.ts';
import type { KeyTable } from './keys.table.ts';

/** How a key's secret is to be replaced. Instants in epoch milliseconds. */
export interface Replacement {
  readonly secret: string;
  /** Until then the old secret works too; now or earlier: it stops at once. */
  readonly graceEndsAt: number;
  /** What else changes. */
  readonly patch: Partial<KeyTable>;
  readonly replacedAt: number;
}

/**
 * Gives a key a new secret inside a write: the same row, so that spend, budget and everything else stay. The old
 * hash is kept for ever, as the one way to know what spent under it.
 * @returns the row as it is now, and the audit entries; the first one names the old hash, so that caches forget it.
 * @throws ApiError 409 when somebody else replaced the secret at the same time, 400 for a secret that was used before.
 */
export async function replaceSecret(
  tx: Kysely<Database>,
  before: KeyTable,
  replacement: Replacement,
): Promise<{ row: KeyTable; audit: [AuditEntry, AuditEntry] }> {
  const { secret, graceEndsAt, replacedAt } = replacement;
  const keyHash = hashSecret(secret);
  if (keyHash === before.key_hash) throw usedSecret();
  await assertSecretIsNew(tx, keyHash);
  const patch = {
    ...replacement.patch,
    key_hash: keyHash,
    key_name: nameOfSecret(secret),
    rotation_count: before.rotation_count + 1,
    last_rotation_at: replacedAt,
  };
  const row = { ...before, ...patch };
  const updated = await updateRow(tx, before, patch, row.key_alias);
  if (updated === 0n) throw replacedAlready();
  await moveKeyWindows(tx, before.key_hash, keyHash);
  await tx
    .updateTable('previous_key_hashes')
    .set({ key_hash: keyHash })
    .where('key_hash', '=', before.key_hash)
    .execute();
  await tx
    .insertInto('previous_key_hashes')
    .values({
      previous_hash: before.key_hash,
      key_hash: keyHash,
      replaced_at: replacedAt,
      valid_until: Math.max(graceEndsAt, replacedAt),
    })
    .execute();
  return {
    row,
    audit: [
      {
        action: 'regenerated',
        object: { type: 'key', id: before.key_hash },
        after: { replaced_by: keyHash, valid_until: graceEndsAt },
      },
      {
        action: 'updated',
        object: { type: 'key', id: keyHash },
        before: describeKey(before),
        after: describeKey(row),
      },
    ],
  };
}

async function updateRow(
  tx: Kysely<Database>,
  before: KeyTable,
  patch: Partial<KeyTable>,
  alias: string | null,
): Promise<bigint> {
  try {
    const { numUpdatedRows } = await tx
      .updateTable('keys')
      .set(patch)
      .where('key_hash', '=', before.key_hash)
      .where('deleted_at', 'is', null)
      .executeTakeFirst();
    return numUpdatedRows;
  } catch (error) {
    throw asConflict(error, alias);
  }
}

/** 409 for a secret that was replaced before. */
export function replacedAlready(): ApiError {
  return new ApiError(
    409,
    'This secret was replaced already, perhaps at this very moment by somebody else. Name the key by its current hash, which /key/list shows, to replace the secret again.',
    { type: 'bad_request_error', param: 'key' },
  );
}
