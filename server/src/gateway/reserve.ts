import { noUsage } from '../prices/read-usage.ts';
import { costNanoUsd } from '../prices/token-prices.ts';
import type { Caller } from './caller.ts';
import type { Deployment } from './model-catalog.ts';
import type { ModelRequestBody } from './parse-request.ts';

/** What is known of a call's size before it is made. */
export interface CallSize {
  /** The most that the input can be. */
  readonly promptTokens: number;
  /** The most tokens of output that the caller asks for, for each choice; null: no limit. */
  readonly outputLimit: number | null;
  readonly choices: number;
  /** What is to be set aside for calls without a limit; null: as much as the model gives. */
  readonly estimatedOutputTokens: number | null;
}

/** For a call without a limit to a model of which nobody says how long its answers can be (decision 015). */
const guessedOutputTokens = 16_384;
const mostTokens = 1e9;

/** How much output to set aside for where a call has no limit: the key says it before the configuration. Null: neither. */
export function estimatedOutputOf(
  caller: Caller,
  settings: { readonly estimatedOutputTokens: number | null },
): number | null {
  const ofKey = caller.kind === 'key' ? caller.key.estimatedOutputTokens : null;
  return ofKey ?? settings.estimatedOutputTokens;
}

/** What is set aside for a request while it runs, in nano-dollars. */
export function reserveFor(
  body: ModelRequestBody,
  deployments: readonly Deployment[],
  estimatedOutputTokens: number | null,
): number {
  // Some providers read a number that is written as text.
  const choices = Number(body.field('n'));
  return reserveOf(deployments, {
    // Tokens are never more than bytes. In English they are a quarter of them, in some scripts as many (decision 015).
    promptTokens: body.bytes.length,
    outputLimit: outputLimitOf(body),
    choices: choices > 1 ? choices : 1,
    estimatedOutputTokens,
  });
}

/** Providers differ in which of the two names they read, so the higher limit counts. */
function outputLimitOf(body: ModelRequestBody): number | null {
  const limits = [body.field('max_completion_tokens'), body.field('max_tokens')].filter(
    (limit): limit is number => typeof limit === 'number' && limit > 0,
  );
  return limits.length === 0 ? null : Math.max(...limits);
}

/**
 * What a call may cost at most, as far as one can tell before: its input, and the longest answer that the caller allows
 * and the model gives, where it costs the most. It may be more than the whole budget: a call is let in as long as
 * anything is left, so that a small budget still serves one call after the other.
 */
export function reserveOf(deployments: readonly Deployment[], size: CallSize): number {
  let most = 0;
  for (const deployment of deployments) {
    const { tokenPrices } = deployment;
    if (tokenPrices === null) continue;
    const answer = longestAnswer(deployment, size);
    const fits = Math.max(0, (deployment.contextTokens ?? mostTokens) - answer);
    const cost = costNanoUsd(tokenPrices, {
      ...noUsage,
      promptTokens: Math.min(size.promptTokens, fits),
      completionTokens: Math.min(answer * size.choices, mostTokens),
    });
    if (cost > most) most = cost;
  }
  return most;
}

/** Whatever the size of the request: how few tokens its bytes may turn out to be, nobody knows before. */
function longestAnswer({ mode, maxOutputTokens, contextTokens }: Deployment, size: CallSize): number {
  if (mode === 'embedding') return 0;
  const most = Math.min(maxOutputTokens ?? mostTokens, contextTokens ?? mostTokens);
  return Math.min(size.outputLimit ?? size.estimatedOutputTokens ?? maxOutputTokens ?? guessedOutputTokens, most);
}
