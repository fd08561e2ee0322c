/** One row: what tells this installation from others that share a Redis with it. */
export interface InstallationTable {
  installation_id: string;
  created_at: number;
}

declare module '../storage/database.ts' {
  interface Database {
    installation: InstallationTable;
  }
}
