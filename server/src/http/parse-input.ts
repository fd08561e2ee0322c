import type { FastifyRequest } from 'fastify';
import * as z from 'zod/mini';
import { ApiError } from './api-error.ts';
import type { Endpoint } from './endpoint.contract.ts';

/**
 * Reads the input of a request where the declaration says it travels, and validates it.
 * @throws ApiError 422 in LiteLLM's validation shape (`{"detail":[{type, loc, msg}]}`). Values are not echoed.
 */
export function parseInput(
  endpoint: Endpoint<unknown, unknown>,
  request: FastifyRequest,
): { input: unknown; sentFields: ReadonlySet<string> } {
  if (endpoint.input === null) return { input: undefined, sentFields: new Set() };
  const inQuery = endpoint.inputIn === 'query';
  const sent = inQuery ? request.query : request.body === undefined ? {} : request.body;
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) {
    throw invalidInput([{ type: 'dict_type', loc: ['body'], msg: 'The body must be a JSON object' }]);
  }
  const value = { ...sent, ...(request.params as Record<string, unknown>) };
  const parsed = z.safeParse(endpoint.input, value);
  if (!parsed.success) {
    throw invalidInput(
      parsed.error.issues.map((issue) => ({
        type: issue.code === 'invalid_type' ? 'type_error' : issue.code,
        loc: [
          inQuery ? 'query' : 'body',
          ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part)),
        ],
        msg: issue.message,
      })),
    );
  }
  const longest = inQuery ? longestInQuery : endpoint.longTexts ? Number.POSITIVE_INFINITY : longestInBody;
  for (const [field, sentValue] of Object.entries(value)) {
    const msg = whyNotTaken(sentValue, longest, 1);
    if (msg !== null) throw invalidInput([{ type: 'string_type', loc: [inQuery ? 'query' : 'body', field], msg }]);
  }
  return { input: parsed.data, sentFields: new Set(Object.keys(value)) };
}

/** Deeper values would exhaust the stack of whatever walks them. */
const deepestNesting = 100;

/** In characters. Every text may be stored, and read back many times over. */
const longestInBody = 65_536;
/** In characters. One engine searches for texts of up to 50,000 bytes, and some characters are written as two. */
const longestInQuery = 10_000;

function whyNotTaken(value: unknown, longest: number, depth: number): string | null {
  if (typeof value === 'string') return whyNoText(value, longest);
  if (typeof value !== 'object' || value === null) return null;
  if (depth > deepestNesting) return `Values must not be nested deeper than ${deepestNesting} levels.`;
  for (const [name, field] of Object.entries(value)) {
    const reason = whyNoText(name, longest) ?? whyNotTaken(field, longest, depth + 1);
    if (reason !== null) return reason;
  }
  return null;
}

function whyNoText(text: string, longest: number): string | null {
  if (text.length > longest) return `Texts must have at most ${longest} characters; this one has ${text.length}.`;
  // One engine cannot store it, and no name needs it.
  return text.includes('\0') ? 'Texts must not hold the character U+0000. Leave it out.' : null;
}

interface ValidationIssue {
  type: string;
  loc: (string | number)[];
  msg: string;
}

/** 422 with one entry for each field that is wrong. */
function invalidInput(issues: ValidationIssue[]): ApiError {
  const first = issues[0];
  return new ApiError(422, first ? `${first.loc.join('.')}: ${first.msg}` : 'Invalid input', {
    type: 'validation_error',
    detail: issues,
  });
}
