import type { DetailedLimitColumns } from '../budgets/detailed-limits.table.ts';

/** A virtual key. The secret itself is never stored: `key_hash` is the hex SHA-256 of the whole `sk-…` string. */
export interface KeyTable extends DetailedLimitColumns {
  key_hash: string;
  /** `sk-...` and the last four characters. */
  key_name: string;
  key_alias: string | null;
  user_id: string | null;
  team_id: string | null;
  /** Only of keys without a team; the keys of a team belong to the team's organization. */
  organization_id: string | null;
  /** JSON array of model names; empty: whatever the owner may use. */
  models: string;
  /** JSON object: names of the caller's to public model names. */
  aliases: string;
  metadata: string;
  /** JSON array. */
  tags: string;
  /** JSON array of routes or route groups; empty: no restriction. */
  allowed_routes: string;
  /** JSON object of extra rights that an admin gave the key. */
  permissions: string;
  /** JSON array of cache controls the key may send; empty: all. */
  allowed_cache_controls: string;
  key_type: string;
  /** JSON array of addresses and CIDR ranges that may use the key; empty: from anywhere. */
  allowed_ips: string;
  max_budget_nano_usd: number | null;
  soft_budget_nano_usd: number | null;
  budget_duration: string | null;
  budget_reset_at: number | null;
  spend_nano_usd: number;
  /** A budget that stands by itself: its limits hold where the key has none of its own, and follow its changes. */
  budget_id: string | null;
  /** Added to the budget until `temp_budget_expires_at`. */
  temp_budget_increase_nano_usd: number | null;
  temp_budget_expires_at: number | null;
  tpm_limit: number | null;
  rpm_limit: number | null;
  max_parallel_requests: number | null;
  /** How much output money is set aside for when a call names no limit; null: what the configuration says. */
  default_estimated_output_tokens: number | null;
  expires_at: number | null;
  blocked_at: number | null;
  last_used_at: number | null;
  /** How often the gateway replaces the secret by itself, such as `30d`. */
  rotation_interval: string | null;
  /** When it does so next; null: never. */
  rotate_at: number | null;
  rotation_count: number;
  last_rotation_at: number | null;
  created_at: number;
  created_by: string;
  updated_at: number;
  updated_by: string;
  /** Deleted keys stay readable; they authenticate nobody. */
  deleted_at: number | null;
  deleted_by: string | null;
}

/** A secret that a key had before. It is never given out again; until `valid_until` it still stands for the key. */
export interface PreviousKeyHashTable {
  previous_hash: string;
  /** The key's hash of today. */
  key_hash: string;
  replaced_at: number;
  valid_until: number;
}

declare module '../../storage/database.ts' {
  interface Database {
    keys: KeyTable;
    previous_key_hashes: PreviousKeyHashTable;
  }
}
