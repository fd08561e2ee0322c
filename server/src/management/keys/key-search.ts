import { type Expression, expressionBuilder, type Kysely, type SqlBool, sql } from 'kysely';
import type { Database } from '../../storage/database.ts';
import { engineOf } from '../../storage/engine-of.ts';
import '../users/users.table.ts';
import './key-search.table.ts';
import { hashSecret } from './key-secret.ts';
import './keys.table.ts';

const is = expressionBuilder<Database, 'keys'>();

/** Shorter texts are in no index: an index of searches holds every run of three characters. */
const shortestIndexed = 3;

/** A way to find keys by what they are searched by: a condition of `key_search`, and one of the key. */
export interface SearchWay {
  readonly text: Expression<SqlBool>;
  readonly key: Expression<SqlBool>;
}

/**
 * The ways to find, among all keys, those that `matches` accepts: alias and last characters by their index, and keys of
 * owners by the owners.
 */
export function waysToFind(db: Kysely<Database>, search: string): (SearchWay | Expression<SqlBool>)[] {
  if (!isSecret(search)) return [{ text: hasText(db, search), key: is.lit(true) }, isOwnersLike(search)];
  return [
    is('keys.key_hash', '=', hashSecret(search)),
    { text: hasText(db, search.slice(-4)), key: is('keys.key_name', '=', search) },
    wayToAlias(db, search),
  ];
}

/** The way to find, among all keys, those whose alias contains a text. */
export function wayToAlias(db: Kysely<Database>, search: string): SearchWay {
  return { text: hasText(db, search), key: aliasContains(search) };
}

/** Whether a key's alias, the last four characters of its secret, or its owner's address contain a text; by the row. */
export function matches(search: string): Expression<SqlBool> {
  if (isSecret(search)) {
    return is.or([
      is('keys.key_hash', '=', hashSecret(search)),
      is('keys.key_name', '=', search),
      aliasContains(search),
    ]);
  }
  return is.or([
    aliasContains(search),
    // What follows `sk-...` in the name: the last four characters of the secret.
    sql<SqlBool>`lower(substr(keys.key_name, 7)) like ${pattern(search)} escape '\\'`,
    isOwnersLike(search),
  ]);
}

/** Whether a key's alias contains a text; by the row. */
export function aliasContains(search: string): Expression<SqlBool> {
  return sql<SqlBool>`lower(keys.key_alias) like ${pattern(search)} escape '\\'`;
}

function isSecret(search: string): boolean {
  return search.startsWith('sk-');
}

function isOwnersLike(search: string): Expression<SqlBool> {
  const owners = is
    .selectFrom('users')
    .select('users.user_id')
    .where(sql<SqlBool>`lower(users.user_email) like ${pattern(search)} escape '\\'`);
  return is('keys.user_id', 'in', owners);
}

function hasText(db: Kysely<Database>, search: string): Expression<SqlBool> {
  if (engineOf(db) === 'postgres' || [...search].length < shortestIndexed) {
    return sql<SqlBool>`key_search.text like ${pattern(search)} escape '\\'`;
  }
  // The text in quotation marks is looked for as it is written.
  const phrase = `"${search.toLowerCase().replaceAll('"', '""')}"`;
  return sql<SqlBool>`key_search.search_id in
    (select rowid from key_search_trigrams where key_search_trigrams match ${phrase})`;
}

function pattern(search: string): string {
  return `%${search.toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`;
}
