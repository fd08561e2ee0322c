import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { deleteKeyRows } from './delete-key-rows.ts';
import { refuseKey } from './key-rules.ts';
import { toKeyHash } from './key-secret.ts';
import { findKey, findKeyByAlias, type KeyRelation } from './keys.store.ts';
import type { KeyTable } from './keys.table.ts';

/** Which keys to end: by secret or hash, or by alias. */
export interface KeysToDelete {
  readonly keys?: readonly string[] | null | undefined;
  readonly key_aliases?: readonly string[] | null | undefined;
}

/**
 * Deletes all of the keys or none. Their owners, admins of their teams and admins of the gateway may.
 * @returns the names as they were passed.
 * @throws ApiError 422 when none is named, 404 when one does not exist, 403 when one is somebody else's.
 */
export async function deleteKeys(parts: Parts, call: Call, input: KeysToDelete): Promise<{ deleted_keys: string[] }> {
  const byAlias = !input.keys?.length;
  const names = byAlias ? input.key_aliases : input.keys;
  if (!names?.length) throw noneNamed();
  return parts.changes.change(call.context, async (tx) => {
    const rows = new Map<string, KeyTable>();
    let missing = 0;
    for (const name of names) {
      const found = byAlias
        ? await findKeyByAlias(tx, call.access, name)
        : await findKey(tx, call.access, toKeyHash(name));
      if (!found || found.row.deleted_at !== null) missing += 1;
      else if (!mayDelete(found.relation))
        throw refuseKey(403, "{'error': 'You are not authorized to delete this key'}");
      else rows.set(found.row.key_hash, found.row);
    }
    if (rows.size === 0) throw noKeysFound();
    const deletion = { deletedBy: call.principal.userId ?? '', deletedAt: parts.now() };
    const audit = await deleteKeyRows(tx, [...rows.values()], deletion);
    const [first, ...rest] = audit;
    if (!first) throw noKeysFound();
    // What somebody else has deleted in the meantime is not there either.
    missing += rows.size - audit.length;
    if (missing > 0) throw someNotFound(missing, names.length);
    return { result: { deleted_keys: [...names] }, audit: [first, ...rest] };
  });
}

function mayDelete(relation: KeyRelation): boolean {
  return relation.isOwner || relation.administers;
}

function noKeysFound(): ApiError {
  return refuseKey(404, "{'error': 'No keys found'}");
}

function someNotFound(missing: number, named: number): ApiError {
  return refuseKey(
    404,
    `{'error': 'Keys not found: ${missing} of ${named}. None was deleted. Leave out those that do not exist and send the rest again.'}`,
  );
}

function noneNamed(): ApiError {
  const message = "At least one of 'keys' or 'key_aliases' must be provided.";
  return new ApiError(422, message, {
    type: 'validation_error',
    detail: [{ type: 'value_error', loc: ['body'], msg: message }],
  });
}
