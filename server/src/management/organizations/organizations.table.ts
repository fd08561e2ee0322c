import type { DetailedLimitColumns } from '../budgets/detailed-limits.table.ts';

/** An organization: teams, and keys without a team, that spend from one budget and share one list of models. */
export interface OrganizationTable extends Pick<DetailedLimitColumns, 'model_rpm_limit' | 'model_tpm_limit'> {
  organization_id: string;
  organization_alias: string;
  /** JSON array of model names; empty: everything. */
  models: string;
  /** JSON object. */
  metadata: string;
  /** Its limits: always a budget, if only one without any limit. */
  budget_id: string;
  /** Spend of everything that belongs to it, in the current window of the budget. */
  spend_nano_usd: number;
  created_at: number;
  created_by: string;
  updated_at: number;
  updated_by: string;
}

/** Membership of a user in an organization. */
export interface OrganizationMemberTable {
  organization_id: string;
  user_id: string;
  /** `org_admin`, `internal_user` or `internal_user_viewer`. */
  role: string;
  /** What the member may spend with keys of the organization in a window of its budget; null: no limit of their own. */
  max_budget_nano_usd: number | null;
  spend_nano_usd: number;
  created_at: number;
  updated_at: number;
}

declare module '../../storage/database.ts' {
  interface Database {
    organizations: OrganizationTable;
    organization_members: OrganizationMemberTable;
  }
}
