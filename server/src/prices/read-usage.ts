import type { TokenUsage } from './token-prices.ts';

/** No tokens. */
export const noUsage: TokenUsage = {
  promptTokens: 0,
  completionTokens: 0,
  cacheReadInputTokens: 0,
  cacheCreationInputTokens: 0,
  cacheCreationHourInputTokens: 0,
  isPromptCacheReported: false,
  reasoningTokens: 0,
};

/**
 * Reads OpenAI's `usage` object; null when there is none. Negative and broken counts become 0. What the prompt cache
 * held is a part of the input and never more than it. Gateways in front of Anthropic name it beside the input, as
 * Anthropic does.
 */
export function readUsage(value: unknown): TokenUsage | null {
  if (typeof value !== 'object' || value === null) return null;
  const usage = value as Record<string, unknown>;
  if (
    usage['prompt_tokens'] === undefined &&
    usage['completion_tokens'] === undefined &&
    usage['total_tokens'] === undefined
  )
    return null;
  const promptDetails = asObject(usage['prompt_tokens_details']);
  const completionDetails = asObject(usage['completion_tokens_details']);
  const isTotalOnly = usage['prompt_tokens'] === undefined && usage['completion_tokens'] === undefined;
  const promptTokens = tokenCount(isTotalOnly ? usage['total_tokens'] : usage['prompt_tokens']);
  const read = promptDetails['cached_tokens'] ?? usage['cache_read_input_tokens'];
  const written =
    promptDetails['cache_write_tokens'] ??
    promptDetails['cache_creation_tokens'] ??
    usage['cache_creation_input_tokens'];
  const lives = asObject(promptDetails['cache_creation_token_details'] ?? usage['cache_creation']);
  const cacheReadInputTokens = Math.min(tokenCount(read), promptTokens);
  const cacheCreationInputTokens = Math.min(tokenCount(written), promptTokens - cacheReadInputTokens);
  return {
    promptTokens,
    completionTokens: tokenCount(usage['completion_tokens']),
    cacheReadInputTokens,
    cacheCreationInputTokens,
    cacheCreationHourInputTokens: Math.min(tokenCount(lives['ephemeral_1h_input_tokens']), cacheCreationInputTokens),
    isPromptCacheReported: typeof read === 'number' || typeof written === 'number',
    reasoningTokens: tokenCount(completionDetails['reasoning_tokens']),
  };
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** No answer has more tokens than this; a provider that says so is broken, and must not overflow the books. */
const maxTokens = 1_000_000_000;

function tokenCount(value: unknown): number {
  return typeof value === 'number' && value > 0 ? Math.min(Math.trunc(value), maxTokens) : 0;
}
