import type { Kysely } from 'kysely';
import type { Database } from '../../storage/database.ts';
import '../keys/keys.table.ts';

const hashesAtATime = 500;

/** Every hash that keys have and had, each named by any of its own. Usage is kept under the hash that was used. */
export async function hashesOfKeys(db: Kysely<Database>, keyHashes: readonly string[]): Promise<string[]> {
  const newer = await currentHashes(db, keyHashes);
  const current = [...new Set(keyHashes.map((hash) => newer.get(hash) ?? hash))];
  return [...current, ...(await earlierHashes(db, current)).keys()];
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
