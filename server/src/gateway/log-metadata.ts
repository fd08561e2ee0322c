import type { IncomingHttpHeaders } from 'node:http';
import { badRequest } from './openai-error.ts';

const header = 'x-litellm-spend-logs-metadata';
const mostCharacters = 4_096;

/**
 * Reads what a caller wants to find again in the log beside its call: a JSON object in the header
 * `x-litellm-spend-logs-metadata`. Source: contract 9.1.
 * @returns the object as JSON; empty: nothing was sent.
 * @throws ApiError 400 for anything but an object, and for one that is too long for a log.
 */
export function readLogMetadata(headers: IncomingHttpHeaders): string {
  const sent = headers[header];
  if (sent === undefined || sent === '') return '';
  const text = String(sent);
  if (text.length > mostCharacters) {
    throw badRequest(
      `\`${header}\` has ${text.length} characters, and at most ${mostCharacters} are kept. Send less.`,
      header,
    );
  }
  const value = parse(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return JSON.stringify(value);
  throw badRequest(
    `\`${header}\` must be a JSON object such as {"job": "nightly"}. Correct it, or leave it out.`,
    header,
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
