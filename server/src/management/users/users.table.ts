import type { DetailedLimitColumns } from '../budgets/detailed-limits.table.ts';

/** A person. `password_hash` is an argon2id string; null until an invitation is claimed. */
export interface UserTable extends DetailedLimitColumns {
  user_id: string;
  user_email: string | null;
  /** When the holder last changed the address themselves; null: an admin or a provider of sign-in has given it. */
  email_chosen_at: number | null;
  user_alias: string | null;
  user_role: string;
  /** The organization that the account was made in, whose admins may delete it; null: none. */
  organization_id: string | null;
  password_hash: string | null;
  password_reset_required_at: number | null;
  disabled_at: number | null;
  /** JSON array of model names; empty: everything. */
  models: string;
  /** JSON object. */
  metadata: string;
  max_budget_nano_usd: number | null;
  budget_duration: string | null;
  budget_reset_at: number | null;
  /** Spend of personal keys in the current budget window. Team keys count on the team and the member. */
  spend_nano_usd: number;
  tpm_limit: number | null;
  rpm_limit: number | null;
  max_parallel_requests: number | null;
  last_active_at: number | null;
  created_at: number;
  created_by: string;
  updated_at: number;
  updated_by: string;
}

declare module '../../storage/database.ts' {
  interface Database {
    users: UserTable;
  }
}
