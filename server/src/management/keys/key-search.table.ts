/**
 * What keys are searched by, kept by triggers: the alias, a line break, and the last four characters of the secret, all
 * in lower case. Deleted keys are in it too.
 */
export interface KeySearchTable {
  /** Only on SQLite, where an index of all runs of three characters refers to it. */
  search_id?: number;
  key_hash: string;
  text: string;
}

declare module '../../storage/database.ts' {
  interface Database {
    key_search: KeySearchTable;
  }
}
