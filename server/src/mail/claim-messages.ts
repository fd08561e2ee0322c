import { randomUUID } from 'node:crypto';
import type { Kysely, Selectable } from 'kysely';
import type { Database } from '../storage/database.ts';
import type { OutgoingMessageTable } from './outgoing-messages.table.ts';
import type { Delivery } from './transports/transport.ts';

/** A message that this process alone may send, until the claim ends. */
export interface ClaimedMessage {
  readonly message: Selectable<OutgoingMessageTable>;
  /** Who has it: no other process has this text. */
  readonly claim: string;
}

/** An attempt ends before: a claim that is over belongs to a process that has died. */
const claimMs = 60_000;
/** After so long it is given up: whoever waited has found another way. */
const giveUpAfterMs = 48 * 3_600_000;
const shortestWaitMs = 2_000;
const longestWaitMs = 3_600_000;

/**
 * Takes the message of a channel that has been due for the longest time. Any number of processes may try at once: the
 * row changes only while its due time is the one that was read, so one of them gets it. The claim moves the due time
 * ahead, so a message whose sender has died becomes due again by itself.
 * @returns null when nothing is due.
 */
export async function claimNext(
  db: Kysely<Database>,
  channel: OutgoingMessageTable['channel'],
  nowMs: number,
): Promise<ClaimedMessage | null> {
  for (;;) {
    const next = await db
      .selectFrom('outgoing_messages')
      .select(['message_id', 'due_at'])
      .where('channel', '=', channel)
      .where('due_at', '<=', nowMs)
      .orderBy('due_at')
      .limit(1)
      .executeTakeFirst();
    if (!next) return null;
    const claim = randomUUID();
    const message = await db
      .updateTable('outgoing_messages')
      .set(({ eb }) => ({
        claimed_by: claim,
        due_at: nowMs + claimMs,
        attempt_count: eb('attempt_count', '+', 1),
      }))
      .where('message_id', '=', next.message_id)
      .where('due_at', '=', next.due_at)
      .returningAll()
      .executeTakeFirst();
    if (message) return { message, claim };
  }
}

/** Ends every claim: for a process that knows that the one before it on this database has died. */
export async function endClaims(db: Kysely<Database>, nowMs: number): Promise<void> {
  await db
    .updateTable('outgoing_messages')
    .set({ claimed_by: null, due_at: nowMs })
    .where('claimed_by', 'is not', null)
    .where('due_at', 'is not', null)
    .execute();
}

/** Notes how an attempt has ended. What somebody else has claimed in the meantime is theirs. */
export async function noteDelivery(
  db: Kysely<Database>,
  { message, claim }: ClaimedMessage,
  delivery: Delivery,
  nowMs: number,
): Promise<void> {
  const isOver =
    delivery.kind === 'refused' || (delivery.kind !== 'delivered' && nowMs - message.created_at >= giveUpAfterMs);
  const end = { due_at: null, sealed_content: null };
  const outcome =
    delivery.kind === 'delivered'
      ? { ...end, sent_at: nowMs, last_error: null }
      : isOver
        ? { ...end, failed_at: nowMs, last_error: delivery.reason }
        : { due_at: nowMs + waitAfter(nowMs - message.created_at), last_error: delivery.reason };
  await db
    .updateTable('outgoing_messages')
    .set({ ...outcome, claimed_by: null })
    .where('message_id', '=', message.message_id)
    .where('claimed_by', '=', claim)
    .execute();
}

/** How long to wait for the next attempt: a quarter of the time that the message has waited already. */
function waitAfter(ageMs: number): number {
  return Math.min(longestWaitMs, Math.max(shortestWaitMs, Math.floor(ageMs / 4)));
}

/** Forgets messages that were over long ago. @param beforeMs those that were created earlier, and are over. */
export async function forgetOldMessages(db: Kysely<Database>, beforeMs: number): Promise<void> {
  await db.deleteFrom('outgoing_messages').where('created_at', '<', beforeMs).where('due_at', 'is', null).execute();
}
