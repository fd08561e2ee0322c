/** Settings that were changed through the API. They stand above the config file. */
export interface ConfigTable {
  /** What is set, such as `default_internal_user_params`. */
  param_name: string;
  /** JSON object. A value that is absent is the config file's. */
  param_value: string;
  updated_at: number;
  updated_by: string;
}

declare module '../../storage/database.ts' {
  interface Database {
    config: ConfigTable;
  }
}
