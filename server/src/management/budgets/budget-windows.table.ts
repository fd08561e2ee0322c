/**
 * What was spent of a budget that is reset by the calendar, in the window that was charged last. A row comes into
 * being with the first spending; whether it still counts is for its end to say, so nothing has to reset it.
 */
export interface BudgetWindowTable {
  /** `WindowOwner` of the ledger. */
  owner_kind: string;
  owner_id: string;
  /** Name or pattern of the models that count; empty: all. */
  model: string;
  /** As it was written; empty: never reset. */
  budget_duration: string;
  ends_at: number;
  spend_nano_usd: number;
}

declare module '../../storage/database.ts' {
  interface Database {
    budget_windows: BudgetWindowTable;
  }
}
