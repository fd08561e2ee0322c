/** Something that somebody was warned of, and is not warned of again. */
export interface RaisedAlertTable {
  /** Names what happened, such as the threshold of a budget in one of its periods. */
  alert_key: string;
  raised_at: number;
}

declare module '../../storage/database.ts' {
  interface Database {
    raised_alerts: RaisedAlertTable;
  }
}
