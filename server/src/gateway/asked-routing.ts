import type { IncomingHttpHeaders } from 'node:http';
import type { ApiError } from '../http/api-error.ts';
import { badRequest } from './openai-error.ts';
import type { ModelRequestBody } from './parse-request.ts';

/** What a caller asks for of how a call is made. Null: nothing, so the model and the configuration say it. */
export interface AskedRouting {
  /** How long a provider may take until it begins to answer. */
  readonly timeoutMs: number | null;
  /** The same for streams, where it goes before the other. */
  readonly streamTimeoutMs: number | null;
  readonly numRetries: number | null;
}

const nothing: AskedRouting = { timeoutMs: null, streamTimeoutMs: null, numRetries: null };

/** LiteLLM's own default for a request. */
const longestTimeoutSeconds = 6_000;
/** Each try is a call that the provider bills and that counts against its limits. */
const mostRetries = 10;

/**
 * Reads `x-litellm-timeout`, `x-litellm-stream-timeout` and `x-litellm-num-retries`, and the fields of the body that
 * say the same, which the headers go before. Source: contract 9.1 and 9.7.
 * @throws ApiError 400 for what is no time, or no number of retries.
 */
export function readAskedRouting(headers: IncomingHttpHeaders, body: ModelRequestBody): AskedRouting {
  const timeout = headers['x-litellm-timeout'] ?? body.field('timeout') ?? null;
  const streamTimeout = headers['x-litellm-stream-timeout'] ?? body.field('stream_timeout') ?? null;
  const retries = headers['x-litellm-num-retries'] ?? body.field('num_retries') ?? null;
  if (timeout === null && streamTimeout === null && retries === null) return nothing;
  return {
    timeoutMs: readTimeout(timeout, headers, 'x-litellm-timeout', 'timeout'),
    streamTimeoutMs: readTimeout(streamTimeout, headers, 'x-litellm-stream-timeout', 'stream_timeout'),
    numRetries: readRetries(retries, headers),
  };
}

function readTimeout(sent: unknown, headers: IncomingHttpHeaders, header: string, field: string): number | null {
  if (sent === null) return null;
  const seconds = readNumber(sent);
  if (seconds > 0 && seconds <= longestTimeoutSeconds) return Math.max(1, Math.round(seconds * 1000));
  throw refuse(
    headers[header] === undefined ? field : header,
    `a number of seconds above 0 and at most ${longestTimeoutSeconds}, such as 30`,
  );
}

function readRetries(sent: unknown, headers: IncomingHttpHeaders): number | null {
  if (sent === null) return null;
  const count = readNumber(sent);
  if (Number.isInteger(count) && count >= 0 && count <= mostRetries) return count;
  const header = 'x-litellm-num-retries';
  throw refuse(
    headers[header] === undefined ? 'num_retries' : header,
    `a whole number from 0 to ${mostRetries}, such as 2`,
  );
}

/** Headers are texts. NaN: no number. */
function readNumber(sent: unknown): number {
  return typeof sent === 'number' || (typeof sent === 'string' && sent.trim() !== '') ? Number(sent) : Number.NaN;
}

function refuse(name: string, expected: string): ApiError {
  return badRequest(`\`${name}\` must be ${expected}. Correct it, or leave it out.`, name);
}
