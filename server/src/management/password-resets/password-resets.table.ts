/** A link with which one person sets a new password. Valid for thirty minutes, works once. */
export interface PasswordResetTable {
  /** SHA-256 in hex of the link's token: the token has 256 random bits, so nothing slower is needed. */
  token_hash: string;
  user_id: string;
  created_at: number;
  /** The admin who made it; empty: the person asked for it. */
  created_by: string;
  expires_at: number;
  used_at: number | null;
  /** Replaced by a newer link, or by a new password. */
  revoked_at: number | null;
}

declare module '../../storage/database.ts' {
  interface Database {
    password_resets: PasswordResetTable;
  }
}
