/** A model that is out of service, whether it comes from the database or from the config file. */
export interface BlockedModelTable {
  /** Id of the deployment. */
  model_id: string;
  blocked_at: number;
  blocked_by: string;
}

declare module '../../storage/database.ts' {
  interface Database {
    blocked_models: BlockedModelTable;
  }
}
