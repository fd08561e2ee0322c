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
  const sent = inQuery ? request.query : (request.body ?? {});
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
  // One engine cannot store the character U+0000 in a text, and no name needs it.
  for (const [field, sentValue] of Object.entries(value)) {
    const msg = whyNotStorable(sentValue, 1);
    if (msg !== null) throw invalidInput([{ type: 'string_type', loc: [inQuery ? 'query' : 'body', field], msg }]);
  }
  return { input: parsed.data, sentFields: new Set(Object.keys(value)) };
}

/** Deeper values would exhaust the stack of whatever walks them. */
const deepestNesting = 100;

function whyNotStorable(value: unknown, depth: number): string | null {
  if (typeof value === 'string') return value.includes('\0') ? nulRefused : null;
  if (typeof value !== 'object' || value === null) return null;
  if (depth > deepestNesting) return `Values must not be nested deeper than ${deepestNesting} levels.`;
  for (const [name, field] of Object.entries(value)) {
    const reason = name.includes('\0') ? nulRefused : whyNotStorable(field, depth + 1);
    if (reason !== null) return reason;
  }
  return null;
}

const nulRefused = 'Texts must not hold the character U+0000. Leave it out.';

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
