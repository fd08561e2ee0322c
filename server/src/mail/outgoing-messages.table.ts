/** Something to be told to somebody outside: a mail, a message to Slack, a call of a webhook. */
export interface OutgoingMessageTable {
  /** A UUID; the `Message-ID`, the idempotency key and the `webhook-id` come from it, so that every attempt is the same. */
  message_id: string;
  channel: 'email' | 'slack' | 'webhook';
  event: string;
  /** The address of a mail; empty for the other channels. */
  recipient: string;
  /** The subject, or the one sentence that Slack and webhooks are told. */
  subject: string;
  /** What is sent, sealed, since links in it are secrets; null once it is over. */
  sealed_content: string | null;
  /** What the message is about, so that it can be taken back: the SHA-256 of an invitation's id; empty: nothing. */
  reference: string;
  created_at: number;
  /** When it is tried next; while somebody sends it, the end of their claim. Null once it is over. */
  due_at: number | null;
  /** Who sends it at this moment; null: nobody. */
  claimed_by: string | null;
  attempt_count: number;
  /** Why the last attempt failed. */
  last_error: string | null;
  sent_at: number | null;
  /** When it was given up. */
  failed_at: number | null;
  /** When it was taken back before it was sent. */
  withdrawn_at: number | null;
}

declare module '../storage/database.ts' {
  interface Database {
    outgoing_messages: OutgoingMessageTable;
  }
}
