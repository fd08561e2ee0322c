import type { Call } from '../../http/call.ts';
import { findKey, type KeyRelation, keyNotFound, mayRead, refuseKey, toKeyHash } from '../../management/keys/index.ts';
import type { Storage } from '../../storage/open-storage.ts';
import type { KeyCaller } from '../caller.ts';
import { type EffectiveLimit, isExhausted, isOfRoute } from '../effective-limits.ts';
import type { GatewayParts } from '../gateway-parts.ts';
import { isResetDue } from '../reset-due.ts';

/** What it takes to ask the data plane about a key. */
export type AskingParts = Pick<
  GatewayParts,
  'callers' | 'customers' | 'configuredBudgets' | 'catalog' | 'counters' | 'now' | 'resetDueBudgets' | 'settings'
> & { readonly storage: Storage };

/**
 * The key that is asked about, as admission sees it, with what the asker is to it.
 * @param named a secret or a hash; null: the calling key.
 * @throws ApiError 400 when no key is meant, 403 and 404 as `/key/info`, 404 for one that was deleted.
 */
export async function findAskedKey(
  parts: AskingParts,
  call: Call,
  named: string | null,
): Promise<{ caller: KeyCaller; relation: KeyRelation }> {
  const keyHash = named === null ? call.principal.keyHash : toKeyHash(named);
  if (keyHash === null) {
    throw refuseKey(400, 'No key is named. Send key, a secret or a hash as /key/list shows it.');
  }
  const found = await findKey(parts.storage.db, call.access, keyHash);
  if (!found) throw keyNotFound();
  if (!mayRead(found.relation)) {
    throw refuseKey(403, `You are not allowed to access this key's info. Your role=${call.principal.role}`);
  }
  if (found.row.deleted_at !== null) throw refuseKey(404, 'This key was deleted. No call with it is let in.');
  const read = () => parts.callers.find(found.row.key_hash, parts.now());
  let caller = await read();
  if (caller && isResetDue(caller, parts.now())) {
    await parts.resetDueBudgets();
    caller = await read();
  }
  if (!caller) throw keyNotFound();
  return { caller, relation: found.relation };
}

/** Whether the caller may see what the owner of the key may spend and has spent. */
export function seesPersons({ administers, isOwner, isKeyItself }: KeyRelation): boolean {
  return administers || isOwner || isKeyItself;
}

/** What all of the gateway, a provider or a deployment has spent is for admins to know, unless it is what stops the key. */
export function seesLimit(limit: EffectiveLimit, relation: KeyRelation): boolean {
  const isOfEverybody = limit.scope === 'proxy' || isOfRoute(limit.scope);
  return !isOfEverybody || relation.everything || isExhausted(limit);
}
