import type * as z from 'zod/mini';
import { ApiError } from '../../http/api-error.ts';
import '../../mail/outgoing-messages.table.ts';
import type { OutgoingMessageTable } from '../../mail/outgoing-messages.table.ts';
import type { Parts } from '../parts.ts';
import type { listOutbox as endpoint } from './email.contract.ts';

type Query = z.infer<NonNullable<(typeof endpoint)['input']>>;
type Result = z.infer<(typeof endpoint)['result']>;

const usualLimit = 50;
const mostRows = 200;

/** What was queued, the newest first. What the messages say is not in it: links are secrets. */
export async function listOutbox({ storage }: Parts, query: Query): Promise<Result> {
  const limit = Math.min(mostRows, Math.max(1, Math.floor(query.limit ?? usualLimit) || usualLimit));
  let rows = storage.db.selectFrom('outgoing_messages').selectAll();
  if (query.channel) rows = rows.where('channel', '=', query.channel);
  switch (query.status) {
    case 'waiting':
      rows = rows.where('due_at', 'is not', null);
      break;
    case 'sent':
      rows = rows.where('sent_at', 'is not', null);
      break;
    case 'failed':
      rows = rows.where('failed_at', 'is not', null);
      break;
    case 'withdrawn':
      rows = rows.where('withdrawn_at', 'is not', null);
      break;
    case undefined:
      break;
  }
  if (query.before !== undefined) {
    const { createdAt, messageId } = readCursor(query.before);
    rows = rows.where(({ and, eb, or }) =>
      or([eb('created_at', '<', createdAt), and([eb('created_at', '=', createdAt), eb('message_id', '<', messageId)])]),
    );
  }
  const found = await rows
    .orderBy('created_at', 'desc')
    .orderBy('message_id', 'desc')
    .limit(limit + 1)
    .execute();
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return {
    messages: page.map(present),
    next: found.length > limit && last ? `${last.created_at}:${last.message_id}` : null,
  };
}

function readCursor(text: string): { createdAt: number; messageId: string } {
  const match = /^(\d{1,15}):([0-9a-f-]{1,40})$/.exec(text);
  if (match) return { createdAt: Number(match[1]), messageId: match[2] ?? '' };
  throw new ApiError(400, 'before must be the `next` of an earlier page.', {
    type: 'bad_request_error',
    param: 'before',
  });
}

function present(row: OutgoingMessageTable): Result['messages'][number] {
  const ended = row.sent_at ?? row.failed_at ?? row.withdrawn_at;
  return {
    message_id: row.message_id,
    channel: row.channel,
    event: row.event,
    recipient: row.recipient,
    subject: row.subject,
    status: statusOf(row),
    attempts: row.attempt_count,
    last_error: row.last_error,
    created_at: new Date(row.created_at).toISOString(),
    ended_at: ended === null ? null : new Date(ended).toISOString(),
    next_attempt_at: row.due_at === null ? null : new Date(row.due_at).toISOString(),
  };
}

function statusOf(row: OutgoingMessageTable): Result['messages'][number]['status'] {
  if (row.due_at !== null) return 'waiting';
  if (row.sent_at !== null) return 'sent';
  return row.failed_at === null ? 'withdrawn' : 'failed';
}
