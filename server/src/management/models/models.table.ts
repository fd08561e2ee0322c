/** A model that was added through the API. */
export interface ModelTable {
  model_id: string;
  model_name: string;
  /** The `litellm_params` as JSON, sealed: they hold the provider's credential. */
  sealed_params: string;
  /** The team whose keys alone see and call it; null: it is for everybody. */
  team_id: string | null;
  /** JSON object without id and team. */
  model_info: string;
  created_at: number;
  created_by: string;
  updated_at: number;
  updated_by: string;
}

declare module '../../storage/database.ts' {
  interface Database {
    models: ModelTable;
  }
}
