/** Somebody who signed in. Only the hash of the token is stored. */
export interface SessionTable {
  session_hash: string;
  user_id: string;
  /** `username_password`, `invitation`, `passkey` or `sso`. */
  login_method: string;
  created_at: number;
  last_seen_at: number;
  expires_at: number;
  revoked_at: number | null;
  ip: string;
  user_agent: string;
}

/** Failed sign-ins of one subject (account and address) in the current window. */
export interface SignInFailureTable {
  subject: string;
  window_started_at: number;
  failures: number;
}

declare module '../../storage/database.ts' {
  interface Database {
    sessions: SessionTable;
    sign_in_failures: SignInFailureTable;
  }
}
