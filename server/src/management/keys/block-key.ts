import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { describeKey, endGracePeriods } from './delete-key-rows.ts';
import { refuseKey } from './key-rules.ts';
import { toKeyHash } from './key-secret.ts';
import { findKey } from './keys.store.ts';
import { type PresentedKey, presentKey } from './present-key.ts';

/**
 * Blocks a key, or lets it work again. Only for admins of the gateway and of the key's team: an owner who could
 * unblock would undo an admin's decision.
 * @throws ApiError 400 for something that is no key, 404 for an unknown one, 403.
 */
export async function setKeyBlocked(
  parts: Parts,
  call: Call,
  input: { key: string },
  blocked: boolean,
): Promise<PresentedKey & { token: string }> {
  if (!input.key.startsWith('sk-') && !/^[0-9a-f]{64}$/.test(input.key)) throw refuseKey(400, 'Invalid key format.');
  const now = parts.now();
  return parts.changes.change(call.context, async (tx) => {
    const found = await findKey(tx, call.access, toKeyHash(input.key));
    if (!found || found.row.deleted_at !== null) {
      throw new ApiError(404, 'Key not found.', { type: 'not_found_error', param: 'key' });
    }
    if (!found.relation.administers) {
      throw adminsOnly(call, blocked ? '/key/block' : '/key/unblock');
    }
    const row = {
      ...found.row,
      // The time of the first block stays when a key is blocked again.
      blocked_at: blocked ? (found.row.blocked_at ?? now) : null,
      updated_at: now,
      updated_by: call.principal.userId ?? '',
    };
    await tx
      .updateTable('keys')
      .set({ blocked_at: row.blocked_at, updated_at: row.updated_at, updated_by: row.updated_by })
      .where('key_hash', '=', row.key_hash)
      .execute();
    if (blocked) await endGracePeriods(tx, [row.key_hash], now);
    return {
      result: { ...presentKey(row, now), blocked, token: row.key_hash },
      audit: {
        action: blocked ? 'blocked' : 'unblocked',
        object: { type: 'key', id: row.key_hash },
        before: describeKey(found.row),
        after: describeKey(row),
      },
    };
  });
}

/** 403 in the contract's words, for what only admins may do to a key. */
export function adminsOnly(call: Call, what: string): ApiError {
  return refuseKey(
    403,
    `Only proxy admins, team admins, or org admins can call ${what}. user_role=${call.principal.role}, user_id=${call.principal.userId}`,
  );
}
