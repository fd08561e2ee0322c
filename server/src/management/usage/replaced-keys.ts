import { type Kysely, sql } from 'kysely';
import type { Database } from '../../storage/database.ts';
import { listedTexts } from '../../storage/listed-values.ts';
import '../keys/keys.table.ts';

/** How the calls of the master key stand in the books. */
export const masterKeyAlias = 'litellm_proxy_master_key';

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
  return readPairs(db, 'previous_hash', keyHashes);
}

/** The hashes that keys had earlier, each with the one of today. */
export async function earlierHashes(
  db: Kysely<Database>,
  currentOnes: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  return readPairs(db, 'key_hash', currentOnes);
}

async function readPairs(
  db: Kysely<Database>,
  by: 'previous_hash' | 'key_hash',
  hashes: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (hashes.length === 0) return new Map();
  const pairs = await db
    .selectFrom('previous_key_hashes')
    .select(['previous_hash', 'key_hash'])
    .where(by, 'in', sql<string>`(${listedTexts(db, hashes)})`)
    .execute();
  return new Map(pairs.map((pair) => [pair.previous_hash, pair.key_hash]));
}
