import type { DetailedLimitColumns } from '../budgets/detailed-limits.table.ts';

/** A team: keys of a team spend from the team's and the member's budget, never from a user's. */
export interface TeamTable extends DetailedLimitColumns {
  team_id: string;
  team_alias: string | null;
  /** The organization it belongs to, and from whose budget its keys spend too. */
  organization_id: string | null;
  /** JSON array of model names; empty: everything. */
  models: string;
  /** JSON object: names that the team gives models, to public model names. */
  model_aliases: string;
  metadata: string;
  /** JSON array of key routes that plain members may use on the team's keys; null: the default. */
  member_permissions: string | null;
  max_budget_nano_usd: number | null;
  /** From here on somebody is told; nothing is refused. */
  soft_budget_nano_usd: number | null;
  budget_duration: string | null;
  budget_reset_at: number | null;
  spend_nano_usd: number;
  tpm_limit: number | null;
  rpm_limit: number | null;
  max_parallel_requests: number | null;
  blocked_at: number | null;
  /** The budget of members who are added without one; null: none. */
  member_max_budget_nano_usd: number | null;
  /** Its period; null: the team's own. */
  member_budget_duration: string | null;
  /** What each member may use in a minute who has no limit of their own; null: no limit. */
  member_tpm_limit: number | null;
  member_rpm_limit: number | null;
  /** How long keys of the team live at most that are made by others than admins of the gateway; null: no limit. */
  member_key_duration: string | null;
  created_at: number;
  created_by: string;
  updated_at: number;
  updated_by: string;
}

/** Membership of a user in a team, with the member's own budget inside the team. */
export interface TeamMemberTable {
  team_id: string;
  user_id: string;
  /** `admin` or `user`. */
  role: string;
  max_budget_nano_usd: number | null;
  budget_duration: string | null;
  budget_reset_at: number | null;
  spend_nano_usd: number;
  /** Null: the team's limit for each member. */
  tpm_limit: number | null;
  rpm_limit: number | null;
  created_at: number;
}

/** A team that was deleted, as it was then. It authenticates nobody and takes part in nothing. */
export interface DeletedTeamTable {
  archive_id: string;
  /** A later team may have the same. */
  team_id: string;
  team_alias: string | null;
  organization_id: string | null;
  /** When the team was made. */
  created_at: number;
  deleted_at: number;
  deleted_by: string;
  /** How many keys went with it. */
  keys_count: number;
  /** JSON object: the row, and the members with their addresses. What teams get later is to be filled in where it is read. */
  content: string;
}

/** Who belonged to a deleted team. */
export interface DeletedTeamMemberTable {
  archive_id: string;
  user_id: string;
}

declare module '../../storage/database.ts' {
  interface Database {
    teams: TeamTable;
    team_members: TeamMemberTable;
    deleted_teams: DeletedTeamTable;
    deleted_team_members: DeletedTeamMemberTable;
  }
}
