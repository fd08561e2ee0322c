import type { Call } from '../../http/call.ts';
import type { Parts } from '../parts.ts';
import { mayRead } from './get-key.ts';
import { refuseKey } from './key-rules.ts';
import { toKeyHash } from './key-secret.ts';
import { findKey, findKeyByAlias } from './keys.store.ts';
import { type PresentedKey, presentKey } from './present-key.ts';

const mostKeys = 500;

/**
 * Many keys at once, by secret, hash or alias. Those that do not exist, and those that the caller may not see, are
 * left out without a word.
 * @throws ApiError 422 when none is named, 400 for too many.
 */
export async function getKeys(
  parts: Parts,
  call: Call,
  input: { keys?: readonly string[] | null | undefined; key_aliases?: readonly string[] | null | undefined },
): Promise<{ key: string[]; info: PresentedKey[] }> {
  const byAlias = !input.keys?.length;
  const names = (byAlias ? input.key_aliases : input.keys) ?? [];
  if (names.length === 0) throw refuseKey(422, "{'message': 'Malformed request. No keys passed in.'}");
  if (names.length > mostKeys) {
    throw refuseKey(400, `Maximum ${mostKeys} keys can be read at once. Found: ${names.length}`);
  }
  const info: PresentedKey[] = [];
  const { db } = parts.storage;
  for (const name of names) {
    const found = byAlias
      ? await findKeyByAlias(db, call.access, name)
      : await findKey(db, call.access, toKeyHash(name));
    if (found && mayRead(found.relation)) info.push(presentKey(found.row, parts.now()));
  }
  return { key: [...names], info };
}
