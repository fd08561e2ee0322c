/** A link with which one person sets the first (or a new) password. Valid seven days, works once. */
export interface InvitationTable {
  invitation_id: string;
  user_id: string;
  accepted_at: number | null;
  revoked_at: number | null;
  expires_at: number;
  /** When a mail with the link was queued; null: nobody was sent it. */
  emailed_at: number | null;
  created_at: number;
  created_by: string;
  updated_at: number;
  updated_by: string;
}

declare module '../../storage/database.ts' {
  interface Database {
    invitations: InvitationTable;
  }
}
