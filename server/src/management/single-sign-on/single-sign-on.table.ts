/** Somebody as one provider knows them. The subject is unique within its issuer, and means nothing elsewhere. */
export interface UserIdentityTable {
  issuer: string;
  subject: string;
  user_id: string;
  /** `google`, `microsoft`, `generic`, or `jwt` for the tokens of API calls. */
  provider: string;
  /** The verified address at the last sign-in, or null. */
  email: string | null;
  /** The role that the provider's claims gave at the last sign-in; null: they said nothing. */
  mapped_role: string | null;
  /** JSON array: teams that the person is in because the provider's claims said so. */
  mapped_team_ids: string;
  created_at: number;
  last_used_at: number;
}

/** A sign-in that was begun and not finished. Holds no secret: what proves the browser stays in its cookie. */
export interface SignOnAttemptTable {
  /** Hex SHA-256 of the state. */
  state_hash: string;
  /** Hex SHA-256 of the browser's cookie. */
  browser_hash: string;
  provider: string;
  redirect_uri: string;
  /** The console's page to open afterwards. */
  return_path: string;
  /** The dry run that this is; null: a sign-in. */
  preview_id: string | null;
  /** Network that it was begun from, to bound how many there are. */
  network: string;
  expires_at: number;
}

/** A dry run of an admin. */
export interface SignOnPreviewTable {
  preview_id: string;
  provider: string;
  started_by: string;
  /** JSON, sealed: it holds what the provider knows about a person. Null while the sign-in is pending. */
  sealed_outcome: string | null;
  expires_at: number;
}

/** What the provider must be told when a session that it has confirmed ends. */
export interface SignOnSessionTable {
  session_hash: string;
  provider: string;
  /** Null when the provider gave none. */
  sealed_id_token: string | null;
}

declare module '../../storage/database.ts' {
  interface Database {
    user_identities: UserIdentityTable;
    sign_on_attempts: SignOnAttemptTable;
    sign_on_previews: SignOnPreviewTable;
    sign_on_sessions: SignOnSessionTable;
  }
}
