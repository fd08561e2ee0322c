/** One change made by somebody. Written in the same transaction as the change itself. */
export interface AuditLogTable {
  audit_id: string;
  happened_at: number;
  /** User id of the person or key owner who did it; `system` for jobs. */
  actor_user_id: string;
  /** Hash of the key used, or empty. */
  actor_key_hash: string;
  action: string;
  object_type: string;
  object_id: string;
  /** JSON before and after, secrets masked; empty object when there was nothing. */
  before_json: string;
  after_json: string;
  ip: string;
  user_agent: string;
  request_id: string;
}

declare module '../storage/database.ts' {
  interface Database {
    audit_log: AuditLogTable;
  }
}
