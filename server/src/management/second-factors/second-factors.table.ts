/** The authenticator app of a person: the second factor of their password. */
export interface TotpTable {
  user_id: string;
  /** The shared secret in base32, sealed for this person. */
  sealed_secret: string;
  /** Null until the person has typed a first code: until then it is asked of nobody. */
  confirmed_at: number | null;
  /** The number of the 30-second step whose code was used last: no code works twice. */
  last_used_step: number;
  created_at: number;
}

/** A code to sign in with when the authenticator app is lost; works once. */
export interface RecoveryCodeTable {
  user_id: string;
  /** SHA-256 in hex: the code has 80 random bits, so nothing slower is needed. */
  code_hash: string;
  used_at: number | null;
}

/** A passkey of a person: signs in without a password. */
export interface PasskeyTable {
  /** The id that the authenticator gave it, in base64url. */
  passkey_id: string;
  user_id: string;
  name: string;
  /** COSE public key in base64url. */
  public_key: string;
  signature_count: number;
  /** JSON list of transports, as a hint for browsers. */
  transports: string;
  created_at: number;
  last_used_at: number | null;
}

/** A challenge that a passkey has answered: no answer works twice. */
export interface UsedPasskeyChallengeTable {
  challenge_hash: string;
  expires_at: number;
}

declare module '../../storage/database.ts' {
  interface Database {
    totp: TotpTable;
    recovery_codes: RecoveryCodeTable;
    passkeys: PasskeyTable;
    used_passkey_challenges: UsedPasskeyChallengeTable;
  }
}
