import type { Kysely } from 'kysely';
import type { Database } from '../../storage/database.ts';
import '../keys/keys.table.ts';

/** How the calls of the master key stand in the books. */
export const masterKeyAlias = 'litellm_proxy_master_key';

const hashesAtATime = 500;

/**
 * Every hash that keys have and had, each named by any of its own, or by its alias. Usage is kept under the hash that
 * was used.
 */
export async function hashesOfKeys(db: Kysely<Database>, names: readonly string[]): Promise<string[]> {
  const keyHashes: string[] = [];
  for (const name of names) keyHashes.push(isHash(name) ? name : ((await hashOfAlias(db, name)) ?? name));
  const newer = await currentHashes(db, keyHashes);
  const current = [...new Set(keyHashes.map((hash) => newer.get(hash) ?? hash))];
  return [...current, ...(await earlierHashes(db, current)).keys()];
}

/** The calls of the master key stand under a word in place of a hash; no key is meant by it. */
function isHash(name: string): boolean {
  return name === masterKeyAlias || /^[0-9a-f]{64}$/.test(name);
}

/** The hash of the key that has the alias now. */
async function hashOfAlias(db: Kysely<Database>, alias: string): Promise<string | null> {
  const key = await db
    .selectFrom('keys')
    .select('key_hash')
    .where('key_alias', '=', alias)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  return key?.key_hash ?? null;
}

/** The hashes of today of keys whose secrets were replaced, by the given ones; those that are current are missing. */
export async function currentHashes(
  db: Kysely<Database>,
  keyHashes: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  return readPairs(keyHashes, (slice) =>
    db
      .selectFrom('previous_key_hashes')
      .select(['previous_hash', 'key_hash'])
      .where('previous_hash', 'in', slice)
      .execute(),
  );
}

/** The hashes that keys had earlier, each with the one of today. */
export async function earlierHashes(
  db: Kysely<Database>,
  currentOnes: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  return readPairs(currentOnes, (slice) =>
    db.selectFrom('previous_key_hashes').select(['previous_hash', 'key_hash']).where('key_hash', 'in', slice).execute(),
  );
}

async function readPairs(
  hashes: readonly string[],
  read: (slice: readonly string[]) => Promise<{ previous_hash: string; key_hash: string }[]>,
): Promise<ReadonlyMap<string, string>> {
  const pairs = new Map<string, string>();
  // In slices, since both engines bound the number of parameters of a statement.
  for (let start = 0; start < hashes.length; start += hashesAtATime) {
    for (const row of await read(hashes.slice(start, start + hashesAtATime))) {
      pairs.set(row.previous_hash, row.key_hash);
    }
  }
  return pairs;
}
