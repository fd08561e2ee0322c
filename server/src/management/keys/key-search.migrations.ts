import { type Kysely, sql } from 'kysely';
import type { Database } from '../../storage/database.ts';
import { engineOf } from '../../storage/engine-of.ts';

/**
 * What keys are searched by, in a table that triggers keep, with an index of all runs of three characters. It is not an
 * index of `keys`, which would be written to with every request that a key pays for.
 */
export async function createKeySearch(db: Kysely<Database>): Promise<void> {
  await (engineOf(db) === 'sqlite' ? createForSqlite(db) : createForPostgres(db));
}

const textOf = (key: 'new' | 'keys') =>
  sql`lower(coalesce(${sql.ref(`${key}.key_alias`)}, '') || ${sql.lit('\n')} || substr(${sql.ref(`${key}.key_name`)}, 7))`;

async function createForSqlite(db: Kysely<Database>): Promise<void> {
  const statements = [
    sql`create table key_search (search_id integer primary key, key_hash text not null unique, text text not null)`,
    sql`insert into key_search (key_hash, text) select key_hash, ${textOf('keys')} from keys`,
    sql`create virtual table key_search_trigrams
      using fts5(text, content = 'key_search', content_rowid = 'search_id', tokenize = 'trigram')`,
    sql`insert into key_search_trigrams (key_search_trigrams) values ('rebuild')`,
    sql`create trigger key_search_added after insert on key_search begin
      insert into key_search_trigrams (rowid, text) values (new.search_id, new.text);
    end`,
    sql`create trigger key_search_changed after update of text on key_search begin
      insert into key_search_trigrams (key_search_trigrams, rowid, text) values ('delete', old.search_id, old.text);
      insert into key_search_trigrams (rowid, text) values (new.search_id, new.text);
    end`,
    sql`create trigger key_search_removed after delete on key_search begin
      insert into key_search_trigrams (key_search_trigrams, rowid, text) values ('delete', old.search_id, old.text);
    end`,
    sql`create trigger keys_added after insert on keys begin
      insert into key_search (key_hash, text) values (new.key_hash, ${textOf('new')});
    end`,
    sql`create trigger keys_renamed after update of key_hash, key_alias, key_name on keys begin
      update key_search set key_hash = new.key_hash, text = ${textOf('new')} where key_hash = old.key_hash;
    end`,
    sql`create trigger keys_removed after delete on keys begin
      delete from key_search where key_hash = old.key_hash;
    end`,
  ];
  for (const statement of statements) await statement.execute(db);
}

async function createForPostgres(db: Kysely<Database>): Promise<void> {
  const statements = [
    sql`create table key_search (key_hash text primary key, text text not null)`,
    sql`insert into key_search (key_hash, text) select key_hash, ${textOf('keys')} from keys`,
    sql`create function keep_key_search() returns trigger language plpgsql as $$
    begin
      if tg_op = 'DELETE' then
        delete from key_search where key_hash = old.key_hash;
      elsif tg_op = 'UPDATE' then
        update key_search set key_hash = new.key_hash, text = ${textOf('new')} where key_hash = old.key_hash;
      else
        insert into key_search (key_hash, text) values (new.key_hash, ${textOf('new')});
      end if;
      return null;
    end $$`,
    sql`create trigger keep_key_search after insert or delete or update of key_hash, key_alias, key_name on keys
      for each row execute function keep_key_search()`,
    // Where the extension is not installed, or not for everybody, a search reads this table.
    sql`do $$ begin
      create extension if not exists pg_trgm;
      create index key_search_trigrams on key_search using gin (text gin_trgm_ops);
    exception when others then
      raise notice 'Searches for keys have no index: %', sqlerrm;
    end $$`,
  ];
  for (const statement of statements) await statement.execute(db);
}
