import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Database } from './database.ts';
import { engineOf } from './engine-of.ts';

/**
 * A select of numbers, which it names `listed`. All of them are one parameter, so that the statement is the same however
 * many there are: it is written and prepared once, and has no bound.
 */
export function listedNumbers(db: Kysely<Database>, numbers: readonly number[]): RawBuilder<{ listed: number }> {
  return engineOf(db) === 'postgres'
    ? sql`select unnest(${[...numbers]}::bigint[]) as listed`
    : sql`select cast(value as integer) as listed from json_each(${JSON.stringify(numbers)})`;
}

/** The same of texts. */
export function listedTexts(db: Kysely<Database>, texts: readonly string[]): RawBuilder<{ listed: string }> {
  return engineOf(db) === 'postgres'
    ? sql`select unnest(${[...texts]}::text[]) as listed`
    : sql`select cast(value as text) as listed from json_each(${JSON.stringify(texts)})`;
}
