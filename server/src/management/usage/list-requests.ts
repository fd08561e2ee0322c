import type * as z from 'zod/mini';
import { ApiError } from '../../http/api-error.ts';
import type { Call } from '../../http/call.ts';
import { toKeyHash } from '../keys/index.ts';
import type { Parts } from '../parts.ts';
import { hashesOfKeys } from './replaced-keys.ts';
import type { RequestsQuery, requestRow } from './usage.contract.ts';
import { type LogPosition, listRequestRows, type NamedRequestRow } from './usage.store.ts';

type PresentedRequest = z.infer<typeof requestRow>;

/**
 * The newest requests within reach, a page at a time.
 * @throws ApiError 400 for a place that no answer named, 403 for somebody else's requests.
 */
export async function listRequests(
  parts: Parts,
  call: Call,
  query: RequestsQuery,
): Promise<{ requests: PresentedRequest[]; next: string | null }> {
  const limit = query.limit ?? 20;
  const rows = await listRequestRows(parts.storage.db, call.access, {
    userId: query.user_id || null,
    keyHashes: query.api_key ? await hashesOfKeys(parts.storage.db, [toKeyHash(query.api_key)]) : null,
    before: query.before ? readPosition(query.before) : null,
    limit: limit + 1,
  });
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    requests: page.map(presentRequest),
    next: last && rows.length > limit ? `${last.started_at}.${last.request_id}` : null,
  };
}

function readPosition(text: string): LogPosition {
  const match = /^(\d{1,15})\.(.{1,200})$/.exec(text);
  if (!match?.[1] || !match[2]) {
    throw new ApiError(400, 'before is not a place in the list. Send the `next` of the page before, or leave it out.', {
      type: 'bad_request_error',
      param: 'before',
    });
  }
  return { startedAt: Number(match[1]), requestId: match[2] };
}

function presentRequest(row: NamedRequestRow): PresentedRequest {
  return {
    request_id: row.request_id,
    started_at: new Date(row.started_at).toISOString(),
    status: row.status === 'success' ? 'success' : 'failure',
    http_status: row.http_status,
    error_message: row.error_message,
    model_group: row.model_group,
    key_name: row.key_name,
    key_alias: row.key_alias,
    key_hash: row.key_hash,
    user_id: row.user_id,
    user_email: row.user_email,
    prompt_tokens: row.prompt_tokens,
    completion_tokens: row.completion_tokens,
    spend_nano_usd: row.spend_nano_usd,
    duration_ms: row.ended_at - row.started_at,
    time_to_first_token_ms: row.first_token_at === null ? null : row.first_token_at - row.started_at,
    cache_status: row.cache_status,
  };
}
