import { type RawBuilder, sql } from 'kysely';

/** More hashes than this are read at once, and sorted: engines bound the parts of a statement. */
const mostParts = 100;

/**
 * Reads the request log along the index of each key by itself, and takes the parts together. An index leads through
 * one hash in the order of time, but not through several: of those an engine would read everything and sort it.
 * @param lines the statement for a key, ordered and limited; for more than one key, each part is.
 */
export function alongEachKey(
  keyHashes: readonly string[] | null,
  lines: (keyHashes: readonly string[] | null) => RawBuilder<unknown>,
): RawBuilder<unknown> {
  if (keyHashes === null || keyHashes.length > mostParts) return sql`select * from (${lines(keyHashes)}) as lines`;
  const parts = (keyHashes.length === 0 ? [''] : keyHashes).map(
    (hash, index) => sql`select * from (${lines([hash])}) as ${sql.ref(`part_${index}`)}`,
  );
  return sql`select * from (${sql.join(parts, sql` union all `)}) as lines`;
}
