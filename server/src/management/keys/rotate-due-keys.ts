import { systemContext } from '../../audit/change.ts';
import { ApiError } from '../../http/api-error.ts';
import { addDuration } from '../budgets/index.ts';
import type { Parts } from '../parts.ts';
import { generateSecret } from './key-secret.ts';
import { mailRotatedKey } from './mail-key.ts';
import { replaceSecret } from './replace-secret.ts';

/** How many keys are read at a time. */
const batchSize = 200;

/**
 * Replaces the secret of every key whose `rotation_interval` is over. Any number of instances may run this at the
 * same time: each key is rotated exactly once, because the row changes only while its hash and its date are the ones
 * that were read. A gateway that was down catches up in one step. The old secret works for the grace period of the
 * settings; the owner takes a secret by regenerating the key.
 * @param nowMs epoch milliseconds.
 * @returns how many keys this call has rotated.
 */
export async function rotateDueKeys(parts: Parts, nowMs: number = parts.now()): Promise<number> {
  let count = 0;
  for (;;) {
    const due = await parts.storage.db
      .selectFrom('keys')
      .select('key_hash')
      .where('rotate_at', '<=', nowMs)
      .where('deleted_at', 'is', null)
      .orderBy('rotate_at')
      .limit(batchSize)
      .execute();
    for (const { key_hash } of due) if (await rotateKey(parts, key_hash, nowMs)) count += 1;
    if (due.length < batchSize) return count;
  }
}

async function rotateKey(parts: Parts, keyHash: string, now: number): Promise<boolean> {
  try {
    await parts.changes.change(systemContext, async (tx) => {
      const before = await tx
        .selectFrom('keys')
        .selectAll()
        .where('key_hash', '=', keyHash)
        .where('rotate_at', '<=', now)
        .where('deleted_at', 'is', null)
        .executeTakeFirst();
      if (!before) throw rotatedAlready;
      const interval = before.rotation_interval;
      const grace = parts.settings.keyRotationGracePeriod;
      const secret = generateSecret();
      const graceEndsAt = grace ? addDuration(grace, now) : now;
      const { row, audit } = await replaceSecret(tx, before, {
        secret,
        graceEndsAt,
        patch: { rotate_at: interval === null ? null : addDuration(interval, now), updated_at: now },
        replacedAt: now,
      });
      const oldKeyEndsAt = graceEndsAt > now ? graceEndsAt : null;
      await mailRotatedKey(tx, parts, { row, secret, by: null, oldKeyEndsAt });
      return { result: undefined, audit };
    });
    return true;
  } catch (error) {
    if (error === rotatedAlready || (error instanceof ApiError && error.status === 409)) return false;
    throw error;
  }
}

/** Leaves the transaction of a rotation that another instance has made in the meantime. */
const rotatedAlready = new Error('The key was rotated by another instance.');
