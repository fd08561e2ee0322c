/** A list of people that somebody wants added. */
export interface UserImportTable {
  import_id: string;
  /** What the caller named the list, so that sending it twice adds nobody twice; unique for the caller. */
  idempotency_key: string;
  /** Hash of the list, to tell a repetition from another list under the same name. */
  content_hash: string;
  /** 1 when everybody who is added gets an invitation. */
  invites: number;
  row_count: number;
  created_at: number;
  created_by: string;
  ip: string;
  user_agent: string;
  /** Where the caller reached the gateway, for the links in mails. */
  base_url: string;
  finished_at: number | null;
}

/** One person of the list. */
export interface UserImportRowTable {
  import_id: string;
  /** From 1. */
  row_number: number;
  /** JSON object, as it was sent. */
  input_json: string;
  status: 'pending' | 'created' | 'skipped' | 'failed';
  user_email: string | null;
  user_id: string | null;
  invitation_id: string | null;
  error: string | null;
  finished_at: number | null;
}

declare module '../../storage/database.ts' {
  interface Database {
    user_imports: UserImportTable;
    user_import_rows: UserImportRowTable;
  }
}
