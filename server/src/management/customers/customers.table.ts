/** Somebody on whose behalf a caller sends requests: what a request names as `user`. Never signs in. */
export interface CustomerTable {
  user_id: string;
  alias: string | null;
  /** Spend of all keys together, in the current window of the budget. */
  spend_nano_usd: number;
  allowed_model_region: string | null;
  default_model: string | null;
  budget_id: string | null;
  blocked_at: number | null;
  last_used_at: number | null;
  created_at: number;
  updated_at: number;
}

declare module '../../storage/database.ts' {
  interface Database {
    customers: CustomerTable;
  }
}
