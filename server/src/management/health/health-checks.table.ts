/** What came of asking a deployment whether it answers. Kept for a week. */
export interface HealthCheckTable {
  check_id: string;
  /** Id of the deployment. */
  model_id: string;
  /** The public name. */
  model_name: string;
  /** Provider and the provider's name of the model. */
  provider_model: string;
  /** `healthy` or `unhealthy`. */
  status: string;
  /** In the gateway's own words; null when it answered. */
  error: string | null;
  response_ms: number;
  checked_at: number;
  /** Id of who asked; the empty string: the gateway itself. */
  checked_by: string;
}

/** The last check of each deployment. */
export type LatestHealthCheckTable = HealthCheckTable;

/** One row: when the checks in the background began last, on whichever instance. */
export interface HealthCheckTurnTable {
  turn: number;
  began_at: number;
}

declare module '../../storage/database.ts' {
  interface Database {
    health_checks: HealthCheckTable;
    latest_health_checks: LatestHealthCheckTable;
    health_check_turns: HealthCheckTurnTable;
  }
}
